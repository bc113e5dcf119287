// Sums over ranks, and copies of the tensors of rank 0, in a ring over plain sockets: every rank sends to the next one
// and receives from the one before, both at once. Numbers go from and into the memory of the tensors; what is added up
// passes through one small buffer that stays.
//
// Tensors of a call are taken as one row of numbers, cut into as many blocks as there are ranks (Patarasu & Yuan 2009):
// first each block goes once around and is added up on its way, then what has been added up goes around. A rank so
// sends its own block, and then all that it has received and dealt with, but the last block: no step waits for the one
// before to be complete.
//
// The owner of a block divides and rounds it: all ranks have the same bits.

#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "cpu/cpu-kernel.h"
#include "cpu/operations.h"
#include "cpu/numbers.h"

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

// ---- what is told beside the numbers ----

enum Kind : uint32_t { kSum, kMean, kBroadcast };

// Stands before the numbers of every call: ranks that do different things must not add them up.
struct Header {
  uint32_t magic = 0x676e6972;
  uint32_t kind = 0;
  // Bytes of a number on the wire.
  uint32_t width = 0;
  uint32_t key = 0;
  // Numbers.
  uint64_t count = 0;
  // How many calls there were before.
  uint64_t place = 0;
};

bool operator==(const Header& a, const Header& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

std::string Told(const Header& header) {
  if (header.magic != Header().magic || header.kind > kBroadcast) return "sends no numbers";
  static const char* const kinds[] = {"sums", "averages", "broadcasts"};
  return std::string(kinds[header.kind]) + " " + std::to_string(header.count) + " numbers of " +
         std::to_string(header.width) + " bytes (key " + std::to_string(header.key) + ", call " +
         std::to_string(header.place + 1) + ")";
}

// ---- memory ----

// Tensors as one row of bytes: as they were given, and as they are made. Both may be the same.
class Row {
 public:
  void Add(const void* given, void* made, int64_t bytes) {
    if (bytes > 0) pieces_.push_back({static_cast<const char*>(given), static_cast<char*>(made), bytes_, bytes});
    bytes_ += bytes;
  }
  int64_t bytes() const { return bytes_; }

  // Calls act(given, made, bytes) for the pieces of [begin, end), in order, as long as it returns true.
  template <typename Act>
  void Between(int64_t begin, int64_t end, const Act& act) const {
    auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), begin,
                                  [](int64_t at, const Piece& other) { return at < other.begin; });
    if (piece != pieces_.begin()) --piece;
    for (; piece != pieces_.end() && piece->begin < end; ++piece) {
      const int64_t from = std::max<int64_t>(begin - piece->begin, 0), to = std::min(end - piece->begin, piece->bytes);
      if (to > from && !act(piece->given + from, piece->made + from, to - from)) return;
    }
  }

 private:
  struct Piece {
    const char* given;
    char* made;
    int64_t begin, bytes;
  };
  std::vector<Piece> pieces_;
  int64_t bytes_ = 0;
};

// What is done with a block that is received: added to the given numbers, the same for the last time, or taken as it
// is. Of blocks that are sent, kAdd are given ones, and kTake made ones.
enum class Step { kAdd, kFinish, kTake };

struct Block {
  int64_t begin, end;
  Step step;
};

// The blocks that a rank sends and receives, in order. `ahead`: how many bytes it may send before it receives any.
struct Plan {
  std::vector<Block> out, in;
  int64_t ahead = 0;
};

constexpr int64_t kAlign = 64;

Plan ReductionPlan(int rank, int size, int64_t bytes) {
  const auto block = [=](int index, Step step) {
    const int64_t at = ((index % size) + size) % size;
    const auto edge = [=](int64_t i) { return i == size ? bytes : bytes / size * i / kAlign * kAlign; };
    return Block{edge(at), edge(at + 1), step};
  };
  Plan plan;
  for (int step = 0; step < size - 1; ++step) {
    plan.out.push_back(block(rank - step, step == 0 ? Step::kAdd : Step::kTake));
    plan.in.push_back(block(rank - step - 1, step == size - 2 ? Step::kFinish : Step::kAdd));
  }
  for (int step = 0; step < size - 1; ++step) {
    plan.out.push_back(block(rank + 1 - step, Step::kTake));
    plan.in.push_back(block(rank - step, Step::kTake));
  }
  plan.ahead = plan.out[0].end - plan.out[0].begin;
  return plan;
}

