// Records which operations TensorFlow runs and how much processor time each takes, all threads of the process together.
//
// Preloaded (LD_PRELOAD) it stands before the C library's clock: while it records, the time of day is the processor
// time of this process, so TensorFlow's own annotations of operations measure that, whatever else the machine does.
// As an addon of Node's it starts and stops TensorFlow's recorder, whose types it repeats here
// (tsl/profiler/backends/cpu/traceme_recorder.h), so that nothing has to be linked.

#include <dlfcn.h>
#include <node_api.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

static std::atomic<bool> recording{false};

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec* time) {
  using Clock = int (*)(clockid_t, struct timespec*);
  static const Clock real = reinterpret_cast<Clock>(dlsym(RTLD_NEXT, "clock_gettime"));
  return real(recording && clock == CLOCK_REALTIME ? CLOCK_PROCESS_CPUTIME_ID : clock, time);
}

// Node loads an addon by its path: the preloaded copy and that one are the same, because the path is.

namespace {

struct Event {
  std::string name;
  int64_t start, end;
};
struct ThreadEvents {
  int64_t thread;
  std::string thread_name;
  std::deque<Event> events;
};

void* Symbol(const char* name) {
  void* library = dlopen("libtensorflow_framework.so.2", RTLD_LAZY | RTLD_NOLOAD);
  return library ? dlsym(library, name) : nullptr;
}

// () : begins to record
napi_value Start(napi_env env, napi_callback_info) {
  const auto start = reinterpret_cast<bool (*)(int)>(Symbol("_ZN3tsl8profiler15TraceMeRecorder5StartEi"));
  if (!start) napi_throw_error(env, nullptr, "TensorFlow's recorder was not found");
  else recording = true, start(3);
  return nullptr;
}

// () -> [thread, name, start, end][], nanoseconds of processor time
napi_value Stop(napi_env env, napi_callback_info) {
  const auto stop =
      reinterpret_cast<std::vector<ThreadEvents> (*)()>(Symbol("_ZN3tsl8profiler15TraceMeRecorder4StopEv"));
  const auto threads = stop();
  recording = false;
  napi_value list;
  napi_create_array(env, &list);
  uint32_t count = 0;
  for (const auto& thread : threads) {
    for (const auto& event : thread.events) {
      napi_value entry, parts[4];
      napi_create_array_with_length(env, 4, &entry);
      napi_create_int64(env, thread.thread, &parts[0]);
      napi_create_string_utf8(env, event.name.data(), event.name.size(), &parts[1]);
      napi_create_int64(env, event.start, &parts[2]);
      napi_create_int64(env, event.end, &parts[3]);
      for (uint32_t i = 0; i < 4; ++i) napi_set_element(env, entry, i, parts[i]);
      napi_set_element(env, list, count++, entry);
    }
  }
  return list;
}

napi_value Init(napi_env env, napi_value exports) {
  napi_value start, stop;
  napi_create_function(env, "start", NAPI_AUTO_LENGTH, Start, nullptr, &start);
  napi_create_function(env, "stop", NAPI_AUTO_LENGTH, Stop, nullptr, &stop);
  napi_set_named_property(env, exports, "start", start);
  napi_set_named_property(env, exports, "stop", stop);
  return exports;
}

}  // namespace

NAPI_MODULE(camtune_recorder, Init)
