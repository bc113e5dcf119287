// A few threads, and work for them.
//
// Work is cut into pieces that do not depend on the number of threads, and sums over pieces are taken in their order:
// results are the same on every run.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

// A few threads that help whoever has many pieces of work. They live as long as the process, which is why this library
// is linked so that it is never unloaded.
class Helpers {
 public:
  static Helpers& Get() {
    static Helpers* helpers = new Helpers();
    return *helpers;
  }

  // Calls `work` with every piece from 0 on, here and on the helpers, and returns when all are done.
  void Run(int64_t pieces, const std::function<void(int64_t)>& work) {
    if (pieces <= 1 || threads_ == 0) {
      for (int64_t piece = 0; piece < pieces; ++piece) work(piece);
      return;
    }
    auto job = std::make_shared<Job>(Job{&work, pieces});
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(job);
    }
    wake_.notify_all();
    job->Work();
    std::unique_lock<std::mutex> lock(job->mutex);
    job->ready.wait(lock, [&] { return job->done == job->pieces; });
  }

 private:
  struct Job {
    const std::function<void(int64_t)>* work;
    int64_t pieces;
    int64_t next = 0, done = 0;
    std::mutex mutex;
    std::condition_variable ready;

    Job(const std::function<void(int64_t)>* w, int64_t p) : work(w), pieces(p) {}
    Job(Job&& other) : work(other.work), pieces(other.pieces) {}
    void Work() {
      std::unique_lock<std::mutex> lock(mutex);
      while (next < pieces) {
        const int64_t piece = next++;
        lock.unlock();
        (*work)(piece);
        lock.lock();
        if (++done == pieces) ready.notify_all();
      }
    }
  };

  Helpers() {
    const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int wanted = asked ? std::atoi(asked) : 0;
    const int all = wanted > 0 ? wanted : static_cast<int>(std::thread::hardware_concurrency());
    for (int i = 1; i < all; ++i) {
      try {
        std::thread([this] { Serve(); }).detach();
        ++threads_;
      } catch (const std::exception&) {
        break;  // No thread may be started here: the caller does all by itself.
      }
    }
  }

  void Serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !jobs_.empty(); });
      const std::shared_ptr<Job> job = jobs_.front();
      lock.unlock();
      job->Work();
      lock.lock();
      const auto place = std::find(jobs_.begin(), jobs_.end(), job);
      if (place != jobs_.end()) jobs_.erase(place);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  int threads_ = 0;
};

// Numbers in a piece of work.
constexpr int64_t kPiece = 1 << 14;

// How many parts of at most `each` there are.
inline int64_t PartsOf(int64_t count, int64_t each) { return (count + each - 1) / each; }

// Calls work(begin, count) for pieces of `all` numbers, or rows, of at most `each`.
template <typename Work>
void InPieces(int64_t all, int64_t each, const Work& work) {
  Helpers::Get().Run(PartsOf(all, each), [=](int64_t piece) {
    const int64_t begin = piece * each;
    work(begin, std::min(each, all - begin));
  });
}

// Two sums a channel for every piece of `each` rows, by work(begin, rows, first, second), and their reduction by
// reduce(channel, rows of the piece, first, second), in the order of the pieces.
class PartialSums {
 public:
  PartialSums(int64_t rows, int64_t width, int64_t each)
      : rows_(rows), width_(width), each_(each), pieces_(PartsOf(rows, each)),
        sums_(2 * width * pieces_) {}

  template <typename Work>
  void Compute(const Work& work) {
    float* const sums = sums_.data();
    const int64_t each = each_, width = width_;
    InPieces(rows_, each, [=](int64_t begin, int64_t rows) {
      float* own = sums + begin / each * 2 * width;
      work(begin, rows, own, own + width);
    });
  }

  template <typename Reduce>
  void ForEach(const Reduce& reduce) const {
    for (int64_t piece = 0; piece < pieces_; ++piece) {
      const float* own = sums_.data() + piece * 2 * width_;
      const int64_t rows = std::min(each_, rows_ - piece * each_);
      for (int64_t i = 0; i < width_; ++i) reduce(i, rows, own[i], own[width_ + i]);
    }
  }

 private:
  const int64_t rows_, width_, each_, pieces_;
  std::vector<float> sums_;
};
