#include "exchange.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include "../cpu/cpu-kernel.h"
#include "../cpu/numbers.h"

namespace {

// ---- arithmetic ----

template <typename T>
INLINE void AddReceivedBody(const float* own, const T* received, float* sum, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) sum[i] = own[i] + Get(received[i]);
}
// The last sum, divided, and rounded as it will travel.
template <typename T>
INLINE void FinishBody(const float* own, const T* received, float divisor, float* sum, int64_t count) {
  NO_OVERLAP
  for (int64_t i = 0; i < count; ++i) {
    T rounded;
    Put((own[i] + Get(received[i])) / divisor, &rounded);
    sum[i] = Get(rounded);
  }
}
FOR_TYPES(AddReceived, (const float* own, const T* received, float* sum, int64_t count), (own, received, sum, count))
FOR_TYPES(Finish, (const float* own, const T* received, float divisor, float* sum, int64_t count),
          (own, received, divisor, sum, count))

template <typename Wire>
void Deal(Step step, const float* given, const Wire* received, float* made, float divisor, int64_t count) {
  switch (step) {
    case Step::kAdd:
      return AddReceived<Wire>(given, received, made, count);
    case Step::kFinish:
      return Finish<Wire>(given, received, divisor, made, count);
    case Step::kTake:
      return Widen<Wire>(received, made, count);
  }
}

// ---- the exchange ----

constexpr int64_t kHeader = sizeof(RingHeader);

// What is left of a header of which so much has been sent or received.
iovec Rest(const RingHeader* header, int64_t done) {
  return {reinterpret_cast<char*>(const_cast<RingHeader*>(header)) + done, static_cast<size_t>(kHeader - done)};
}

// Pieces of memory that one call of the system takes.
constexpr int kVectors = 32;

// A call under way.
template <typename Wire>
class Course {
 public:
  Course(const Neighbors& neighbors, RingBuffers* buffers, const RingCall& call)
      : neighbors_(neighbors), call_(call), row_(call.row), received_(buffers->in.bytes), packed_(buffers->out.bytes),
        in_(call.plan.in), out_(call.plan.out) {}

  void Run() {
    double waited = 0;
    for (;;) {
      const bool receives = header_in_ < kHeader || !in_.AtEnd();
      if (!receives && !MaySend()) return;
      const bool received = receives && Receive();
      const bool sent = MaySend() && Send();
      if (received || sent) {
        waited = 0;
        continue;
      }
      waited += neighbors_.Wait(receives, MaySend());
      if (call_.timeout > 0 && waited > call_.timeout) {
        const std::string seconds = std::to_string(static_cast<int64_t>(call_.timeout));
        throw std::runtime_error(kRing + "for " + seconds + " s " + neighbors_.own() + " has waited for " +
                                 (receives ? neighbors_.previous() : neighbors_.next()));
      }
    }
  }

 private:
  // Bytes in memory for one on the wire.
  static constexpr int64_t kRatio = std::is_same_v<Wire, Bfloat16> ? 2 : 1;

  // Whether something has come.
  bool Receive() {
    iovec vectors[kVectors];
    int count = 0;
    if (header_in_ < kHeader) vectors[count++] = Rest(&theirs_, header_in_);
    const bool direct = !in_.AtEnd() && kRatio == 1 && in_.step() == Step::kTake;
    if (in_.AtEnd()) {
    } else if (direct) {
      row_.Between(in_.begin(), in_.begin() + in_.left(), [&](const char*, char* made, int64_t bytes) {
        vectors[count++] = {made, static_cast<size_t>(bytes)};
        return count < kVectors;
      });
    } else {
      vectors[count++] = {received_ + held_, static_cast<size_t>(std::min(kRingBuffer, in_.left() / kRatio) - held_)};
    }
    int64_t got = neighbors_.Receive(vectors, count);
    if (got <= 0) return false;
    if (header_in_ < kHeader) {
      const int64_t part = std::min(kHeader - header_in_, got);
      header_in_ += part;
      got -= part;
      if (header_in_ < kHeader) return true;
      Compare();
    }
    if (got == 0) return true;
    if (direct) in_.Advance(got);
    else DealWith(got);
    return true;
  }

