// The connections of a rank: to the next one, to which it sends, and from the one before, from which it receives.
#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "ring.h"

// Begins what is only the consequence of something else.
inline const std::string kRing = "ring of ranks: ";

class Neighbors {
 public:
  // Takes copies of the sockets; throws where they are none.
  explicit Neighbors(const RingPlace& place);
  ~Neighbors() { Close(); }
  Neighbors(const Neighbors&) = delete;

  int size() const { return static_cast<int>(names_.size()); }
  int rank() const { return rank_; }
  // This rank, and those beside it.
  const std::string& own() const { return NameOf(rank_); }
  const std::string& next() const { return NameOf(rank_ + 1); }
  const std::string& previous() const { return NameOf(rank_ - 1); }

  // Receives into, or sends from, pieces of memory; the bytes, 0 where nothing goes at the moment. Throws where the
  // connection is closed.
  int64_t Receive(iovec* vectors, int count) const;
  int64_t Send(iovec* vectors, int count) const;

  // Until something can be received or sent, a second at most; the seconds that passed. While this process is stopped
  // others wait for it, not it for others: no wait counts as more than two.
  double Wait(bool receives, bool sends) const;

  // From any thread: ends both connections, for good. Whoever waits here wakes up, and the neighbors hear of it.
  void Abort(const std::string& reason);
  // Throws when they have been ended.
  void Check() const;
  // Why, as the first one said.
  std::string Reason() const;

 private:
  void Close();
  const std::string& NameOf(int rank) const { return names_[(rank + size()) % size()]; }

  const int rank_;
  const std::vector<std::string> names_;
  int next_ = -1, previous_ = -1;
  mutable std::mutex mutex_;
  std::string reason_;
  std::atomic<bool> aborted_{false};
};
