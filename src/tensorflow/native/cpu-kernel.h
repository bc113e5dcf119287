// What the CPU kernels of our own share: TensorFlow's C API for kernels, a few threads, loops in several forms for several
// processors, and the tensors of a call.
//
// Work is cut into pieces that do not depend on the number of threads, and sums over pieces are taken in their order:
// results are the same on every run.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// Of tensorflow/c/kernels.h, which includes what the wheel does not always bring.
extern "C" {
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device, void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder* builder, TF_Status* status);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction*, const char* name, float* value, TF_Status* status);
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction*, const char* name, int64_t* value,
                                          TF_Status* status);
void TF_KernelBuilder_TypeConstraint(TF_KernelBuilder*, const char* attribute, TF_DataType type, TF_Status* status);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status* status);
void TF_GetInput(TF_OpKernelContext*, int index, TF_Tensor** tensor, TF_Status* status);
int TF_NumInputs(TF_OpKernelContext*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status* status);
TF_Tensor* TF_ForwardInputOrAllocateOutput(TF_OpKernelContext*, const int* candidates, int count, int output,
                                           const int64_t* shape, int rank, int* taken, TF_Status* status);
}

// Finds functions of TensorFlow's C API by name, or throws.
inline void* (*find_symbol)(const char*) = nullptr;

#define tf(name) ([] { static auto f = reinterpret_cast<decltype(&name)>(find_symbol(#name)); return f; }())

// ---- threads ----

// A few threads that help whoever has many pieces of work. They live as long as the process, which is why this library
// is linked so that it is never unloaded.
class Helpers {
 public:
  static Helpers& Get() {
    static Helpers* helpers = new Helpers();
    return *helpers;
  }

  // Calls `work` with every piece from 0 on, here and on the helpers, and returns when all are done.
  void Run(int64_t pieces, const std::function<void(int64_t)>& work) {
    if (pieces <= 1 || threads_ == 0) {
      for (int64_t piece = 0; piece < pieces; ++piece) work(piece);
      return;
    }
    auto job = std::make_shared<Job>(Job{&work, pieces});
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(job);
    }
    wake_.notify_all();
    job->Work();
    std::unique_lock<std::mutex> lock(job->mutex);
    job->ready.wait(lock, [&] { return job->done == job->pieces; });
  }

 private:
  struct Job {
    const std::function<void(int64_t)>* work;
    int64_t pieces;
    int64_t next = 0, done = 0;
    std::mutex mutex;
    std::condition_variable ready;

    Job(const std::function<void(int64_t)>* w, int64_t p) : work(w), pieces(p) {}
    Job(Job&& other) : work(other.work), pieces(other.pieces) {}
    void Work() {
      std::unique_lock<std::mutex> lock(mutex);
      while (next < pieces) {
        const int64_t piece = next++;
        lock.unlock();
        (*work)(piece);
        lock.lock();
        if (++done == pieces) ready.notify_all();
      }
    }
  };

  Helpers() {
    const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int wanted = asked ? std::atoi(asked) : 0;
    const int all = wanted > 0 ? wanted : static_cast<int>(std::thread::hardware_concurrency());
    for (int i = 1; i < all; ++i) {
      try {
        std::thread([this] { Serve(); }).detach();
        ++threads_;
      } catch (const std::exception&) {
        break;  // No thread may be started here: the caller does all by itself.
      }
    }
  }

  void Serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !jobs_.empty(); });
      const std::shared_ptr<Job> job = jobs_.front();
      lock.unlock();
      job->Work();
      lock.lock();
      const auto place = std::find(jobs_.begin(), jobs_.end(), job);
      if (place != jobs_.end()) jobs_.erase(place);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  int threads_ = 0;
};

// ---- arithmetic: loops over these are vectorized by the compiler ----

#define INLINE static inline __attribute__((always_inline))

// Outputs lie in the memory of an input or apart from it, never shifted against it.
#define NO_OVERLAP _Pragma("GCC ivdep")

// ---- tensors of a call ----

