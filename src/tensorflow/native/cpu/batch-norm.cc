// Batch norm of a batch's own statistics with the ReLU and the residual that follow it, and its gradient with the ReLU's
// before it, in float32 and bfloat16. TensorFlow runs each of these by itself, and those in bfloat16 without vectors. All
// compute in float32 and round once.

#include <limits>

#include "batch-norm.h"
#include "cpu-kernel.h"
#include "numbers.h"
#include "operations.h"

namespace {

using namespace batch_norm;

// Numbers in a piece that is read twice in a row: they stay in the cache between.
constexpr int64_t kCached = 1 << 16;

int64_t RowsOfPiece(int64_t width) { return std::max<int64_t>(1, kCached / std::max<int64_t>(1, width)); }

// Calls work(begin, rows) for pieces of the rows, the last ones first: these were read last and may still be cached.
template <typename Work>
void InRowsFromLast(int64_t all, int64_t width, const Work& work) {
  const int64_t each = RowsOfPiece(width), pieces = PartsOf(all, each);
  Helpers::Get().Run(pieces, [=](int64_t piece) {
    const int64_t begin = (pieces - 1 - piece) * each;
    work(begin, std::min(each, all - begin));
  });
}

template <typename T>
void ComputeMoments(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* input = call.Input(0);
  if (!input) return;
  const auto shape = ShapeOf(input);
  if (shape.empty() || CountOf(input) == 0) return call.Refuse("batch norm of no values");
  const int64_t width = shape.back(), rows = CountOf(input) / width;
  float *mean = call.Output(0, {width}), *variance = call.Output(1, {width}), *unbiased = call.Output(2, {width});
  if (call.Failed()) return;
  const T* x = ValuesOf<T>(input);
  PartialSums parts(rows, width, RowsOfPiece(width));
  parts.Compute([=](int64_t begin, int64_t rows, float* means, float* squares) {
    Moments(x + begin * width, means, squares, rows, width);
  });
  // Chan, Golub & LeVeque (1979): moments of parts, put together.
  std::vector<double> sums(2 * width);
  double *whole = sums.data(), *squares = whole + width;
  parts.ForEach([=](int64_t i, int64_t rows, float part, float) { whole[i] += static_cast<double>(part) * rows; });
  for (int64_t i = 0; i < width; ++i) whole[i] /= rows;
  parts.ForEach([=](int64_t i, int64_t rows, float part, float own) {
    const double apart = part - whole[i];
    squares[i] += own + apart * apart * rows;
  });
  for (int64_t i = 0; i < width; ++i) {
    mean[i] = static_cast<float>(whole[i]);
    variance[i] = static_cast<float>(squares[i] / rows);
    unbiased[i] = static_cast<float>(squares[i] / std::max<int64_t>(1, rows - 1));
  }
}

struct NormState {
  float epsilon = 0;
  int64_t activation = kNone;
};

void* CreateNorm(TF_OpKernelConstruction* construction) {
  auto* state = new NormState();
  ReadAttribute(construction, "epsilon", &state->epsilon);
  ReadAttributes(construction, {{"activation", &state->activation}});
  return state;
}

double InverseDeviation(float variance, float epsilon) {
  return 1.0 / __builtin_sqrt(static_cast<double>(variance) + epsilon);
}

std::vector<float> FactorsOf(const float* scale, const float* variance, float epsilon, int64_t width) {
  std::vector<float> factors(width);
  for (int64_t i = 0; i < width; ++i) {
    factors[i] = static_cast<float>(scale[i] * InverseDeviation(variance[i], epsilon));
  }
  return factors;
}

bool HaveWidth(int64_t width, std::initializer_list<const TF_Tensor*> tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [=](const TF_Tensor* tensor) { return CountOf(tensor) == width; });
}

// x, mean, variance, scale, offset and, for the operation with a residual, that.
template <typename T, bool residual>
void ComputeNormalize(void* state, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* inputs[6] = {};
  for (int i = 0; i < (residual ? 6 : 5); ++i) {
    inputs[i] = call.Input(i);
    if (!inputs[i]) return;
  }
  const auto shape = ShapeOf(inputs[0]);
  if (shape.empty() || !HaveWidth(shape.back(), {inputs[1], inputs[2], inputs[3], inputs[4]}) ||
      (residual && CountOf(inputs[5]) != CountOf(inputs[0]))) {
    return call.Refuse("statistics, scale, offset or residual have another shape");
  }
  T* y = residual ? call.Output<T>(0, shape, {0, 5}) : call.Output<T>(0, shape, {0});
  if (!y) return;
  const int64_t width = shape.back(), rows = width == 0 ? 0 : CountOf(inputs[0]) / width;
  const auto [epsilon, activation] = *static_cast<NormState*>(state);
  const auto factors = FactorsOf(ValuesOf(inputs[3]), ValuesOf(inputs[2]), epsilon, width);
  const Channels channels{ValuesOf(inputs[1]), factors.data(), ValuesOf(inputs[4])};
  const T *x = ValuesOf<T>(inputs[0]), *r = residual ? ValuesOf<T>(inputs[5]) : nullptr;
  InRowsFromLast(rows, width, [=, activation = activation](int64_t begin, int64_t rows) {
    const int64_t at = begin * width;
    Normalize(x + at, r ? r + at : nullptr, channels, activation, y + at, rows, width);
  });
}

