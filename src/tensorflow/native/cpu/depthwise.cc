// The gradient of a depthwise convolution's weights, for the CPU, in float32 and bfloat16. oneDNN 3.7 takes three to ten
// times as long in float32, and three times that in bfloat16.

#include "convolution.h"
#include "cpu-kernel.h"
#include "numbers.h"
#include "operations.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors are passed to inlined functions alone

namespace {

// As many channels as are computed at once; a register or two, by the processor.
constexpr int64_t kBlock = 16;
typedef float Floats __attribute__((vector_size(kBlock * sizeof(float))));
typedef uint32_t Words __attribute__((vector_size(kBlock * sizeof(uint32_t))));
typedef uint16_t Halves __attribute__((vector_size(kBlock * sizeof(uint16_t))));

INLINE Floats Load(const float* from) {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  return values;
}
INLINE Floats Load(const Bfloat16* from) {
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  const Words words = __builtin_convertvector(halves, Words) << 16;
  Floats values;
  std::memcpy(&values, &words, sizeof values);
  return values;
}
// Of the last channels, which are fewer; zeros behind them.
template <typename T>
INLINE Floats LoadSome(const T* from, int64_t count) {
  T values[kBlock] = {};
  std::memcpy(values, from, count * sizeof(T));
  return Load(values);
}

struct Geometry {
  int64_t height, width;              // of the images
  int64_t rows, columns;              // of what the convolution gives
  int64_t channels, kernel;           // kernel: its height
  int64_t down, across, top, left;    // strides, and padding before
};

// Σ x · dy for one row of the kernel, `columns` wide, over rows [begin, end) of one image, at the channels from x and dy on.
template <int columns, bool whole, typename T>
INLINE void SumKernelRow(const T* x, const T* dy, const Geometry& g, int64_t row, int64_t begin, int64_t end,
                         int64_t count, Floats* sums) {
  const auto load = [count](const T* from) __attribute__((always_inline)) { return whole ? Load(from) : LoadSome(from, count); };
  // Where all columns of the kernel lie within the image.
  const int64_t first = std::min(g.columns, (g.left + g.across - 1) / g.across);
  const int64_t last = std::max(first, std::min(g.columns, (g.width - columns + g.left) / g.across + 1));
  const auto edge = [&](const T* from, const T* given, int64_t column) __attribute__((always_inline)) {
    for (int64_t k = 0; k < columns; ++k) {
      const int64_t at = column * g.across - g.left + k;
      if (at >= 0 && at < g.width) sums[k] += load(from + at * g.channels) * load(given + column * g.channels);
    }
  };
  for (int64_t y = begin; y < end; ++y) {
    const int64_t at = y * g.down - g.top + row;
    if (at < 0 || at >= g.height) continue;
    const T* from = x + at * g.width * g.channels;
    const T* given = dy + y * g.columns * g.channels;
    for (int64_t column = 0; column < first; ++column) edge(from, given, column);
    for (int64_t column = first; column < last; ++column) {
      const Floats value = load(given + column * g.channels);
      const T* here = from + (column * g.across - g.left) * g.channels;
      for (int k = 0; k < columns; ++k) sums[k] += load(here + k * g.channels) * value;
    }
    for (int64_t column = last; column < g.columns; ++column) edge(from, given, column);
  }
}

// Rows [begin, end) of one image; dw is [kernel, columns, channels].
template <int columns, typename T>
INLINE void FilterGradOf(const T* x, const T* dy, const Geometry& g, int64_t begin, int64_t end, float* dw) {
  for (int64_t channel = 0; channel < g.channels; channel += kBlock) {
    const int64_t count = std::min(kBlock, g.channels - channel);
    for (int64_t row = 0; row < g.kernel; ++row) {
      Floats sums[columns] = {};
      count == kBlock
          ? SumKernelRow<columns, true>(x + channel, dy + channel, g, row, begin, end, count, sums)
          : SumKernelRow<columns, false>(x + channel, dy + channel, g, row, begin, end, count, sums);
      for (int k = 0; k < columns; ++k) {
        std::memcpy(dw + (row * columns + k) * g.channels + channel, &sums[k], count * sizeof(float));
      }
    }
  }
}
template <typename T>
INLINE void FilterGradBody(const T* x, const T* dy, const Geometry& g, int64_t columns, int64_t begin, int64_t end,
                           float* dw) {
  columns == 3   ? FilterGradOf<3>(x, dy, g, begin, end, dw)
  : columns == 5 ? FilterGradOf<5>(x, dy, g, begin, end, dw)
                 : FilterGradOf<7>(x, dy, g, begin, end, dw);
}
FOR_TYPES(FilterGrad,
          (const T* x, const T* dy, const Geometry& g, int64_t columns, int64_t begin, int64_t end, float* dw),
          (x, dy, g, columns, begin, end, dw))

// Enough pieces for many threads, whatever the batch.
constexpr int64_t kPieces = 16;

template <typename T>
void ComputeFilterGrad(void* state, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *images = call.Input(0), *gradient = call.Input(1);
  if (!images || !gradient) return;
  const auto shape = ShapeOf(images), given = ShapeOf(gradient);
  const Convolution c = *static_cast<Convolution*>(state);
  const bool fits = shape.size() == 4 && given.size() == 4 && shape[0] == given[0] && shape[3] == given[3];
  if (!fits || (c.width != 3 && c.width != 5 && c.width != 7) || c.down < 1 || c.across < 1) {
    return call.Refuse("images, gradient and kernel do not fit each other");
  }
  float* dw = call.Output(0, {c.height, c.width, shape[3], 1});
  if (!dw) return;
  const Geometry g{shape[1], shape[2], given[1], given[2], shape[3], c.height, c.down, c.across, c.top, c.left};
  const int64_t size = c.height * c.width * g.channels, batch = shape[0];
  const int64_t bands = std::max<int64_t>(1, std::min(g.rows, PartsOf(kPieces, std::max<int64_t>(1, batch))));
  const int64_t each = PartsOf(g.rows, bands);
  std::vector<float> parts(size * batch * bands);
  float* const sums = parts.data();
  const T *x = ValuesOf<T>(images), *dy = ValuesOf<T>(gradient);
  Helpers::Get().Run(batch * bands, [=](int64_t piece) {
    const int64_t image = piece / bands, begin = piece % bands * each;
    FilterGrad(x + image * g.height * g.width * g.channels, dy + image * g.rows * g.columns * g.channels, g, c.width,
               std::min(begin, g.rows), std::min(begin + each, g.rows), sums + piece * size);
  });
  std::fill(dw, dw + size, 0.0f);
  for (int64_t piece = 0; piece < batch * bands; ++piece) {
    const float* own = sums + piece * size;
    NO_OVERLAP
    for (int64_t i = 0; i < size; ++i) dw[i] += own[i];
  }
}

}  // namespace

void RegisterDepthwiseOperations() {
  RegisterFilterGradient("CamtuneDepthwiseFilterGrad", ComputeFilterGrad<float>, ComputeFilterGrad<Bfloat16>);
}
