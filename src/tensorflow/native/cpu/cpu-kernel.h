// What the CPU kernels of our own share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "call.h"
#include "registration.h"
#include "threads.h"

// ---- loops, which the compiler vectorizes ----

#define INLINE static inline __attribute__((always_inline))

// Outputs lie in the memory of an input or apart from it, never shifted against it.
#define NO_OVERLAP _Pragma("GCC ivdep")
