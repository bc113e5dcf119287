// Operations of our own, for the CPU: what TensorFlow has as a chain of five to ten element-wise operations (GELU, swish,
// layer norm, their gradients, that of softmax) in one pass over memory. In float32; those of single numbers in bfloat16,
// too. They are registered through TensorFlow's C API, so a graph and the eager context run them like any of its own.

#include "cpu-kernel.h"
#include "numbers.h"
#include "operations.h"

namespace {

// ---- arithmetic: loops over these are vectorized by the compiler ----

// e^x: 2^n · e^r with |r| ≤ ln 2 / 2, e^r by its series.
INLINE float Exp(float x) {
  const float y = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  // Beyond 2^23 floats are integers: the sum is rounded, and n stands in its lowest bits.
  const float shifted = y * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (y - n * 0.693145752f) - n * 1.42860677e-6f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;  // of NaN whatever comes out: p is NaN
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

INLINE float Sigmoid(float x) { return 1.0f / (1.0f + Exp(-x)); }

// The normal distribution's Φ(x), given e^(−x²/2): Abramowitz & Stegun (1964), 7.1.26, whose error is below 1e-7.
INLINE float Normal(float x, float bell) {
  const float t = 1.0f / (1.0f + 0.3275911f * 0.707106781f * (x < 0 ? -x : x));
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const float tail = 0.5f * p * t * bell;
  return x < 0 ? tail : 1.0f - tail;
}

constexpr float kTanhScale = 1.59576912f;  // 2 √(2/π): x · (1 + tanh(u)) / 2 is x · sigmoid(2u)
constexpr float kTanhCube = 0.044715f;

template <typename T>
INLINE void GeluBody(const T* x, T* y, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) {
    const float at = Get(x[i]);
    Put(at * Normal(at, Exp(-0.5f * at * at)), y + i);
  }
}
template <typename T>
INLINE void GeluGradBody(const T* dy, const T* x, T* dx, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) {
    const float at = Get(x[i]), bell = Exp(-0.5f * at * at);
    Put(Get(dy[i]) * (Normal(at, bell) + at * 0.398942280f * bell), dx + i);
  }
}
template <typename T>
INLINE void GeluTanhBody(const T* x, T* y, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) {
    const float at = Get(x[i]);
    Put(at * Sigmoid(kTanhScale * at * (1.0f + kTanhCube * at * at)), y + i);
  }
}
template <typename T>
INLINE void GeluTanhGradBody(const T* dy, const T* x, T* dx, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) {
    const float at = Get(x[i]), square = at * at;
    const float s = Sigmoid(kTanhScale * at * (1.0f + kTanhCube * square));
    const float slope = kTanhScale * (1.0f + 3.0f * kTanhCube * square);
    Put(Get(dy[i]) * (s + at * s * (1.0f - s) * slope), dx + i);
  }
}
template <typename T>
INLINE void SwishBody(const T* x, T* y, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) {
    const float at = Get(x[i]);
    Put(at * Sigmoid(at), y + i);
  }
}
template <typename T>
INLINE void SwishGradBody(const T* dy, const T* x, T* dx, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) {
    const float at = Get(x[i]), s = Sigmoid(at);
    Put(Get(dy[i]) * s * (1.0f + at * (1.0f - s)), dx + i);
  }
}

// Sums in as many parts as a register has numbers, so that the compiler may use one.
constexpr int64_t kLanes = 16;
template <typename Term>
INLINE float SumOf(int64_t count, Term term) {
  float parts[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    NO_OVERLAP
    for (int64_t lane = 0; lane < kLanes; ++lane) parts[lane] += term(i + lane);
  }
  float sum = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += parts[lane];
  for (; i < count; ++i) sum += term(i);
  return sum;
}

INLINE void LayerNormBody(const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* mean,
                          float* factor, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    const float m = SumOf(width, [x](int64_t i) { return x[i]; }) / width;
    const float v = SumOf(width, [x, m](int64_t i) { return (x[i] - m) * (x[i] - m); }) / width;
    const float r = 1.0f / __builtin_sqrtf(v + epsilon);
    NO_OVERLAP
    for (int64_t i = 0; i < width; ++i) y[i] = (x[i] - m) * r * gamma[i] + beta[i];
    mean[row] = m;
    factor[row] = r;
  }
}
INLINE void LayerNormGradBody(const float* dy, const float* x, const float* gamma, const float* mean,
                              const float* factor, float* dx, float* dgamma, float* dbeta, int64_t rows,
                              int64_t width) {
  for (int64_t row = 0; row < rows; ++row, dy += width, x += width, dx += width) {
    const float m = mean[row], r = factor[row];
    const float a = SumOf(width, [=](int64_t i) { return dy[i] * gamma[i]; }) / width;
    const float b = SumOf(width, [=](int64_t i) { return dy[i] * gamma[i] * (x[i] - m) * r; }) / width;
    NO_OVERLAP
    for (int64_t i = 0; i < width; ++i) {
      const float given = dy[i], z = (x[i] - m) * r;
      dgamma[i] += given * z;
      dbeta[i] += given;
      dx[i] = r * (given * gamma[i] - a - z * b);
    }
  }
}
INLINE void SoftmaxGradBody(const float* dy, const float* y, float* dx, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, dy += width, y += width, dx += width) {
    const float sum = SumOf(width, [=](int64_t i) { return dy[i] * y[i]; });
    NO_OVERLAP
    for (int64_t i = 0; i < width; ++i) dx[i] = (dy[i] - sum) * y[i];
  }
}

