// float32 and bfloat16 for the kernels, and functions over both in forms for several processors.
#pragma once

#include <type_traits>

#include "cpu-kernel.h"

struct Bfloat16 {
  uint16_t bits;
};

// VECTORIZED: a function in two forms, for processors with AVX2 and FMA and for all others, and the choice between them.
// FOR_TYPES: one over types, with a third form for AVX-512. FOR_LANES: one over the number of floats in a vector, with as
// many as the processor has.
#if defined(__x86_64__)
#define WITH_AVX2 __attribute__((target("avx2,fma")))
#define WITH_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma,prefer-vector-width=512")))
#define VECTORIZED(name, parameters, arguments)                  \
  WITH_AVX2 void name##Avx2 parameters { name##Body arguments; } \
  void name##Plain parameters { name##Body arguments; }          \
  void name parameters { VectorLevel() > 0 ? name##Avx2 arguments : name##Plain arguments; }
#define FOR_LANES(name, parameters, arguments)                                                       \
  WITH_AVX512 void name##Avx512 parameters { name##Body<16> arguments; }                             \
  WITH_AVX2 void name##Avx2 parameters { name##Body<8> arguments; }                                  \
  void name##Plain parameters { name##Body<4> arguments; }                                           \
  void name parameters {                                                                             \
    const int level = VectorLevel();                                                                 \
    level == 2 ? name##Avx512 arguments : level == 1 ? name##Avx2 arguments : name##Plain arguments; \
  }
#define FOR_TYPES(name, parameters, arguments)                                                                \
  template <typename T>                                                                                       \
  WITH_AVX512 void name##Avx512 parameters {                                                                  \
    name##Body arguments;                                                                                     \
  }                                                                                                           \
  template <typename T>                                                                                       \
  WITH_AVX2 void name##Avx2 parameters {                                                                      \
    name##Body arguments;                                                                                     \
  }                                                                                                           \
  template <typename T>                                                                                       \
  void name##Plain parameters {                                                                               \
    name##Body arguments;                                                                                     \
  }                                                                                                           \
  template <typename T>                                                                                       \
  void name parameters {                                                                                      \
    const int level = VectorLevel();                                                                          \
    level == 2 ? name##Avx512<T> arguments : level == 1 ? name##Avx2<T> arguments : name##Plain<T> arguments; \
  }

inline int VectorLevel() {
  static const int level = [] {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    return avx2 && avx512 ? 2 : avx2 ? 1 : 0;
  }();
  return level;
}
#else
#define VECTORIZED(name, parameters, arguments) \
  void name parameters { name##Body arguments; }
#define FOR_LANES(name, parameters, arguments) \
  void name parameters { name##Body<4> arguments; }
#define FOR_TYPES(name, parameters, arguments) \
  template <typename T>                        \
  void name parameters {                       \
    name##Body arguments;                      \
  }
#endif

INLINE float Get(float x) { return x; }
INLINE float Get(Bfloat16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
INLINE void Put(float value, float* to) { *to = value; }
INLINE void Put(float value, Bfloat16* to) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;  // to the nearest, ties to even
  to->bits = static_cast<uint16_t>(value != value ? 0x7fc0 : rounded);
}

// Of float32 as another type, rounded, and back.
template <typename T>
INLINE void NarrowBody(const float* x, T* y, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) Put(x[i], y + i);
}
template <typename T>
INLINE void WidenBody(const T* x, float* y, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) y[i] = Get(x[i]);
}
FOR_TYPES(Narrow, (const float* x, T* y, int64_t count), (x, y, count))
FOR_TYPES(Widen, (const T* x, float* y, int64_t count), (x, y, count))

// An operation on each number; in the memory of its input, where nobody else needs that and the types are the same.
template <typename From, typename To, void (*function)(const From*, To*, int64_t)>
void ComputeOne(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  if (!x) return;
  To* y = std::is_same_v<From, To> ? call.Output<To>(0, ShapeOf(x), {0}) : call.Output<To>(0, ShapeOf(x));
  if (!y) return;
  const From* from = ValuesOf<From>(x);
  InPieces(CountOf(x), kPiece, [=](int64_t begin, int64_t count) { function(from + begin, y + begin, count); });
}

// One on each pair of numbers of two inputs; in the memory of one of the first `free` of these, where nobody else needs that.
template <typename T, void (*function)(const T*, const T*, T*, int64_t), int free = 2>
void ComputeTwo(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *a = call.Input(0), *b = call.Input(1);
  if (!a || !b) return;
  if (CountOf(a) != CountOf(b)) return call.Refuse("the inputs have different shapes");
  T* z = free == 1 ? call.Output<T>(0, ShapeOf(a), {0}) : call.Output<T>(0, ShapeOf(a), {0, 1});
  if (!z) return;
  const T *x = ValuesOf<T>(a), *y = ValuesOf<T>(b);
  InPieces(CountOf(a), kPiece, [=](int64_t begin, int64_t count) { function(x + begin, y + begin, z + begin, count); });
}
