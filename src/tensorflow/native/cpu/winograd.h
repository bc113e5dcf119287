// What Winograd's fast convolutions with kernels of 3×3 have in common (Winograd 1980; Lavin & Gray 2016, F(4×4, 3×3)).
// Four by four neighboring results look at six by six numbers of the image. Both the kernel and these numbers are
// turned into 36 others, whose products are turned into the results: 36 multiplications for a pair of channels
// where the sums themselves take 144.
//
// It is an interpolation of polynomials at 0, ±3/4, ±3/2 and infinity. Of the points in use these keep rounding small:
// 1e-6 of the results' standard deviation, a third of what ±1 and ±2 give, six times that of plain sums.
#pragma once

#include "cpu-kernel.h"
#include "numbers.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors are passed to inlined functions alone

namespace winograd {

// Sides of the kernel, of what is computed at once, and of what that looks at.
constexpr int kKernel = 3, kResults = 4, kSide = kResults + kKernel - 1, kProducts = kSide * kSide;

// Channels that vectors of every processor divide, and those of a panel: so many outputs lie side by side while they are
// multiplied.
constexpr int64_t kChannels = 16, kPanel = 64;

template <int lanes>
struct Vector {
  typedef float Floats __attribute__((vector_size(lanes * sizeof(float))));
};
template <int lanes>
using Floats = typename Vector<lanes>::Floats;

template <int lanes>
INLINE Floats<lanes> Load(const float* from) {
  Floats<lanes> values;
  std::memcpy(&values, from, sizeof values);
  return values;
}
template <typename V>
INLINE void Store(const V& values, float* to) {
  std::memcpy(to, &values, sizeof values);
}

// ---- the transforms, of one row or column ----

// Points of the interpolation, their powers, and the factors of the kernel's numbers there.
constexpr float kA = 0.75f, kB = 1.5f, kA2 = kA * kA, kB2 = kB * kB, kA3 = kA2 * kA, kB3 = kB2 * kB;
constexpr float kAtZero = 1 / (kA2 * kB2), kAtA = 1 / (2 * kA2 * (kA2 - kB2)), kAtB = 1 / (2 * kB2 * (kB2 - kA2));

// Of the image: Bᵀ d.
template <typename V>
INLINE void OfImage(const V* d, V* v) {
  v[0] = d[4] - (kA2 + kB2) * d[2] + kA2 * kB2 * d[0];
  V even = d[4] - kB2 * d[2], odd = kA * (d[3] - kB2 * d[1]);
  v[1] = even + odd;
  v[2] = even - odd;
  even = d[4] - kA2 * d[2], odd = kB * (d[3] - kA2 * d[1]);
  v[3] = even + odd;
  v[4] = even - odd;
  v[5] = d[5] - (kA2 + kB2) * d[3] + kA2 * kB2 * d[1];
}

// Of the kernel: G g.
template <typename V>
INLINE void OfKernel(const V* g, V* u) {
  u[0] = kAtZero * g[0];
  V even = kAtA * (g[0] + kA2 * g[2]), odd = kAtA * kA * g[1];
  u[1] = even + odd;
  u[2] = even - odd;
  even = kAtB * (g[0] + kB2 * g[2]), odd = kAtB * kB * g[1];
  u[3] = even + odd;
  u[4] = even - odd;
  u[5] = g[2];
}

// Of the products, to the results: Aᵀ m.
template <typename V>
INLINE void ToResults(const V* m, V* y) {
  const V sum_a = m[1] + m[2], of_a = m[1] - m[2], sum_b = m[3] + m[4], of_b = m[3] - m[4];
  y[0] = m[0] + (sum_a + sum_b);
  y[1] = kA * of_a + kB * of_b;
  y[2] = kA2 * sum_a + kB2 * sum_b;
  y[3] = kA3 * of_a + kB3 * of_b + m[5];
}

// The transpose of that, of gradients of the results: A dy.
template <typename V>
INLINE void OfResults(const V* dy, V* m) {
  m[0] = dy[0];
  V even = dy[0] + kA2 * dy[2], odd = kA * dy[1] + kA3 * dy[3];
  m[1] = even + odd;
  m[2] = even - odd;
  even = dy[0] + kB2 * dy[2], odd = kB * dy[1] + kB3 * dy[3];
  m[3] = even + odd;
  m[4] = even - odd;
  m[5] = dy[3];
}

// The transpose of OfKernel, to the kernel's gradient: Gᵀ u.
template <typename V>
INLINE void ToKernel(const V* u, V* g) {
  const V sum_a = kAtA * (u[1] + u[2]), sum_b = kAtB * (u[3] + u[4]);
  g[0] = kAtZero * u[0] + sum_a + sum_b;
  g[1] = kAtA * kA * (u[1] - u[2]) + kAtB * kB * (u[3] - u[4]);
  g[2] = kA2 * sum_a + kB2 * sum_b + u[5];
}

// Of all columns of a square, then of all rows of what that gives.
template <typename V, int from, int to, void (*transform)(const V*, V*)>
INLINE void OfSquare(const V (&x)[from][from], V (&y)[to][to]) {
  V half[to][from];
  for (int column = 0; column < from; ++column) {
    V given[from], made[to];
    for (int row = 0; row < from; ++row) given[row] = x[row][column];
    transform(given, made);
    for (int row = 0; row < to; ++row) half[row][column] = made[row];
  }
  for (int row = 0; row < to; ++row) transform(half[row], y[row]);
}

// ---- images, cut into squares of results ----

// Of images, and of what the convolution gives: as many rows and columns, with one of zeros around the images.
struct Geometry {
  int64_t batch, height, width, channels, outputs;

