// The ring that this process is in, for the operations that use it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "exchange.h"

class Ring {
 public:
  explicit Ring(const RingPlace& place) : neighbors_(place) {}
  int size() const { return neighbors_.size(); }
  int rank() const { return neighbors_.rank(); }
  int64_t turns() const { return turns_; }

  void Abort(const std::string& reason) { neighbors_.Abort(reason); }

  // Carries a call out, one at a time; throws why it cannot. The place in the header is filled in here.
  template <typename Wire>
  void Run(RingCall call) {
    const std::lock_guard<std::mutex> lock(running_);
    const Turn turn(turns_);
    call.header.place = calls_++;
    try {
      neighbors_.Check();
      Exchange<Wire>(neighbors_, &buffers_, call);
    } catch (const std::exception& error) {
      Abort(error.what());
      throw std::runtime_error(neighbors_.Reason());
    }
  }

  // Waits until nothing runs.
  void Finish() { const std::lock_guard<std::mutex> lock(running_); }

 private:
  struct Turn {
    std::atomic<int64_t>& turns;
    explicit Turn(std::atomic<int64_t>& of) : turns(of) { ++turns; }
    ~Turn() { ++turns; }
  };

  Neighbors neighbors_;
  RingBuffers buffers_;
  uint64_t calls_ = 0;
  std::atomic<int64_t> turns_{0};
  std::mutex running_;
};

// Null where this process is in none.
std::shared_ptr<Ring> CurrentRing();
