// One call of the ring: carries a plan out, sending and receiving both at once. Numbers go from and into the memory of
// the tensors; what is added up passes through one small buffer that stays.
#pragma once

#include <cstdint>

#include "header.h"
#include "neighbors.h"
#include "plan.h"

// Bytes of the buffers: they stay in the processor's cache.
constexpr int64_t kRingBuffer = 1 << 18;

struct RingBuffer {
  alignas(64) char bytes[kRingBuffer];
};

struct RingBuffers {
  RingBuffer in, out;
};

// What one call does: the same header on all ranks; what is added up is divided at its end.
struct RingCall {
  const Plan& plan;
  const Row& row;
  RingHeader header;
  float divisor = 1;
  // Seconds without progress after which it fails, 0 for never.
  double timeout = 0;
};

// Throws why the call cannot be carried out: then nobody knows where in the row the others are. Wire: float, or Bfloat16,
// in which numbers then travel.
template <typename Wire>
void Exchange(const Neighbors& neighbors, RingBuffers* buffers, const RingCall& call);
