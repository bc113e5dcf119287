#include "ring.h"

#include <utility>

#include "current.h"

static std::mutex ring_mutex;
static std::shared_ptr<Ring> current_ring;
static bool ring_is_over = false;

std::shared_ptr<Ring> CurrentRing() {
  const std::lock_guard<std::mutex> lock(ring_mutex);
  return current_ring;
}

void JoinRing(const RingPlace& place) {
  const std::lock_guard<std::mutex> lock(ring_mutex);
  if (current_ring || ring_is_over) throw std::runtime_error(kRing + "this process has joined one already");
  current_ring = std::make_shared<Ring>(place);
}

void LeaveRing() {
  std::shared_ptr<Ring> ring;
  {
    const std::lock_guard<std::mutex> lock(ring_mutex);
    ring.swap(current_ring);
    if (ring) ring_is_over = true;
  }
  if (ring) ring->Finish();
}

void AbortRing(const std::string& reason) {
  if (const std::shared_ptr<Ring> ring = CurrentRing()) ring->Abort(kRing + reason);
}

int64_t RingTurns() {
  const std::shared_ptr<Ring> ring = CurrentRing();
  return ring ? ring->turns() : 0;
}
