// What stands between the convolutions of a network beside batch norms, in float32 and bfloat16: sums with a ReLU or its
// gradient, casts, and images without the places that strides leave out. TensorFlow's have no vectors for bfloat16, or take
// two operations. All compute in float32 and round once.

#include "cpu-kernel.h"
#include "numbers.h"
#include "operations.h"
#include "relu.h"

namespace {

template <typename T>
INLINE void AddBody(const T* x, const T* y, T* z, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) Put(Get(x[i]) + Get(y[i]), z + i);
}
template <typename T>
INLINE void AddReluBody(const T* x, const T* y, T* z, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) Put(Relu(Get(x[i]) + Get(y[i])), z + i);
}
template <typename T>
INLINE void ReluGradBody(const T* dy, const T* y, T* dx, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) Put(Passed(Get(dy[i]), Get(y[i])), dx + i);
}
template <typename T>
INLINE void AddReluGradBody(const T* a, const T* b, const T* y, T* dx, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) Put(Passed(Get(a[i]) + Get(b[i]), Get(y[i])), dx + i);
}

FOR_TYPES(Add, (const T* x, const T* y, T* z, int64_t count), (x, y, z, count))
FOR_TYPES(AddRelu, (const T* x, const T* y, T* z, int64_t count), (x, y, z, count))
FOR_TYPES(ReluGrad, (const T* dy, const T* y, T* dx, int64_t count), (dy, y, dx, count))
FOR_TYPES(AddReluGrad, (const T* a, const T* b, const T* y, T* dx, int64_t count), (a, b, y, dx, count))

template <typename T>
void ComputeAddReluGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *a = call.Input(0), *b = call.Input(1), *y = call.Input(2);
  if (!a || !b || !y) return;
  if (CountOf(a) != CountOf(b) || CountOf(a) != CountOf(y)) return call.Refuse("the inputs have different shapes");
  T* dx = call.Output<T>(0, ShapeOf(a), {0, 1});
  if (!dx) return;
  const T *first = ValuesOf<T>(a), *second = ValuesOf<T>(b), *of = ValuesOf<T>(y);
  InPieces(CountOf(a), kPiece, [=](int64_t begin, int64_t count) {
    AddReluGrad(first + begin, second + begin, of + begin, dx + begin, count);
  });
}

struct Strides {
  int64_t down = 1, across = 1;
};

void* CreateSubsample(TF_OpKernelConstruction* construction) {
  auto* strides = new Strides();
  ReadAttributes(construction, {{"down", &strides->down}, {"across", &strides->across}});
  return strides;
}

// Of images [N, H, W, C] the places that a 1×1 convolution with strides looks at.
template <typename T>
void ComputeSubsample(void* state, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* images = call.Input(0);
  if (!images) return;
  auto shape = ShapeOf(images);
  const Strides strides = *static_cast<Strides*>(state);
  if (shape.size() != 4 || strides.down < 1 || strides.across < 1) return call.Refuse("expected images and strides");
  const int64_t height = shape[1], width = shape[2], channels = shape[3];
  const int64_t rows = (height + strides.down - 1) / strides.down, columns = (width + strides.across - 1) / strides.across;
  shape[1] = rows, shape[2] = columns;
  T* y = call.Output<T>(0, shape);
  if (!y) return;
  const T* x = ValuesOf<T>(images);
  const int64_t each = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, columns * channels));
  InPieces(shape[0] * rows, each, [=](int64_t begin, int64_t count) {
    for (int64_t row = begin; row < begin + count; ++row) {
      const T* from = x + (row / rows * height + row % rows * strides.down) * width * channels;
      T* to = y + row * columns * channels;
      for (int64_t column = 0; column < columns; ++column) {
        std::memcpy(to + column * channels, from + column * strides.across * channels, channels * sizeof(T));
      }
    }
  });
}

}  // namespace

void RegisterElementwiseOperations() {
  const char* type = "T: {float, bfloat16}";
  const auto two = [type](const char* name, Compute compute, Compute low) {
    Register({name, {"x: T", "y: T"}, {"z: T"}, {type}, ShapeAs<0>, nullptr, compute, nullptr, low});
  };
  two("CamtuneAdd", ComputeTwo<float, Add<float>, 2>, ComputeTwo<Bfloat16, Add<Bfloat16>, 2>);
  two("CamtuneAddRelu", ComputeTwo<float, AddRelu<float>, 2>, ComputeTwo<Bfloat16, AddRelu<Bfloat16>, 2>);
  two("CamtuneReluGrad", ComputeTwo<float, ReluGrad<float>, 1>, ComputeTwo<Bfloat16, ReluGrad<Bfloat16>, 1>);
  Register({"CamtuneAddReluGrad",
            {"a: T", "b: T", "y: T"},
            {"dx: T"},
            {type},
            ShapeAs<0>,
            nullptr,
            ComputeAddReluGrad<float>,
            nullptr,
            ComputeAddReluGrad<Bfloat16>});
  Register({"CamtuneToBfloat16", {"x: float"}, {"y: bfloat16"}, {}, ShapeAs<0>, nullptr, ComputeOne<float, Bfloat16, Narrow<Bfloat16>>, nullptr});
  Register({"CamtuneFromBfloat16", {"x: bfloat16"}, {"y: float"}, {}, ShapeAs<0>, nullptr, ComputeOne<Bfloat16, float, Widen<Bfloat16>>, nullptr});
  Register({"CamtuneSubsample",
            {"x: T"},
            {"y: T"},
            {type, "down: int", "across: int"},
            ShapeUnknown,
            CreateSubsample,
            ComputeSubsample<float>,
            Destroy<Strides>,
            ComputeSubsample<Bfloat16>});
}
