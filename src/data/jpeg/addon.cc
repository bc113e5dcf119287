// Decoding of JPEG files by threads of its own, for Node: probe(path) and decode(path, ...) return promises and go on
// while the JavaScript thread is busy. Every environment (the main thread, each worker) has its own threads.

#include <node_api.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "image.h"

namespace {

void Check(napi_status status) {
  if (status != napi_ok) throw std::runtime_error("jpeg: bad argument");
}

struct Job {
  std::function<std::optional<jpeg::Known>(jpeg::Workspace&)> work;
  std::optional<jpeg::Known> result;
  napi_deferred deferred = nullptr;
  /** Keeps the array alive that the work writes into. */
  napi_ref array = nullptr;
};

/** Does a job; the workspace is small again afterwards. */
void Do(Job& job, jpeg::Workspace& workspace) {
  try {
    job.result = job.work(workspace);
  } catch (const std::exception&) {
    job.result.reset();  // no memory: whoever reads the file instead will say so
  }
  workspace.Shrink();
}

/**
 * Threads that take jobs from a queue; where none can be started the JavaScript thread does the jobs. Everything but
 * Run belongs to the JavaScript thread.
 */
class Pool {
 public:
  Pool(napi_env env, int threads) {
    napi_value name;
    Check(napi_create_string_utf8(env, "jpeg", NAPI_AUTO_LENGTH, &name));
    Check(napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, Settle, &settle_));
    Check(napi_unref_threadsafe_function(env, settle_));
    try {
      for (int thread = 0; thread < threads; thread++) threads_.emplace_back([this] { Run(); });
    } catch (const std::system_error&) {
      // The user or the container may have no more threads; those that have started will do, or none.
    }
  }

  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
      queue_.clear();
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    napi_release_threadsafe_function(settle_, napi_tsfn_abort);
  }

  /** @param first before the jobs that wait */
  void Add(napi_env env, std::unique_ptr<Job> job, bool first) {
    if (threads_.empty()) {
      Do(*job, workspace_);
      Resolve(env, *job);
      return;
    }
    // Node stays while there is something to wait for.
    if (pending_++ == 0) Check(napi_ref_threadsafe_function(env, settle_));
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (first) {
        queue_.push_front(std::move(job));
      } else {
        queue_.push_back(std::move(job));
      }
    }
    wake_.notify_one();
  }

 private:
  void Run() {
    jpeg::Workspace workspace;
    for (;;) {
      std::unique_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [this] { return ended_ || !queue_.empty(); });
        if (ended_) return;
        job = std::move(queue_.front());
        queue_.pop_front();
      }
      Do(*job, workspace);
      if (napi_call_threadsafe_function(settle_, job.get(), napi_tsfn_nonblocking) == napi_ok) job.release();
    }
  }

  static void Settle(napi_env env, napi_value, void* context, void* data) {
    const std::unique_ptr<Job> job(static_cast<Job*>(data));
    if (!env) return;  // Node ends
    Pool* pool = static_cast<Pool*>(context);
    if (--pool->pending_ == 0) napi_unref_threadsafe_function(env, pool->settle_);
    Resolve(env, *job);
  }

  static void Resolve(napi_env env, const Job& job) {
    if (job.array) napi_delete_reference(env, job.array);
    napi_value answer;
    if (job.result) {
      napi_create_array_with_length(env, 3, &answer);
      const int numbers[] = {job.result->width, job.result->height, job.result->orientation};
      for (uint32_t i = 0; i < 3; i++) {
        napi_value number;
        napi_create_int32(env, numbers[i], &number);
        napi_set_element(env, answer, i, number);
      }
    } else {
      napi_get_null(env, &answer);
    }
    napi_resolve_deferred(env, job.deferred, answer);
  }

  napi_threadsafe_function settle_;
  std::vector<std::thread> threads_;
  /** For the jobs that the JavaScript thread does. */
  jpeg::Workspace workspace_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> queue_;
  int pending_ = 0;
  bool ended_ = false;
};

std::string String(napi_env env, napi_value value) {
  size_t length;
  Check(napi_get_value_string_utf8(env, value, nullptr, 0, &length));
  std::string text(length, '\0');
  Check(napi_get_value_string_utf8(env, value, text.data(), length + 1, &length));
  return text;
}