// dy, x, mean, variance, scale, offset. With r = 1 / √(variance + ε), n values a channel and g = dy where the ReLU or
// ReLU6, if there is one, let it pass: offset's gradient is Σ g, scale's r Σ g (x − mean), and
// dx = scale r (g − Σ g / n − (x − mean) r² Σ g (x − mean) / n), Ioffe & Szegedy (2015), section 3.
template <typename T>
void ComputeBatchNormGrad(void* state, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* inputs[6];
  for (int i = 0; i < 6; ++i) {
    inputs[i] = call.Input(i);
    if (!inputs[i]) return;
  }
  const auto shape = ShapeOf(inputs[1]);
  const int64_t size = CountOf(inputs[1]);
  if (shape.empty() || size == 0) return call.Refuse("batch norm of no values");
  const int64_t width = shape.back(), rows = size / width;
  if (CountOf(inputs[0]) != size || !HaveWidth(width, {inputs[2], inputs[3], inputs[4], inputs[5]})) {
    return call.Refuse("gradient, statistics, scale or offset have another shape");
  }
  T* dx = call.Output<T>(0, shape, {0});
  float *dscale = call.Output(1, {width}), *doffset = call.Output(2, {width});
  if (call.Failed()) return;
  const float epsilon = static_cast<NormState*>(state)->epsilon;
  const int64_t activation = static_cast<NormState*>(state)->activation;
  const float *variance = ValuesOf(inputs[3]), *scale = ValuesOf(inputs[4]);
  const auto factors = FactorsOf(scale, variance, epsilon, width);
  const Channels channels{ValuesOf(inputs[2]), factors.data(), ValuesOf(inputs[5])};
  const T *dy = ValuesOf<T>(inputs[0]), *x = ValuesOf<T>(inputs[1]);
  PartialSums parts(rows, width, RowsOfPiece(width));
  parts.Compute([=](int64_t begin, int64_t rows, float* sums, float* products) {
    GradientSums(dy + begin * width, x + begin * width, channels, activation, sums, products, rows, width);
  });
  std::vector<double> totals(2 * width);
  double *sums = totals.data(), *products = sums + width;
  parts.ForEach([=](int64_t i, int64_t, float sum, float product) { sums[i] += sum, products[i] += product; });
  std::vector<float> means(2 * width);
  float *along = means.data(), *across = along + width;
  for (int64_t i = 0; i < width; ++i) {
    const double r = InverseDeviation(variance[i], epsilon);
    doffset[i] = static_cast<float>(sums[i]);
    dscale[i] = static_cast<float>(products[i] * r);
    along[i] = static_cast<float>(sums[i] / rows);
    across[i] = static_cast<float>(products[i] * r * r / rows);
  }
  InRowsFromLast(rows, width, [=](int64_t begin, int64_t rows) {
    const int64_t at = begin * width;
    Gradient(dy + at, x + at, channels, activation, along, across, dx + at, rows, width);
  });
}

// ---- registration ----

void ShapesOfMoments(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle *shape = tf(TF_NewShapeHandle)(), *channels = tf(TF_NewShapeHandle)();
  tf(TF_ShapeInferenceContextGetInput)(context, 0, shape, status);
  tf(TF_ShapeInferenceContextSubshape)(context, shape, -1, std::numeric_limits<int64_t>::max(), channels, status);
  for (int output = 0; output < 3; ++output) {
    tf(TF_ShapeInferenceContextSetOutput)(context, output, channels, status);
  }
  tf(TF_DeleteShapeHandle)(shape);
  tf(TF_DeleteShapeHandle)(channels);
}

}  // namespace

void RegisterBatchNormOperations() {
  const char* type = "T: {float, bfloat16}";
  const std::vector<const char*> norm = {type, "epsilon: float", "activation: int"};
  Register({"CamtuneMoments",
            {"x: T"},
            {"mean: float", "variance: float", "unbiased: float"},
            {type},
            ShapesOfMoments,
            nullptr,
            ComputeMoments<float>,
            nullptr,
            ComputeMoments<Bfloat16>});
  Register({"CamtuneNormalize",
            {"x: T", "mean: float", "variance: float", "scale: float", "offset: float"},
            {"y: T"},
            norm,
            ShapeAs<0>,
            CreateNorm,
            ComputeNormalize<float, false>,
            Destroy<NormState>,
            ComputeNormalize<Bfloat16, false>});
  Register({"CamtuneNormalizeAdd",
            {"x: T", "mean: float", "variance: float", "scale: float", "offset: float", "residual: T"},
            {"y: T"},
            norm,
            ShapeAs<0>,
            CreateNorm,
            ComputeNormalize<float, true>,
            Destroy<NormState>,
            ComputeNormalize<Bfloat16, true>});
  Register({"CamtuneBatchNormGrad",
            {"dy: T", "x: T", "mean: float", "variance: float", "scale: float", "offset: float"},
            {"dx: T", "dscale: float", "doffset: float"},
            norm,
            ShapesOfNormGrad<1, 4>,
            CreateNorm,
            ComputeBatchNormGrad<float>,
            Destroy<NormState>,
            ComputeBatchNormGrad<Bfloat16>});
}