FOR_TYPES(Gelu, (const T* x, T* y, int64_t count), (x, y, count))
FOR_TYPES(GeluGrad, (const T* dy, const T* x, T* dx, int64_t count), (dy, x, dx, count))
FOR_TYPES(GeluTanh, (const T* x, T* y, int64_t count), (x, y, count))
FOR_TYPES(GeluTanhGrad, (const T* dy, const T* x, T* dx, int64_t count), (dy, x, dx, count))
FOR_TYPES(Swish, (const T* x, T* y, int64_t count), (x, y, count))
FOR_TYPES(SwishGrad, (const T* dy, const T* x, T* dx, int64_t count), (dy, x, dx, count))
VECTORIZED(LayerNorm,
           (const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* mean, float* factor,
            int64_t rows, int64_t width),
           (x, gamma, beta, epsilon, y, mean, factor, rows, width))
VECTORIZED(LayerNormGrad,
           (const float* dy, const float* x, const float* gamma, const float* mean, const float* factor, float* dx,
            float* dgamma, float* dbeta, int64_t rows, int64_t width),
           (dy, x, gamma, mean, factor, dx, dgamma, dbeta, rows, width))
VECTORIZED(SoftmaxGrad, (const float* dy, const float* y, float* dx, int64_t rows, int64_t width),
           (dy, y, dx, rows, width))

// ---- kernels ----

// Rows that make a piece, so that there are enough of those and none is tiny.
int64_t RowsOfPiece(int64_t rows, int64_t width) {
  const int64_t least = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, width));
  return std::max(least, (rows + 63) / 64);
}

void ComputeSoftmaxGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* dy = call.Input(0);
  TF_Tensor* y = call.Input(1);
  if (!dy || !y) return;
  const auto shape = ShapeOf(y);
  const int64_t count = CountOf(y);
  if (shape.empty() || CountOf(dy) != count) return call.Refuse("the gradient has another shape");
  float* dx = call.Output(0, shape, {0, 1});
  if (!dx || count == 0) return;
  const int64_t width = shape.back(), rows = count / width, each = RowsOfPiece(rows, width);
  const float *given = ValuesOf(dy), *from = ValuesOf(y);
  InPieces(rows, each, [=](int64_t begin, int64_t count) {
    SoftmaxGrad(given + begin * width, from + begin * width, dx + begin * width, count, width);
  });
}

void* CreateLayerNorm(TF_OpKernelConstruction* construction) {
  auto* epsilon = new float(0);
  ReadAttribute(construction, "epsilon", epsilon);
  return epsilon;
}

void ComputeLayerNorm(void* state, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* gamma = call.Input(1);
  TF_Tensor* beta = call.Input(2);
  if (!x || !gamma || !beta) return;
  const auto shape = ShapeOf(x);
  if (shape.empty() || CountOf(gamma) != shape.back() ||
      CountOf(beta) != shape.back()) {
    return call.Refuse("scale and offset have another width");
  }
  const std::vector<int64_t> outer(shape.begin(), shape.end() - 1);
  const int64_t width = shape.back(), rows = width == 0 ? 0 : CountOf(x) / width;
  float* y = call.Output(0, shape);
  float* mean = call.Output(1, outer);
  float* factor = call.Output(2, outer);
  if (call.Failed() || rows == 0) return;
  const float epsilon = *static_cast<float*>(state);
  const int64_t each = RowsOfPiece(rows, width);
  const float *from = ValuesOf(x), *scale = ValuesOf(gamma), *offset = ValuesOf(beta);
  InPieces(rows, each, [=](int64_t begin, int64_t count) {
    LayerNorm(from + begin * width, scale, offset, epsilon, y + begin * width, mean + begin, factor + begin, count,
              width);
  });
}

void ComputeLayerNormGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* inputs[5];
  for (int i = 0; i < 5; ++i) {
    inputs[i] = call.Input(i);
    if (!inputs[i]) return;
  }
  const auto shape = ShapeOf(inputs[1]);
  const int64_t count = CountOf(inputs[1]);
  if (shape.empty() || CountOf(inputs[0]) != count ||
      CountOf(inputs[2]) != shape.back()) {
    return call.Refuse("gradient or scale have another shape");
  }
  const int64_t width = shape.back(), rows = width == 0 ? 0 : count / width;
  if (CountOf(inputs[3]) != rows || CountOf(inputs[4]) != rows) {
    return call.Refuse("the statistics are of another number of rows");
  }
  float* dx = call.Output(0, shape, {0});
  float* dgamma = call.Output(1, {width});
  float* dbeta = call.Output(2, {width});
  if (call.Failed()) return;
  const float *dy = ValuesOf(inputs[0]), *x = ValuesOf(inputs[1]), *gamma = ValuesOf(inputs[2]);
  const float *mean = ValuesOf(inputs[3]), *factor = ValuesOf(inputs[4]);
  PartialSums parts(rows, width, RowsOfPiece(rows, width));
  parts.Compute([=](int64_t begin, int64_t count, float* ofGamma, float* ofBeta) {
    LayerNormGrad(dy + begin * width, x + begin * width, gamma, mean + begin, factor + begin, dx + begin * width,
                  ofGamma, ofBeta, count, width);
  });
  std::fill(dgamma, dgamma + width, 0.0f);
  std::fill(dbeta, dbeta + width, 0.0f);
  parts.ForEach([=](int64_t i, int64_t, float ofGamma, float ofBeta) { dgamma[i] += ofGamma, dbeta[i] += ofBeta; });
}

// ---- registration ----

void ShapesOfLayerNorm(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle *shape = tf(TF_NewShapeHandle)(), *outer = tf(TF_NewShapeHandle)();
  tf(TF_ShapeInferenceContextGetInput)(context, 0, shape, status);
  tf(TF_ShapeInferenceContextSubshape)(context, shape, 0, -1, outer, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 0, shape, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 1, outer, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 2, outer, status);
  tf(TF_DeleteShapeHandle)(shape);
  tf(TF_DeleteShapeHandle)(outer);
}

}  // namespace

void RegisterFusedOperations() {
  const char* type = "T: {float, bfloat16}";
  const auto one = [type](const char* name, Compute compute, Compute low) {
    Register({name, {"x: T"}, {"y: T"}, {type}, ShapeAs<0>, nullptr, compute, nullptr, low});
  };
  const auto two = [type](const char* name, Compute compute, Compute low) {
    Register({name, {"dy: T", "x: T"}, {"dx: T"}, {type}, ShapeAs<1>, nullptr, compute, nullptr, low});
  };
  one("CamtuneGelu", ComputeOne<float, float, Gelu<float>>, ComputeOne<Bfloat16, Bfloat16, Gelu<Bfloat16>>);
  two("CamtuneGeluGrad", ComputeTwo<float, GeluGrad<float>>, ComputeTwo<Bfloat16, GeluGrad<Bfloat16>>);
  one("CamtuneGeluTanh", ComputeOne<float, float, GeluTanh<float>>, ComputeOne<Bfloat16, Bfloat16, GeluTanh<Bfloat16>>);
  two("CamtuneGeluTanhGrad", ComputeTwo<float, GeluTanhGrad<float>>, ComputeTwo<Bfloat16, GeluTanhGrad<Bfloat16>>);
  one("CamtuneSwish", ComputeOne<float, float, Swish<float>>, ComputeOne<Bfloat16, Bfloat16, Swish<Bfloat16>>);
  two("CamtuneSwishGrad", ComputeTwo<float, SwishGrad<float>>, ComputeTwo<Bfloat16, SwishGrad<Bfloat16>>);
  Register({"CamtuneSoftmaxGrad",
            {"dy: float", "x: float"},
            {"dx: float"},
            {},
            ShapeAs<1>,
            nullptr,
            ComputeSoftmaxGrad,
            nullptr});
  Register({"CamtuneLayerNorm",
            {"x: float", "gamma: float", "beta: float"},
            {"y: float", "mean: float", "factor: float"},
            {"epsilon: float"},
            ShapesOfLayerNorm,
            CreateLayerNorm,
            ComputeLayerNorm,
            Destroy<float>});
  Register({"CamtuneLayerNormGrad",
            {"dy: float", "x: float", "gamma: float", "mean: float", "factor: float"},
            {"dx: float", "dgamma: float", "dbeta: float"},
            {},
            ShapesOfNormGrad<1, 2>,
            nullptr,
            ComputeLayerNormGrad,
            nullptr});
}