  void Compare() const {
    if (theirs_ == call_.header) return;
    throw std::runtime_error("ranks do different things: " + neighbors_.own() + " " + Told(call_.header) + ", " +
                             neighbors_.previous() + " " + Told(theirs_));
  }

  // With what has come into the buffer, but a number of which a part is missing.
  void DealWith(int64_t got) {
    held_ += got;
    const int64_t whole = held_ / static_cast<int64_t>(sizeof(Wire)) * static_cast<int64_t>(sizeof(Wire));
    const char* from = received_;
    const Step step = in_.step();
    row_.Between(in_.begin(), in_.begin() + whole * kRatio, [&](const char* given, char* made, int64_t bytes) {
      Deal(step, reinterpret_cast<const float*>(given), reinterpret_cast<const Wire*>(from),
           reinterpret_cast<float*>(made), call_.divisor, bytes / static_cast<int64_t>(sizeof(float)));
      from += bytes / kRatio;
      return true;
    });
    in_.Advance(whole * kRatio);
    held_ -= whole;
    if (held_ > 0) std::memmove(received_, received_ + whole, held_);
  }

  // How many bytes of the block that goes out are there: not more than has been received and dealt with.
  int64_t Ready() const {
    return out_.AtEnd() ? 0 : std::min(out_.left(), call_.plan.ahead + in_.done() - out_.done());
  }
  bool MaySend() const { return header_out_ < kHeader || gone_ < filled_ || Ready() > 0; }

  // Whether something has gone.
  bool Send() {
    iovec vectors[kVectors];
    int count = 0;
    if (header_out_ < kHeader) vectors[count++] = Rest(&call_.header, header_out_);
    const int64_t ready = Ready();
    if (kRatio == 1) {
      if (ready > 0) {
        const bool given = out_.step() != Step::kTake;
        row_.Between(out_.begin(), out_.begin() + ready, [&](const char* from, char* made, int64_t bytes) {
          vectors[count++] = {const_cast<char*>(given ? from : made), static_cast<size_t>(bytes)};
          return count < kVectors;
        });
      }
    } else {
      if (gone_ == filled_ && ready > 0) Pack(std::min(ready, kRingBuffer * kRatio));
      if (gone_ < filled_) vectors[count++] = {packed_ + gone_, static_cast<size_t>(filled_ - gone_)};
    }
    int64_t sent = neighbors_.Send(vectors, count);
    if (sent <= 0) return false;
    const int64_t part = std::min(kHeader - header_out_, sent);
    header_out_ += part;
    sent -= part;
    if (kRatio == 1) out_.Advance(sent);
    else gone_ += sent;
    return true;
  }

  // Rounds what goes out next, in the buffer.
  void Pack(int64_t bytes) {
    const bool given = out_.step() != Step::kTake;
    char* to = packed_;
    row_.Between(out_.begin(), out_.begin() + bytes, [&](const char* from, char* made, int64_t part) {
      const float* numbers = reinterpret_cast<const float*>(given ? from : made);
      Narrow<Wire>(numbers, reinterpret_cast<Wire*>(to), part / static_cast<int64_t>(sizeof(float)));
      to += part / kRatio;
      return true;
    });
    filled_ = bytes / kRatio;
    gone_ = 0;
    out_.Advance(bytes);
  }

  const Neighbors& neighbors_;
  const RingCall& call_;
  const Row& row_;
  char *const received_, *const packed_;
  Cursor in_, out_;
  RingHeader theirs_;
  int64_t header_in_ = 0, header_out_ = 0;
  // Received and not yet dealt with; of what is packed: how much it is, and how much of it has been sent.
  int64_t held_ = 0, filled_ = 0, gone_ = 0;
};

}  // namespace

template <typename Wire>
void Exchange(const Neighbors& neighbors, RingBuffers* buffers, const RingCall& call) {
  Course<Wire>(neighbors, buffers, call).Run();
}

template void Exchange<float>(const Neighbors&, RingBuffers*, const RingCall&);
template void Exchange<Bfloat16>(const Neighbors&, RingBuffers*, const RingCall&);
