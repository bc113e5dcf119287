#pragma once

#include <cstdint>
#include <string>
#include <vector>

// The ring of ranks of this process: it sends to the next rank and receives from the one before.
struct RingPlace {
  int rank;
  // What each rank is called in messages, in order.
  std::vector<std::string> names;
  // Connected sockets, which stay the caller's: the ring has copies.
  int next, previous;
};

// A process is in one ring at most, and once. Throws where it is in one, or the sockets are none.
void JoinRing(const RingPlace& place);

// Closes the connections when what runs has ended; nothing can be reduced any more.
void LeaveRing();

// From any thread: what runs and what comes fails with that reason, here and, as soon as they notice, at the neighbors.
void AbortRing(const std::string& reason);

// How often a call has begun or ended: odd while one runs. From any thread.
int64_t RingTurns();

void RegisterRingOperations();
