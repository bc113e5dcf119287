// Sums over places of products of images and gradients, for filter-gradient.cc: how both are packed, and a part of the
// result that is held in registers, with AVX-512 and without.
//
// The instruction for bfloat16 multiplies pairs of numbers and adds both products: a pair is the same number of two images.
#pragma once

#include "numbers.h"

#if defined(__x86_64__) && __GNUC__ >= 10
#define HAS_AVX512
#include <immintrin.h>
#endif

namespace filter_products {

// A part of the result that is held in registers: channels of the images by channels of the gradient.
constexpr int64_t kVector = 16, kRows = 4, kColumns = 4 * kVector;

// How numbers are packed: as words of 32 bits, each of one image or of more.
template <typename T>
struct Packed;
template <>
struct Packed<float> {
  using Word = float;
  static constexpr int64_t kImages = 1;
};
template <>
struct Packed<Bfloat16> {
  using Word = uint32_t;
  static constexpr int64_t kImages = 2;
};
template <typename T>
using Word = typename Packed<T>::Word;

// Neighboring places in a row of the images and of the gradient.
struct Run {
  int64_t images, gradient, count;
};

// What a part of the result is the sum of: words of the images, kVector for each place, of which kRows are looked at,
// and of the gradient, kColumns for each; for every place of the gradient the images are `across` places further.
template <typename T>
struct Product {
  const Word<T> *images, *gradient;
  const std::vector<Run>& runs;
  int64_t across;
};

// Where that is added: [rows, columns], at most kRows by kColumns.
struct Target {
  float* result;
  int64_t rows, columns, stride;
};

// ---- for every processor: right, and slow ----

INLINE float ProductOf(float x, float dy) { return x * dy; }
INLINE float ProductOf(uint32_t x, uint32_t dy) {
  const auto half = [](uint32_t pair, int shift) { return Get(Bfloat16{static_cast<uint16_t>(pair >> shift)}); };
  return half(x, 0) * half(dy, 0) + half(x, 16) * half(dy, 16);
}

template <typename T>
void AddPlain(const Product<T>& product, const Target& target) {
  float sums[kRows][kColumns] = {};
  for (const Run& run : product.runs) {
    for (int64_t place = 0; place < run.count; ++place) {
      const Word<T>* x = product.images + (run.images + place * product.across) * kVector;
      const Word<T>* dy = product.gradient + (run.gradient + place) * kColumns;
      for (int64_t i = 0; i < target.rows; ++i) {
        for (int64_t k = 0; k < target.columns; ++k) sums[i][k] += ProductOf(x[i], dy[k]);
      }
    }
  }
  for (int64_t i = 0; i < target.rows; ++i) {
    for (int64_t k = 0; k < target.columns; ++k) target.result[i * target.stride + k] += sums[i][k];
  }
}

// `count` numbers of a (and of b, the same place of the next image, where there is one) in parts of `width` words that
// lie `stride` apart; zeros behind the last.
INLINE float WordOf(const float* a, const float*, int64_t i) { return a[i]; }
INLINE uint32_t WordOf(const Bfloat16* a, const Bfloat16* b, int64_t i) {
  return a[i].bits | (b ? static_cast<uint32_t>(b[i].bits) << 16 : 0u);
}
template <typename T, int64_t width>
void PackPlain(const T* a, const T* b, int64_t count, Word<T>* to, int64_t stride) {
  for (int64_t i = 0; i < count; ++i) to[i / width * stride + i % width] = WordOf(a, b, i);
}

// ---- with AVX-512 ----

#if defined(HAS_AVX512)
// For float32 no instruction for bfloat16 comes out of this.
#define FOR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,prefer-vector-width=512")))
// So that arrays are kept in registers.
#define UNROLLED _Pragma("GCC unroll 8")

FOR_AVX512 inline __mmask16 MaskOf(int64_t count) {
  return count >= kVector ? 0xffff : static_cast<__mmask16>((1u << count) - 1);
}

FOR_AVX512 inline __m512 AddProduct(__m512 sum, const __m512& dy, float x) {
  return _mm512_fmadd_ps(dy, _mm512_set1_ps(x), sum);
}
FOR_AVX512 inline __m512 AddProduct(__m512 sum, const __m512& dy, uint32_t x) {
  return _mm512_dpbf16_ps(sum, (__m512bh)dy, (__m512bh)_mm512_set1_epi32(static_cast<int>(x)));
}

template <typename T, int vectors>
FOR_AVX512 void AddVectors(const Product<T>& product, const Target& target) {
  __m512 sums[kRows][vectors];
  UNROLLED for (int i = 0; i < kRows; ++i) {
    UNROLLED for (int v = 0; v < vectors; ++v) sums[i][v] = _mm512_setzero_ps();
  }
  for (const Run& run : product.runs) {
    const Word<T>* x = product.images + run.images * kVector;
    const Word<T>* dy = product.gradient + run.gradient * kColumns;
    for (int64_t place = 0; place < run.count; ++place) {
      __m512 given[vectors];
      UNROLLED for (int v = 0; v < vectors; ++v) given[v] = _mm512_loadu_ps(dy + v * kVector);
      UNROLLED for (int i = 0; i < kRows; ++i) {
        UNROLLED for (int v = 0; v < vectors; ++v) sums[i][v] = AddProduct(sums[i][v], given[v], x[i]);
      }
      x += product.across * kVector;
      dy += kColumns;
    }
  }
  UNROLLED for (int i = 0; i < kRows; ++i) {
    if (i >= target.rows) return;
    UNROLLED for (int v = 0; v < vectors; ++v) {
      const __mmask16 mask = MaskOf(target.columns - v * kVector);
      float* to = target.result + i * target.stride + v * kVector;
      _mm512_mask_storeu_ps(to, mask, _mm512_add_ps(sums[i][v], _mm512_maskz_loadu_ps(mask, to)));
    }
  }
}

template <int64_t width>
FOR_AVX512 void PackVectors(const float* a, const float*, int64_t count, float* to, int64_t stride) {
  for (int64_t i = 0; i < count; i += kVector) {
    _mm512_storeu_ps(to + i / width * stride + i % width, _mm512_maskz_loadu_ps(MaskOf(count - i), a + i));
  }
}

template <int64_t width>
FOR_AVX512 void PackVectors(const Bfloat16* a, const Bfloat16* b, int64_t count, uint32_t* to, int64_t stride) {
  constexpr int64_t kHalves = 2 * kVector;
  alignas(64) static constexpr uint16_t kOrder[2 * kHalves] = {
      0,  32, 1,  33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39, 8,  40, 9,  41, 10, 42,
      11, 43, 12, 44, 13, 45, 14, 46, 15, 47, 16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53,
      22, 54, 23, 55, 24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63};
  const __m512i low = _mm512_load_si512(kOrder), high = _mm512_load_si512(kOrder + kHalves);
  for (int64_t i = 0; i < count; i += kHalves) {
    const __mmask32 mask = count - i >= kHalves ? ~0u : (1u << (count - i)) - 1;
    const __m512i first = _mm512_maskz_loadu_epi16(mask, a + i);
    const __m512i second = b ? _mm512_maskz_loadu_epi16(mask, b + i) : _mm512_setzero_si512();
    uint32_t* at = to + i / width * stride + i % width;
    _mm512_storeu_si512(at, _mm512_permutex2var_epi16(first, low, second));
    if (count - i <= kVector) break;
    _mm512_storeu_si512(at + (width > kVector ? kVector : stride), _mm512_permutex2var_epi16(first, high, second));
  }
}

template <typename T>
bool HasVectors() {
  static const bool has =
      VectorLevel() == 2 && (std::is_same_v<T, float> || __builtin_cpu_supports("avx512bf16"));
  return has;
}
#endif

// ---- the choice ----

template <typename T>
void Add(const Product<T>& product, const Target& target) {
#if defined(HAS_AVX512)
  if (HasVectors<T>()) {
    return target.columns <= kVector       ? AddVectors<T, 1>(product, target)
           : target.columns <= 2 * kVector ? AddVectors<T, 2>(product, target)
           : target.columns <= 3 * kVector ? AddVectors<T, 3>(product, target)
                                           : AddVectors<T, 4>(product, target);
  }
#endif
  AddPlain(product, target);
}

template <typename T, int64_t width>
void Pack(const T* a, const T* b, int64_t count, Word<T>* to, int64_t stride) {
#if defined(HAS_AVX512)
  if (HasVectors<T>()) return PackVectors<width>(a, b, count, to, stride);
#endif
  PackPlain<T, width>(a, b, count, to, stride);
}

}  // namespace filter_products
