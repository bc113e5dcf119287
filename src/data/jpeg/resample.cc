#include "resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>

// On x64 the inner loops exist twice, and the processor chooses when the library is loaded.
#if defined(__x86_64__)
#define FOR_THE_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_THE_PROCESSOR
#endif

namespace jpeg {
namespace {

constexpr int kBits = 22;
constexpr int32_t kHalf = 1 << (kBits - 1);
constexpr int kChannels = 4;

struct Kernel {
  double support;
  double (*weight)(double);
};

double Triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

/** Cubic convolution with a = -1/2 (Keys, 1981). */
double Cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

double Sinc(double x) { return x == 0 ? 1 : std::sin(M_PI * x) / (M_PI * x); }

double Lanczos(double x) { return -3 <= x && x < 3 ? Sinc(x) * Sinc(x / 3) : 0; }

Kernel KernelOf(Filter filter) {
  switch (filter) {
    case Filter::kBicubic:
      return {2, Cubic};
    case Filter::kLanczos:
      return {3, Lanczos};
    default:
      return {1, Triangle};
  }
}

inline uint8_t Clamped(int32_t sum) { return std::clamp(sum >> kBits, 0, 255); }

/** One row of the source becomes one row of `columns` new pixels. */
FOR_THE_PROCESSOR
void ResampleRow(const uint8_t* row, const Taps& taps, int columns, uint8_t* result) {
  for (int column = 0; column < columns; column++) {
    const uint8_t* pixel = row + static_cast<ptrdiff_t>(taps.starts[column]) * kChannels;
    const int32_t* weights = taps.weights.data() + static_cast<size_t>(column) * taps.most;
    int32_t sums[kChannels] = {kHalf, kHalf, kHalf, kHalf};
    for (int tap = 0; tap < taps.counts[column]; tap++, pixel += kChannels)
      for (int channel = 0; channel < kChannels; channel++) sums[channel] += pixel[channel] * weights[tap];
    for (int channel = 0; channel < kChannels; channel++) result[column * kChannels + channel] = Clamped(sums[channel]);
  }
}

/** Several rows become one. */
FOR_THE_PROCESSOR
void MixRows(const uint8_t* rows, size_t bytes, const int32_t* weights, int count, int32_t* sums) {
  std::fill(sums, sums + bytes, kHalf);
  for (int row = 0; row < count; row++, rows += bytes) {
    const int32_t weight = weights[row];
    for (size_t at = 0; at < bytes; at++) sums[at] += rows[at] * weight;
  }
}

void Pack(const int32_t* sums, int columns, bool flipped, uint8_t* result) {
  for (int column = 0; column < columns; column++, sums += kChannels) {
    uint8_t* pixel = result + 3 * (flipped ? columns - 1 - column : column);
    for (int channel = 0; channel < 3; channel++) pixel[channel] = Clamped(sums[channel]);
  }
}

}  // namespace

Taps MakeTaps(Filter filter, double begin, double length, int low, int high, int resized, int from, int to) {
  const auto [support, weight] = KernelOf(filter);
  const double scale = length / resized;
  const double stretch = std::max(scale, 1.0);
  const double reach = support * stretch;
  Taps taps;
  taps.most = 2 * static_cast<int>(std::ceil(reach)) + 1;
  taps.weights.resize(static_cast<size_t>(to - from) * taps.most);
  std::vector<double> exact(taps.most);
  for (int pixel = from; pixel < to; pixel++) {
    const double center = begin + (pixel + 0.5) * scale;
    // Rounded towards zero; beyond the low edge that does no harm.
    const int start = std::max(low, static_cast<int>(center - reach + 0.5));
    const int end = std::min(high, static_cast<int>(center + reach + 0.5));
    const int count = std::max(1, end - start);
    double sum = 0;
    for (int tap = 0; tap < count; tap++) sum += exact[tap] = weight((start + tap - center + 0.5) / stretch);
    int32_t* weights = taps.weights.data() + static_cast<size_t>(pixel - from) * taps.most;
    for (int tap = 0; tap < count; tap++)
      weights[tap] = sum == 0 ? (1 << kBits) / count : std::lround(exact[tap] / sum * (1 << kBits));
    taps.starts.push_back(start);
    taps.counts.push_back(count);
  }
  return taps;
}

void Resample(const uint8_t* source, ptrdiff_t stride, const Taps& across, const Taps& down, bool flipped,
              std::vector<uint8_t>& between, uint8_t* result) {
  const int columns = across.starts.size();
  const int first = down.First();
  const size_t bytes = static_cast<size_t>(columns) * kChannels;
  between.resize(bytes * (down.End() - first));
  for (int row = first; row < down.End(); row++)
    ResampleRow(source + row * stride * kChannels, across, columns, between.data() + (row - first) * bytes);
  std::vector<int32_t> sums(bytes);
  for (size_t row = 0; row < down.starts.size(); row++) {
    const uint8_t* rows = between.data() + (down.starts[row] - first) * bytes;
    MixRows(rows, bytes, down.weights.data() + row * down.most, down.counts[row], sums.data());
    Pack(sums.data(), columns, flipped, result + row * columns * 3);
  }
}

}  // namespace jpeg
