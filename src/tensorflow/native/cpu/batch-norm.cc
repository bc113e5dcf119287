// What stands between the convolutions of a network, for the CPU, in float32 and bfloat16: batch norm of a batch's own
// statistics with the ReLU and the residual that follow it, its gradient with the ReLU's before it, sums, and casts.
// TensorFlow runs each of these by itself, and those in bfloat16 without vectors. All compute in float32 and round once.

#include <limits>

#include "cpu-kernel.h"
#include "numbers.h"
#include "operations.h"

namespace {

// ---- arithmetic ----

enum Activation { kNone, kRelu, kRelu6 };

INLINE float Relu(float x) { return x < 0.0f ? 0.0f : x; }
INLINE float Passed(float dy, float y) { return dy * (y > 0.0f ? 1.0f : 0.0f); }

template <int activation>
INLINE float Activated(float x) {
  const float y = activation == kNone ? x : Relu(x);
  return activation == kRelu6 && y > 6.0f ? 6.0f : y;
}
// Of what arrives, what the activation let pass; at 0 and at 6 nothing, as TensorFlow has it.
template <int activation>
INLINE float PassedBy(float dy, float x) {
  if (activation == kNone) return dy;
  return activation == kRelu6 ? dy * (x > 0.0f && x < 6.0f ? 1.0f : 0.0f) : Passed(dy, x);
}

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

// Statistics and parameters of a batch norm, a number for each channel.
struct Channels {
  const float *mean, *factor, *offset;  // factor: scale / √(variance + ε)
};

// What the forward pass and its gradient, which looks where a ReLU let it pass, both compute.
INLINE float Normalized(float x, const Channels& c, int64_t i) { return (x - c.mean[i]) * c.factor[i] + c.offset[i]; }

// For each channel the sum of term(row, channel) over rows, four rows at a time.
template <typename Term>
INLINE void SumRows(int64_t rows, int64_t width, Term term, float* sums) {
  std::fill(sums, sums + width, 0.0f);
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    NO_OVERLAP
    for (int64_t i = 0; i < width; ++i) {
      sums[i] += (term(row, i) + term(row + 1, i)) + (term(row + 2, i) + term(row + 3, i));
    }
  }
  for (; row < rows; ++row) {
    NO_OVERLAP
    for (int64_t i = 0; i < width; ++i) sums[i] += term(row, i);
  }
}

// Of some rows: the mean of each channel, and the sum of squared differences from it.
template <typename T>
INLINE void MomentsBody(const T* x, float* mean, float* squares, int64_t rows, int64_t width) {
  const auto at = [x, width](int64_t row, int64_t i) { return Get(x[row * width + i]); };
  SumRows(rows, width, at, mean);
  const float each = 1.0f / rows;
  for (int64_t i = 0; i < width; ++i) mean[i] *= each;
  const auto square = [&](int64_t row, int64_t i) {
    const float difference = at(row, i) - mean[i];
    return difference * difference;
  };
  SumRows(rows, width, square, squares);
}

template <int activation, bool residual, typename T>
INLINE void NormalizeRows(const T* x, const T* r, const Channels& c, T* y, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width, y += width, r += residual ? width : 0) {
    NO_OVERLAP
    for (int64_t i = 0; i < width; ++i) {
      const float plain = Normalized(Get(x[i]), c, i);
      const float sum = residual ? plain + Get(r[i]) : plain;
      Put(Activated<activation>(sum), y + i);
    }
  }
}
// r: what is added before the activation, or null
template <typename T>
INLINE void NormalizeBody(const T* x, const T* r, const Channels& c, int64_t activation, T* y, int64_t rows,
                          int64_t width) {
  if (activation == kRelu6) return NormalizeRows<kRelu6, false>(x, r, c, y, rows, width);
  if (activation == kRelu && r) return NormalizeRows<kRelu, true>(x, r, c, y, rows, width);
  if (activation == kRelu) return NormalizeRows<kRelu, false>(x, r, c, y, rows, width);
  if (r) return NormalizeRows<kNone, true>(x, r, c, y, rows, width);
  NormalizeRows<kNone, false>(x, r, c, y, rows, width);
}

template <int activation, typename T>
INLINE float Arriving(const T* dy, const T* x, const Channels& c, int64_t at, int64_t i) {
  const float given = Get(dy[at]);
  return activation == kNone ? given : PassedBy<activation>(given, Normalized(Get(x[at]), c, i));
}

