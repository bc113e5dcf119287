// Which bytes a call of the ring sends and receives, in which order, and where they are in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

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

// The row is cut into as many blocks as there are ranks (Patarasu & Yuan 2009): first each block goes once around and is
// added up on its way, then what has been added up goes around. A rank so sends its own block, and then all that it has
// received and dealt with, but the last block: no step waits for the one before to be complete.
//
// The owner of a block divides and rounds it: all ranks have the same bits.
Plan ReductionPlan(int rank, int size, int64_t bytes);

// Rank 0 sends the row, every other one passes it on, but the last.
Plan BroadcastPlan(int rank, int size, int64_t bytes);

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
  static int64_t Total(const std::vector<Block>& blocks) {
    int64_t total = 0;
    for (const Block& block : blocks) total += block.end - block.begin;
    return total;
  }
  void Settle() {
    while (block_ < blocks_.size() && begin() == blocks_[block_].end) ++block_, within_ = 0;
  }
  const std::vector<Block>& blocks_;
  const int64_t total_;
  size_t block_ = 0;
  int64_t within_ = 0, done_ = 0;
};
