// The loops of batch-norm.cc: moments, what is done with them, and both for the gradient.
#pragma once

#include "numbers.h"
#include "relu.h"

namespace batch_norm {

enum Activation { kNone, kRelu, kRelu6 };

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

}  // namespace batch_norm