template <int activation, typename T>
INLINE void GradientSumsOfRows(const T* dy, const T* x, const Channels& c, float* sums, float* products, int64_t rows,
                               int64_t width) {
  std::fill(sums, sums + width, 0.0f);
  std::fill(products, products + width, 0.0f);
  int64_t row = 0;
  for (; row + 2 <= rows; row += 2, dy += 2 * width, x += 2 * width) {
    NO_OVERLAP
    for (int64_t i = 0; i < width; ++i) {
      const float a = Arriving<activation>(dy, x, c, i, i), b = Arriving<activation>(dy, x, c, width + i, i);
      sums[i] += a + b;
      products[i] += a * (Get(x[i]) - c.mean[i]) + b * (Get(x[width + i]) - c.mean[i]);
    }
  }
  if (row == rows) return;
  NO_OVERLAP
  for (int64_t i = 0; i < width; ++i) {
    const float a = Arriving<activation>(dy, x, c, i, i);
    sums[i] += a;
    products[i] += a * (Get(x[i]) - c.mean[i]);
  }
}
// For each channel, Σ g and Σ g (x − mean), g being dy where the ReLU let it pass.
template <typename T>
INLINE void GradientSumsBody(const T* dy, const T* x, const Channels& c, int64_t activation, float* sums, float* products,
                             int64_t rows, int64_t width) {
  activation == kRelu    ? GradientSumsOfRows<kRelu>(dy, x, c, sums, products, rows, width)
  : activation == kRelu6 ? GradientSumsOfRows<kRelu6>(dy, x, c, sums, products, rows, width)
                         : GradientSumsOfRows<kNone>(dy, x, c, sums, products, rows, width);
}

// dx = factor (g − along − (x − mean) across)
template <int activation, typename T>
INLINE void GradientOfRows(const T* dy, const T* x, const Channels& c, const float* along, const float* across, T* dx,
                           int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, dy += width, x += width, dx += width) {
    NO_OVERLAP
    for (int64_t i = 0; i < width; ++i) {
      const float g = Arriving<activation>(dy, x, c, i, i);
      Put(c.factor[i] * (g - along[i] - (Get(x[i]) - c.mean[i]) * across[i]), dx + i);
    }
  }
}
template <typename T>
INLINE void GradientBody(const T* dy, const T* x, const Channels& c, int64_t activation, const float* along,
                         const float* across, T* dx, int64_t rows, int64_t width) {
  activation == kRelu    ? GradientOfRows<kRelu>(dy, x, c, along, across, dx, rows, width)
  : activation == kRelu6 ? GradientOfRows<kRelu6>(dy, x, c, along, across, dx, rows, width)
                         : GradientOfRows<kNone>(dy, x, c, along, across, dx, rows, width);
}

FOR_TYPES(Add, (const T* x, const T* y, T* z, int64_t count), (x, y, z, count))
FOR_TYPES(AddRelu, (const T* x, const T* y, T* z, int64_t count), (x, y, z, count))
FOR_TYPES(ReluGrad, (const T* dy, const T* y, T* dx, int64_t count), (dy, y, dx, count))
FOR_TYPES(AddReluGrad, (const T* a, const T* b, const T* y, T* dx, int64_t count), (a, b, y, dx, count))
FOR_TYPES(Moments, (const T* x, float* mean, float* squares, int64_t rows, int64_t width),
          (x, mean, squares, rows, width))
FOR_TYPES(Normalize,
          (const T* x, const T* r, const Channels& c, int64_t activation, T* y, int64_t rows, int64_t width),
          (x, r, c, activation, y, rows, width))
FOR_TYPES(GradientSums,
          (const T* dy, const T* x, const Channels& c, int64_t activation, float* sums, float* products, int64_t rows,
           int64_t width),
          (dy, x, c, activation, sums, products, rows, width))
FOR_TYPES(Gradient,
          (const T* dy, const T* x, const Channels& c, int64_t activation, const float* along, const float* across, T* dx,
           int64_t rows, int64_t width),
          (dy, x, c, activation, along, across, dx, rows, width))

// ---- kernels ----

template <typename T>
using OfTwo = void (*)(const T*, const T*, T*, int64_t);

// outputs lie in the memory of one of the first `free` inputs, where nobody else needs that
template <typename T, OfTwo<T> function, int free>
void ComputeTwo(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *a = call.Input(0), *b = call.Input(1);
  if (!a || !b) return;
  if (CountOf(a) != CountOf(b)) return call.Refuse("the operands have different shapes");
  T* z = free == 1 ? call.Output<T>(0, ShapeOf(a), {0}) : call.Output<T>(0, ShapeOf(a), {0, 1});
  if (!z) return;
  const T *x = ValuesOf<T>(a), *y = ValuesOf<T>(b);
  InPieces(CountOf(a), kPiece, [=](int64_t begin, int64_t count) { function(x + begin, y + begin, z + begin, count); });
}

template <typename T>
void ComputeAddReluGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *a = call.Input(0), *b = call.Input(1), *y = call.Input(2);
  if (!a || !b || !y) return;
  if (CountOf(a) != CountOf(b) || CountOf(a) != CountOf(y)) return call.Refuse("the operands have different shapes");
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