std::vector<int> Numbers(napi_env env, napi_value array, size_t count) {
  std::vector<int> numbers(count);
  for (size_t i = 0; i < count; i++) {
    napi_value element;
    Check(napi_get_element(env, array, i, &element));
    Check(napi_get_value_int32(env, element, &numbers[i]));
  }
  return numbers;
}

Pool& PoolOf(napi_env env) {
  void* pool = nullptr;
  Check(napi_get_instance_data(env, &pool));
  if (!pool) throw std::runtime_error("jpeg: start comes first");
  return *static_cast<Pool*>(pool);
}

/** start(library, threads): loads libjpeg-turbo and starts the threads. */
napi_value Start(napi_env env, const std::vector<napi_value>& arguments) {
  jpeg::LoadTurboJpeg(String(env, arguments[0]).c_str());
  int threads;
  Check(napi_get_value_int32(env, arguments[1], &threads));
  auto pool = std::make_unique<Pool>(env, threads);
  Check(napi_set_instance_data(env, pool.get(), nullptr, nullptr));
  // Runs before Node takes away the function that the threads call: hooks run in the reverse order of their making.
  Check(napi_add_env_cleanup_hook(env, [](void* data) { delete static_cast<Pool*>(data); }, pool.get()));
  pool.release();
  return nullptr;
}

/** probe(path): a promise of [width, height, orientation], or of null. */
napi_value Probe(napi_env env, const std::vector<napi_value>& arguments) {
  auto job = std::make_unique<Job>();
  job->work = [path = String(env, arguments[0])](jpeg::Workspace& workspace) { return jpeg::Probe(path, workspace); };
  Pool& pool = PoolOf(env);
  napi_value promise;
  Check(napi_create_promise(env, &job->deferred, &promise));
  pool.Add(env, std::move(job), true);
  return promise;
}

/** decode(path, known, plan, array): a promise of something else than null when the array holds the pixels. */
napi_value Decode(napi_env env, const std::vector<napi_value>& arguments) {
  const auto known = Numbers(env, arguments[1], 3);
  const auto n = Numbers(env, arguments[2], 13);
  const jpeg::Plan plan{{n[0], n[1], n[2], n[3]},   n[4],       n[5],
                        {n[6], n[7], n[8], n[9]},   n[10] != 0, static_cast<jpeg::Filter>(n[11]),
                        n[12]};
  napi_typedarray_type type;
  size_t length;
  void* pixels;
  Check(napi_get_typedarray_info(env, arguments[3], &type, &length, &pixels, nullptr, nullptr));
  if (type != napi_uint8_array || length != static_cast<size_t>(3) * plan.window.width * plan.window.height)
    throw std::runtime_error("jpeg: the array does not fit the window");
  auto job = std::make_unique<Job>();
  job->work = [path = String(env, arguments[0]), known = jpeg::Known{known[0], known[1], known[2]}, plan,
               result = static_cast<uint8_t*>(pixels)](jpeg::Workspace& workspace) -> std::optional<jpeg::Known> {
    if (!jpeg::Decode(path, known, plan, workspace, result)) return {};
    return known;
  };
  Pool& pool = PoolOf(env);
  napi_value promise;
  Check(napi_create_promise(env, &job->deferred, &promise));
  Check(napi_create_reference(env, arguments[3], 1, &job->array));
  pool.Add(env, std::move(job), false);
  return promise;
}

template <napi_value (*function)(napi_env, const std::vector<napi_value>&)>
napi_value Call(napi_env env, napi_callback_info info) {
  try {
    size_t count = 4;
    std::vector<napi_value> arguments(count);  // those that are missing are undefined
    Check(napi_get_cb_info(env, info, &count, arguments.data(), nullptr, nullptr));
    return function(env, arguments);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}

template <napi_value (*function)(napi_env, const std::vector<napi_value>&)>
void Export(napi_env env, napi_value exports, const char* name) {
  napi_value value;
  Check(napi_create_function(env, name, NAPI_AUTO_LENGTH, Call<function>, nullptr, &value));
  Check(napi_set_named_property(env, exports, name, value));
}

}  // namespace

NAPI_MODULE_INIT() {
  Export<Start>(env, exports, "start");
  Export<Probe>(env, exports, "probe");
  Export<Decode>(env, exports, "decode");
  return exports;
}