Plan BroadcastPlan(int rank, int size, int64_t bytes) {
  Plan plan;
  const bool first = rank == 0, last = rank == size - 1;
  if (!last) plan.out.push_back({0, bytes, first ? Step::kAdd : Step::kTake});
  if (!first) plan.in.push_back({0, bytes, Step::kTake});
  plan.ahead = first ? bytes : 0;
  return plan;
}

int64_t Total(const std::vector<Block>& blocks) {
  int64_t total = 0;
  for (const Block& block : blocks) total += block.end - block.begin;
  return total;
}

// The place in a list of blocks.
class Cursor {
 public:
  explicit Cursor(const std::vector<Block>& blocks) : blocks_(blocks), total_(Total(blocks)) { Settle(); }
  bool AtEnd() const { return done_ == total_; }
  int64_t done() const { return done_; }
  int64_t begin() const { return blocks_[block_].begin + within_; }
  int64_t left() const { return blocks_[block_].end - begin(); }
  Step step() const { return blocks_[block_].step; }
  void Advance(int64_t bytes) {
    done_ += bytes;
    within_ += bytes;
    Settle();
  }

 private:
  void Settle() {
    while (block_ < blocks_.size() && begin() == blocks_[block_].end) ++block_, within_ = 0;
  }
  const std::vector<Block>& blocks_;
  const int64_t total_;
  size_t block_ = 0;
  int64_t within_ = 0, done_ = 0;
};

// ---- the ring ----

// Begins what is only the consequence of something else.
const std::string kRing = "ring of ranks: ";

constexpr int64_t kHeader = sizeof(Header);

// What is left of a header of which so much has been sent or received.
iovec Rest(const Header* header, int64_t done) {
  return {reinterpret_cast<char*>(const_cast<Header*>(header)) + done, static_cast<size_t>(kHeader - done)};
}

// Bytes of the buffers: they stay in the processor's cache.
constexpr int64_t kBuffer = 1 << 18;
// Pieces of memory that one call of the system takes.
constexpr int kVectors = 32;

struct Buffer {
  alignas(64) char bytes[kBuffer];
};

class Ring {
 public:
  explicit Ring(const RingPlace& place) : rank_(place.rank), names_(place.names) {
    next_ = Own(place.next);
    previous_ = Own(place.previous);
    if (next_ < 0 || previous_ < 0) {
      Close();
      throw std::runtime_error("ring of ranks: connected sockets expected");
    }
  }
  ~Ring() { Close(); }
  int size() const { return static_cast<int>(names_.size()); }
  int rank() const { return rank_; }