  int64_t Down() const { return (height + kResults - 1) / kResults; }
  int64_t Across() const { return (width + kResults - 1) / kResults; }
  // Squares of results, counted through all images.
  int64_t Squares() const { return batch * Down() * Across(); }
};

// Where a square of results begins.
struct Place {
  int64_t image, row, column;
};
INLINE Place PlaceOf(const Geometry& g, int64_t square) {
  const int64_t across = g.Across(), row = square / across;
  return {row / g.Down(), row % g.Down() * kResults, square % across * kResults};
}

// A vector of numbers at each place of a square of an image, [height, width, channels]; zeros beyond its sides.
template <int lanes, int side>
INLINE void LoadSquare(const float* image, int64_t channels, const Geometry& g, int64_t top, int64_t left,
                       Floats<lanes> (&square)[side][side]) {
  const bool inside = top >= 0 && left >= 0 && top + side <= g.height && left + side <= g.width;
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) {
      const int64_t row = top + i, column = left + j;
      const bool is_there = inside || (row >= 0 && row < g.height && column >= 0 && column < g.width);
      square[i][j] = is_there ? Load<lanes>(image + (row * g.width + column) * channels) : Floats<lanes>{};
    }
  }
}

// What the results of a square look at, transformed: `to[product * plane]`.
template <int lanes>
INLINE void TransformImage(const float* images, const Geometry& g, const Place& at, float* to, int64_t plane) {
  Floats<lanes> square[kSide][kSide], made[kSide][kSide];
  const float* image = images + at.image * g.height * g.width * g.channels;
  LoadSquare<lanes>(image, g.channels, g, at.row - 1, at.column - 1, square);
  OfSquare<Floats<lanes>, kSide, kSide, OfImage>(square, made);
  for (int i = 0; i < kProducts; ++i) Store(made[i / kSide][i % kSide], to + i * plane);
}

// ---- products of matrices ----

// Σ a · b over `count` steps for some rows of a and some columns of a panel of b: numbers of a lie `row` and `step` apart,
// rows of b kPanel. Written to `to`, [rows, columns], or added to what stands there.
struct Factors {
  const float* a;
  int64_t row, step;
  const float* b;
  int64_t count;
};
template <int lanes, int rows, int vectors, bool adds>
INLINE void Multiply(const Factors& f, float* to, int64_t stride) {
  Floats<lanes> sums[rows][vectors] = {};
  const float *a = f.a, *b = f.b;
  for (int64_t i = 0; i < f.count; ++i, a += f.step, b += kPanel) {
    Floats<lanes> given[vectors];
    for (int v = 0; v < vectors; ++v) given[v] = Load<lanes>(b + v * lanes);
    for (int r = 0; r < rows; ++r) {
      for (int v = 0; v < vectors; ++v) sums[r][v] += a[r * f.row] * given[v];
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) {
      float* at = to + r * stride + v * lanes;
      Store(adds ? Load<lanes>(at) + sums[r][v] : sums[r][v], at);
    }
  }
}

// The same for `columns` of a panel: as many vectors at once as there are registers for.
template <int lanes, int rows, bool adds>
INLINE void MultiplyPanel(Factors f, int64_t columns, float* to, int64_t stride) {
  constexpr int kVectors = lanes == 16 ? 4 : 2, kColumns = kVectors * lanes;
  int64_t column = 0;
  for (; column + kColumns <= columns; column += kColumns, f.b += kColumns, to += kColumns) {
    Multiply<lanes, rows, kVectors, adds>(f, to, stride);
  }
  for (; column < columns; column += lanes, f.b += lanes, to += lanes) Multiply<lanes, rows, 1, adds>(f, to, stride);
}

// Whether there is something to compute, and vectors divide the channels.
inline bool IsKnown(const Geometry& g) {
  return std::min({g.batch, g.height, g.width, g.channels, g.outputs}) > 0 && g.channels % kChannels == 0 &&
         g.outputs % kChannels == 0;
}

}  // namespace winograd
