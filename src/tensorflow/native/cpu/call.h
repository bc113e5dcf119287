// One run of an operation: its tensors.
#pragma once

#include <cstdint>
#include <vector>

#include "library.h"

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
