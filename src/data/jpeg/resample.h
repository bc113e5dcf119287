// Resizing with antialiasing, with the arithmetic of Pillow's Image.resize: two passes, weights of 22 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace jpeg {

enum class Filter { kBilinear, kBicubic, kLanczos };

/** Where a row (or column) of new pixels comes from. */
struct Taps {
  /** Source pixels that new pixel i needs: counts[i] of them from starts[i] on. */
  std::vector<int> starts, counts;
  /** Weights of new pixel i from i · most on; a weight of 1 is 2^22. */
  std::vector<int32_t> weights;
  int most;

  int First() const { return starts.front(); }
  int End() const { return starts.back() + counts.back(); }
};

/**
 * Weights for the new pixels `from` to `to` of an axis that is resized.
 *
 * @param begin, length part of the source axis that becomes `resized` pixels; may be fractional
 * @param low, high source pixels that may be used: low <= i < high
 */
Taps MakeTaps(Filter filter, double begin, double length, int low, int high, int resized, int from, int to);

/**
 * Resizes.
 *
 * @param source pixel (0, 0) of the source axes, with `stride` pixels of 4 bytes from row to row
 * @param across, down taps of the columns and rows of the result; only the pixels that they name are read
 * @param between room for the first pass; grows as needed
 * @param result [rows, columns, 3], mirrored from left to right where `flipped`
 */
void Resample(const uint8_t* source, ptrdiff_t stride, const Taps& across, const Taps& down, bool flipped,
              std::vector<uint8_t>& between, uint8_t* result);

}  // namespace jpeg