inline std::vector<int64_t> ShapeOf(const TF_Tensor* tensor) {
  std::vector<int64_t> shape(tf(TF_NumDims)(tensor));
  for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis] = tf(TF_Dim)(tensor, static_cast<int>(axis));
  return shape;
}

template <typename T = float>
const T* ValuesOf(const TF_Tensor* tensor) {
  return static_cast<const T*>(tf(TF_TensorData)(tensor));
}

// One run of an operation: its inputs and outputs, freed at its end; the first failure ends it.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(tf(TF_NewStatus)()) {}
  ~Call() {
    if (Failed()) tf(TF_OpKernelContext_Failure)(context_, status_);
    for (TF_Tensor* tensor : tensors_) tf(TF_DeleteTensor)(tensor);
    tf(TF_DeleteStatus)(status_);
  }
  bool Failed() const { return tf(TF_GetCode)(status_) != TF_OK; }
  TF_Tensor* Input(int index) {
    TF_Tensor* tensor = nullptr;
    if (!Failed()) tf(TF_GetInput)(context_, index, &tensor, status_);
    if (tensor) tensors_.push_back(tensor);
    return tensor;
  }
  // In the memory of one of the inputs `from`, where nobody else needs that.
  template <typename T = float>
  T* Output(int index, const std::vector<int64_t>& shape, const std::vector<int>& from = {}) {
    if (Failed()) return nullptr;
    int taken = -1;
    TF_Tensor* tensor = tf(TF_ForwardInputOrAllocateOutput)(context_, from.data(), static_cast<int>(from.size()), index,
                                                            shape.data(), static_cast<int>(shape.size()), &taken, status_);
    if (tensor) tensors_.push_back(tensor);
    return Failed() ? nullptr : static_cast<T*>(tf(TF_TensorData)(tensor));
  }
  // An input, and the output of the same number, shape and type.
  struct Made {
    const char* given = nullptr;
    char* made = nullptr;
    int64_t bytes = 0;
    // Bytes of an element, 0 where these differ.
    size_t width = 0;
  };
  // Both in the same memory where nobody else needs the input: TensorFlow counts what we hold, too, so that is let go.
  Made OutputInPlace(int index) {
    Made out;
    TF_Tensor* input = nullptr;
    if (!Failed()) tf(TF_GetInput)(context_, index, &input, status_);
    if (!input) return out;
    const auto shape = ShapeOf(input);
    out.bytes = static_cast<int64_t>(tf(TF_TensorByteSize)(input));
    out.width = tf(TF_DataTypeSize)(tf(TF_TensorType)(input));
    tf(TF_DeleteTensor)(input);
    int taken = -1;
    TF_Tensor* output = tf(TF_ForwardInputOrAllocateOutput)(context_, &index, 1, index, shape.data(),
                                                            static_cast<int>(shape.size()), &taken, status_);
    if (output) tensors_.push_back(output);
    if (Failed()) return out;
    out.made = static_cast<char*>(tf(TF_TensorData)(output));
    out.given = taken == index ? out.made : ValuesOf<char>(Input(index));
    return out;
  }
  // By default for shapes that do not fit: a graph has checked them before, eager execution has not.
  void Refuse(const char* why, TF_Code code = TF_INVALID_ARGUMENT) {
    if (!Failed()) tf(TF_SetStatus)(status_, code, why);
  }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

inline int64_t CountOf(const TF_Tensor* tensor) { return tf(TF_TensorElementCount)(tensor); }

// Numbers in a piece of work.
constexpr int64_t kPiece = 1 << 14;

// How many parts of at most `each` there are.
inline int64_t PartsOf(int64_t count, int64_t each) { return (count + each - 1) / each; }

// Calls work(begin, count) for pieces of `all` numbers, or rows, of at most `each`.
template <typename Work>
void InPieces(int64_t all, int64_t each, const Work& work) {
  Helpers::Get().Run(PartsOf(all, each), [=](int64_t piece) {
    const int64_t begin = piece * each;
    work(begin, std::min(each, all - begin));
  });
}