  void Abort(const std::string& reason) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (reason_.empty()) reason_ = reason;
    aborted_ = true;
    // Whoever waits here wakes up, and the neighbors hear of it.
    shutdown(next_, SHUT_RDWR);
    shutdown(previous_, SHUT_RDWR);
  }

  // Carries the plan out; throws why it cannot. One call at a time.
  template <typename Wire>
  void Exchange(const Plan& plan, const Row& row, Header header, float divisor, double timeout) {
    const std::lock_guard<std::mutex> lock(running_);
    const Turn turn(turns_);
    header.place = calls_++;
    try {
      Check();
      Run<Wire>(plan, row, header, divisor, timeout);
    } catch (const std::exception& error) {
      // Nobody knows any more where in the row the others are.
      Abort(error.what());
      throw std::runtime_error(Reason());
    }
  }

  int64_t turns() const { return turns_; }

  // Waits until nothing runs.
  void Finish() { const std::lock_guard<std::mutex> lock(running_); }

 private:
  struct Turn {
    std::atomic<int64_t>& turns;
    explicit Turn(std::atomic<int64_t>& of) : turns(of) { ++turns; }
    ~Turn() { ++turns; }
  };
  static int Own(int socket) {
    const int own = fcntl(socket, F_DUPFD_CLOEXEC, 3);
    if (own < 0) return -1;
    const int on = 1;
    setsockopt(own, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int flags = fcntl(own, F_GETFL);
    return flags >= 0 && fcntl(own, F_SETFL, flags | O_NONBLOCK) == 0 ? own : -1;
  }
  void Close() {
    for (int* socket : {&next_, &previous_}) {
      if (*socket >= 0) close(*socket);
      *socket = -1;
    }
  }
  const std::string& NameOf(int rank) const { return names_[(rank + size()) % size()]; }
  std::string Reason() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return reason_;
  }
  void Check() const {
    if (aborted_) throw std::runtime_error(kRing + "it has been given up");
  }

  template <typename Wire>
  void Run(const Plan& plan, const Row& row, const Header& header, float divisor, double timeout) {
    constexpr int64_t ratio = std::is_same_v<Wire, Bfloat16> ? 2 : 1;  // bytes in memory for one on the wire
    Cursor in(plan.in), out(plan.out);
    Header theirs;
    int64_t header_in = 0, header_out = 0;
    // Received and not yet dealt with; packed, how much of it has been sent, and how much it is in memory.
    int64_t held = 0, packed = 0, gone = 0;
    double waited = 0;

    const auto receive = [&] {
      iovec vectors[kVectors];
      int count = 0;
      if (header_in < kHeader) vectors[count++] = Rest(&theirs, header_in);
      const bool direct = !in.AtEnd() && ratio == 1 && in.step() == Step::kTake;
      if (in.AtEnd()) {
      } else if (direct) {
        row.Between(in.begin(), in.begin() + in.left(), [&](const char*, char* made, int64_t bytes) {
          vectors[count++] = {made, static_cast<size_t>(bytes)};
          return count < kVectors;
        });
      } else {
        vectors[count++] = {in_.bytes + held, static_cast<size_t>(std::min(kBuffer, in.left() / ratio) - held)};
      }
      int64_t got = Received(readv(previous_, vectors, count));
      if (got <= 0) return false;
      if (header_in < kHeader) {
        const int64_t part = std::min(kHeader - header_in, got);
        header_in += part;
        got -= part;
        if (header_in < kHeader) return true;
        if (!(theirs == header)) {
          throw std::runtime_error("ranks do different things: " + NameOf(rank_) + " " + Told(header) + ", " +
                                   NameOf(rank_ - 1) + " " + Told(theirs));
        }
      }
      if (got == 0) return true;
      if (direct) {
        in.Advance(got);
        return true;
      }
      held += got;
      const int64_t whole = held / static_cast<int64_t>(sizeof(Wire)) * static_cast<int64_t>(sizeof(Wire));
      const char* from = in_.bytes;
      const Step step = in.step();
      row.Between(in.begin(), in.begin() + whole * ratio, [&](const char* given, char* made, int64_t bytes) {
        Deal(step, reinterpret_cast<const float*>(given), reinterpret_cast<const Wire*>(from),
             reinterpret_cast<float*>(made), divisor, bytes / static_cast<int64_t>(sizeof(float)));
        from += bytes / ratio;
        return true;
      });
      in.Advance(whole * ratio);
      held -= whole;
      if (held > 0) std::memmove(in_.bytes, in_.bytes + whole, held);
      return true;
    };

    const auto may_send = [&] {
      const bool ready = !out.AtEnd() && out.done() < plan.ahead + in.done();
      return header_out < kHeader || gone < packed || ready;
    };
    const auto send = [&] {
      iovec vectors[kVectors];
      int count = 0;
      if (header_out < kHeader) vectors[count++] = Rest(&header, header_out);
      const int64_t ready = out.AtEnd() ? 0 : std::min(out.left(), plan.ahead + in.done() - out.done());
      if (ratio == 1) {
        const bool given = !out.AtEnd() && out.step() != Step::kTake;
        if (ready > 0) {
          row.Between(out.begin(), out.begin() + ready, [&](const char* from, char* made, int64_t bytes) {
            vectors[count++] = {const_cast<char*>(given ? from : made), static_cast<size_t>(bytes)};
            return count < kVectors;
          });
        }
      } else {
        if (gone == packed && ready > 0) {
          const bool given = out.step() != Step::kTake;
          const int64_t bytes = std::min(ready, kBuffer * ratio);
          char* to = out_.bytes;
          row.Between(out.begin(), out.begin() + bytes, [&](const char* from, char* made, int64_t bytes) {
            const float* numbers = reinterpret_cast<const float*>(given ? from : made);
            Narrow<Wire>(numbers, reinterpret_cast<Wire*>(to), bytes / static_cast<int64_t>(sizeof(float)));
            to += bytes / ratio;
            return true;
          });
          packed = bytes / ratio;
          gone = 0;
          out.Advance(bytes);
        }
        if (gone < packed) vectors[count++] = {out_.bytes + gone, static_cast<size_t>(packed - gone)};
      }
      msghdr message{};
      message.msg_iov = vectors;
      message.msg_iovlen = count;
      int64_t sent = Sent(sendmsg(next_, &message, MSG_NOSIGNAL));
      if (sent <= 0) return false;
      const int64_t part = std::min(kHeader - header_out, sent);
      header_out += part;
      sent -= part;
      if (ratio == 1) out.Advance(sent);
      else gone += sent;
      return true;
    };

    for (;;) {
      const bool receives = header_in < kHeader || !in.AtEnd();
      const bool sends = may_send();
      if (!receives && !sends) return;
      const bool received = receives && receive();
      const bool sent = may_send() && send();
      if (received || sent) {
        waited = 0;
        continue;
      }
      waited += Wait(receives, may_send());
      if (timeout > 0 && waited > timeout) {
        const std::string seconds = std::to_string(static_cast<int64_t>(timeout));
        throw std::runtime_error(kRing + "for " + seconds + " s " + NameOf(rank_) + " has waited for " +
                                 NameOf(receives ? rank_ - 1 : rank_ + 1));
      }
    }
  }

  template <typename Wire>
  static void Deal(Step step, const float* given, const Wire* received, float* made, float divisor, int64_t count) {
    switch (step) {
      case Step::kAdd:
        return AddReceived<Wire>(given, received, made, count);
      case Step::kFinish:
        return ::Finish<Wire>(given, received, divisor, made, count);
      case Step::kTake:
        return Widen<Wire>(received, made, count);
    }
  }

  int64_t Received(ssize_t result) const {
    if (result > 0) return result;
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    Check();
    throw std::runtime_error(kRing + NameOf(rank_ - 1) + " has closed its connection" + Because(result));
  }
  int64_t Sent(ssize_t result) const {
    if (result >= 0) return result;
    if (errno == EAGAIN || errno == EINTR) return 0;
    Check();
    throw std::runtime_error(kRing + NameOf(rank_ + 1) + " has closed its connection" + Because(result));
  }
  static std::string Because(ssize_t result) {
    return result == 0 || errno == EPIPE || errno == ECONNRESET ? "" : std::string(" (") + std::strerror(errno) + ")";
  }

  // Until something can be received or sent, a second at most; the seconds that passed. While this process is stopped
  // others wait for it, not it for others: no wait counts as more than two.
  double Wait(bool receives, bool sends) const {
    pollfd sockets[2];
    int count = 0;
    if (receives) sockets[count++] = {previous_, POLLIN, 0};
    if (sends) sockets[count++] = {next_, POLLOUT, 0};
    const double before = Now();
    poll(sockets, count, 1000);
    Check();
    return std::min(2.0, Now() - before);
  }
  static double Now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  const int rank_;
  const std::vector<std::string> names_;
  int next_ = -1, previous_ = -1;
  uint64_t calls_ = 0;
  std::atomic<int64_t> turns_{0};
  std::mutex running_, mutex_;
  std::string reason_;
  std::atomic<bool> aborted_{false};
  Buffer in_, out_;
};

std::mutex ring_mutex;
std::shared_ptr<Ring> current_ring;
bool ring_is_over = false;

std::shared_ptr<Ring> CurrentRing() {
  const std::lock_guard<std::mutex> lock(ring_mutex);
  return current_ring;
}

// ---- operations ----

struct RingAttributes {
  int64_t key = 0, mean = 0, low = 0;
  float timeout = 0;
};

void* CreateReduce(TF_OpKernelConstruction* construction) {
  auto* attributes = new RingAttributes();
  ReadAttributes(construction, {{"key", &attributes->key}, {"mean", &attributes->mean}, {"low", &attributes->low}});
  ReadAttribute(construction, "timeout", &attributes->timeout);
  return attributes;
}

void* CreateBroadcast(TF_OpKernelConstruction* construction) {
  auto* attributes = new RingAttributes();
  ReadAttributes(construction, {{"key", &attributes->key}});
  ReadAttribute(construction, "timeout", &attributes->timeout);
  return attributes;
}

// The tensors of a call, each made where it was given, where nobody else needs that.
bool RowOf(Call& call, TF_OpKernelContext* context, Row* row) {
  const int count = tf(TF_NumInputs)(context);
  for (int i = 0; i < count; ++i) {
    const Call::Made made = call.OutputInPlace(i);
    if (call.Failed()) return false;
    row->Add(made.given, made.made, made.bytes);
  }
  return true;
}