// Two sums a channel for every piece of `each` rows, by work(begin, rows, first, second), and their reduction by
// reduce(channel, rows of the piece, first, second), in the order of the pieces.
class PartialSums {
 public:
  PartialSums(int64_t rows, int64_t width, int64_t each)
      : rows_(rows), width_(width), each_(each), pieces_(PartsOf(rows, each)),
        sums_(2 * width * pieces_) {}

  template <typename Work>
  void Compute(const Work& work) {
    float* const sums = sums_.data();
    const int64_t each = each_, width = width_;
    InPieces(rows_, each, [=](int64_t begin, int64_t rows) {
      float* own = sums + begin / each * 2 * width;
      work(begin, rows, own, own + width);
    });
  }

  template <typename Reduce>
  void ForEach(const Reduce& reduce) const {
    for (int64_t piece = 0; piece < pieces_; ++piece) {
      const float* own = sums_.data() + piece * 2 * width_;
      const int64_t rows = std::min(each_, rows_ - piece * each_);
      for (int64_t i = 0; i < width_; ++i) reduce(i, rows, own[i], own[width_ + i]);
    }
  }

 private:
  const int64_t rows_, width_, each_, pieces_;
  std::vector<float> sums_;
};

// ---- registration ----

// The output has the shape of input `from`.
template <int from>
void ShapeAs(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle* shape = tf(TF_NewShapeHandle)();
  tf(TF_ShapeInferenceContextGetInput)(context, from, shape, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 0, shape, status);
  tf(TF_DeleteShapeHandle)(shape);
}

// For outputs whose shape the graph need not know.
inline void ShapeUnknown(TF_ShapeInferenceContext* context, TF_Status* status) {
  tf(TF_ShapeInferenceContextSetUnknownShape)(context, status);
}

// The output's shape, of parts of the inputs' and of sides; unknown where one of these is. Where TensorFlow knows it, it
// fuses what follows with other operations.
class JoinedShape {
 public:
  JoinedShape(TF_ShapeInferenceContext* context, TF_Status* status) : context_(context), status_(status) {}
  ~JoinedShape() {
    for (TF_ShapeHandle* handle : handles_) tf(TF_DeleteShapeHandle)(handle);
  }
  // Axes [begin, end) of an input of four.
  JoinedShape& Axes(int input, int64_t begin, int64_t end) {
    TF_ShapeHandle* whole = New();
    tf(TF_ShapeInferenceContextGetInput)(context_, input, whole, status_);
    is_known_ = is_known_ && tf(TF_GetCode)(status_) == TF_OK && tf(TF_ShapeInferenceContextRankKnown)(context_, whole) &&
                tf(TF_ShapeInferenceContextRank)(context_, whole) == 4;
    if (!is_known_) return *this;
    TF_ShapeHandle* part = New();
    tf(TF_ShapeInferenceContextSubshape)(context_, whole, begin, end, part, status_);
    return Append(part);
  }
  JoinedShape& Side(int64_t side) {
    handles_.push_back(tf(TF_ShapeInferenceContextVectorFromSize)(context_, side));
    return Append(handles_.back());
  }
  void SetOutput() {
    if (!is_known_) return ShapeUnknown(context_, status_);
    tf(TF_ShapeInferenceContextSetOutput)(context_, 0, shape_, status_);
  }

 private:
  TF_ShapeHandle* New() {
    handles_.push_back(tf(TF_NewShapeHandle)());
    return handles_.back();
  }
  JoinedShape& Append(TF_ShapeHandle* part) {
    if (shape_) {
      TF_ShapeHandle* joined = New();
      tf(TF_ShapeInferenceContextConcatenateShapes)(context_, shape_, part, joined, status_);
      part = joined;
    }
    shape_ = part;
    return *this;
  }

  TF_ShapeInferenceContext* const context_;
  TF_Status* const status_;
  std::vector<TF_ShapeHandle*> handles_;
  TF_ShapeHandle* shape_ = nullptr;
  bool is_known_ = true;
};

// Reads attributes of the kind int.
inline void ReadAttributes(TF_OpKernelConstruction* construction,
                           std::initializer_list<std::pair<const char*, int64_t*>> attributes) {
  TF_Status* status = tf(TF_NewStatus)();
  for (const auto& [name, value] : attributes) {
    tf(TF_OpKernelConstruction_GetAttrInt64)(construction, name, value, status);
    if (tf(TF_GetCode)(status) == TF_OK) continue;
    tf(TF_OpKernelConstruction_Failure)(construction, status);
    break;
  }
  tf(TF_DeleteStatus)(status);
}

inline void ReadAttribute(TF_OpKernelConstruction* construction, const char* name, float* value) {
  TF_Status* status = tf(TF_NewStatus)();
  tf(TF_OpKernelConstruction_GetAttrFloat)(construction, name, value, status);
  if (tf(TF_GetCode)(status) != TF_OK) tf(TF_OpKernelConstruction_Failure)(construction, status);
  tf(TF_DeleteStatus)(status);
}

// Frees what an operation has kept of its attributes.
template <typename State>
void Destroy(void* state) {
  delete static_cast<State*>(state);
}

// Of the gradient of a norm: the output has the shape of input `from`, two more have that of input `parameters`.
template <int from, int parameters>
void ShapesOfNormGrad(TF_ShapeInferenceContext* context, TF_Status* status) {
  ShapeAs<from>(context, status);
  TF_ShapeHandle* shape = tf(TF_NewShapeHandle)();
  tf(TF_ShapeInferenceContextGetInput)(context, parameters, shape, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 1, shape, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 2, shape, status);
  tf(TF_DeleteShapeHandle)(shape);
}

using Compute = void (*)(void*, TF_OpKernelContext*);

struct Operation {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
  void (*shapes)(TF_ShapeInferenceContext*, TF_Status*);
  void* (*create)(TF_OpKernelConstruction*);
  Compute compute;
  void (*destroy)(void*);
  // Of bfloat16, for operations with an attribute T; `compute` is that of float32.
  Compute low = nullptr;
  // Whether it does more than compute its outputs from its inputs.
  bool stateful = false;
};

inline void RegisterKernel(const Operation& operation, Compute compute, const char* attribute, TF_DataType type,
                           TF_Status* status) {
  TF_KernelBuilder* kernel =
      tf(TF_NewKernelBuilder)(operation.name, "CPU", operation.create, compute, operation.destroy);
  if (attribute) tf(TF_KernelBuilder_TypeConstraint)(kernel, attribute, type, status);
  if (tf(TF_GetCode)(status) == TF_OK) {
    const std::string name = std::string(operation.name) + (type == TF_BFLOAT16 ? "Bfloat16" : "");
    tf(TF_RegisterKernelBuilder)(name.c_str(), kernel, status);
  }
}

inline void Register(const Operation& operation) {
  TF_Status* status = tf(TF_NewStatus)();
  TF_OpDefinitionBuilder* definition = tf(TF_NewOpDefinitionBuilder)(operation.name);
  for (const char* input : operation.inputs) tf(TF_OpDefinitionBuilderAddInput)(definition, input);
  for (const char* output : operation.outputs) tf(TF_OpDefinitionBuilderAddOutput)(definition, output);
  for (const char* attribute : operation.attributes) tf(TF_OpDefinitionBuilderAddAttr)(definition, attribute);
  if (operation.stateful) tf(TF_OpDefinitionBuilderSetIsStateful)(definition, true);
  tf(TF_OpDefinitionBuilderSetShapeInferenceFunction)(definition, operation.shapes);
  tf(TF_RegisterOpDefinition)(definition, status);
  const char* typed = operation.low ? "T" : nullptr;
  if (tf(TF_GetCode)(status) == TF_OK) RegisterKernel(operation, operation.compute, typed, TF_FLOAT, status);
  if (operation.low && tf(TF_GetCode)(status) == TF_OK) {
    RegisterKernel(operation, operation.low, typed, TF_BFLOAT16, status);
  }
  const std::string problem = tf(TF_GetCode)(status) == TF_OK ? "" : tf(TF_Message)(status);
  tf(TF_DeleteStatus)(status);
  if (!problem.empty()) throw std::runtime_error(problem);
}