void ComputeReduce(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const auto& [key, mean, low, timeout] = *static_cast<RingAttributes*>(state);
  const std::shared_ptr<Ring> ring = CurrentRing();
  if (!ring) return call.Refuse((kRing + "this process is in none").c_str(), TF_UNAVAILABLE);
  Row row;
  if (!RowOf(call, context, &row)) return;
  Header header;
  header.kind = mean ? kMean : kSum;
  header.width = low ? 2 : 4;
  header.key = static_cast<uint32_t>(key);
  header.count = static_cast<uint64_t>(row.bytes()) / sizeof(float);
  const Plan plan = ReductionPlan(ring->rank(), ring->size(), row.bytes());
  const float divisor = mean ? static_cast<float>(ring->size()) : 1.0f;
  try {
    if (low) ring->Exchange<Bfloat16>(plan, row, header, divisor, timeout);
    else ring->Exchange<float>(plan, row, header, divisor, timeout);
  } catch (const std::exception& error) {
    call.Refuse(error.what(), TF_UNAVAILABLE);
  }
}

void ComputeBroadcast(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const auto* attributes = static_cast<RingAttributes*>(state);
  const std::shared_ptr<Ring> ring = CurrentRing();
  if (!ring) return call.Refuse((kRing + "this process is in none").c_str(), TF_UNAVAILABLE);
  const Call::Made x = call.OutputInPlace(0);
  if (call.Failed()) return;
  if (x.width == 0) return call.Refuse("ring of ranks: tensors of numbers expected");
  if (ring->rank() == 0 && x.made != x.given && x.bytes > 0) std::memcpy(x.made, x.given, x.bytes);
  Row row;
  row.Add(x.given, x.made, x.bytes);
  Header header;
  header.kind = kBroadcast;
  header.width = static_cast<uint32_t>(x.width);
  header.key = static_cast<uint32_t>(attributes->key);
  header.count = static_cast<uint64_t>(x.bytes) / x.width;
  try {
    ring->Exchange<float>(BroadcastPlan(ring->rank(), ring->size(), x.bytes), row, header, 1, attributes->timeout);
  } catch (const std::exception& error) {
    call.Refuse(error.what(), TF_UNAVAILABLE);
  }
}

void ShapesAsGiven(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle* shape = tf(TF_NewShapeHandle)();
  const int64_t count = tf(TF_ShapeInferenceContextNumInputs)(context);
  for (int i = 0; i < count && tf(TF_GetCode)(status) == TF_OK; ++i) {
    tf(TF_ShapeInferenceContextGetInput)(context, i, shape, status);
    tf(TF_ShapeInferenceContextSetOutput)(context, i, shape, status);
  }
  tf(TF_DeleteShapeHandle)(shape);
}

}  // namespace

void JoinRing(const RingPlace& place) {
  const std::lock_guard<std::mutex> lock(ring_mutex);
  if (current_ring || ring_is_over) throw std::runtime_error("ring of ranks: this process has joined one already");
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

void RegisterRingOperations() {
  Operation reduce{"CamtuneRingReduce",
                   {"xs: N * float"},
                   {"ys: N * float"},
                   {"N: int >= 1", "key: int", "mean: int", "low: int", "timeout: float"},
                   ShapesAsGiven,
                   CreateReduce,
                   ComputeReduce,
                   Destroy<RingAttributes>};
  Operation broadcast{"CamtuneRingBroadcast",
                      {"x: T"},
                      {"y: T"},
                      {"T: type", "key: int", "timeout: float"},
                      ShapesAsGiven,
                      CreateBroadcast,
                      ComputeBroadcast,
                      Destroy<RingAttributes>};
  // TensorFlow must neither compute them while it optimizes a graph, nor take two that are alike for one.
  reduce.stateful = broadcast.stateful = true;
  Register(reduce);
  Register(broadcast);
}
