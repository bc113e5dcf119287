// The native half of compile(): builds TensorFlow graphs op by op (with TensorFlow's own type and shape inference)
// and registers them as functions in the eager context of the tfjs addon, where tfjs can execute them like any op.
//
// It links against nothing: every TensorFlow symbol is looked up in the library that the tfjs addon has brought,
// so it works beside any build of that addon. Loaded first and globally, two of its functions stand before
// TensorFlow's: TFE_NewContext remembers the context that the addon makes, and TF_NewTensor copies what the addon would
// share with JavaScript, because TensorFlow frees tensors on threads of its own, where V8 must not be called.
//
// Node makes one environment for the main thread and one for every worker: each has its own context (EngineData).

#include "engine.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>

#include "../cpu/operations.h"
#include "javascript.h"

namespace {

// What the addon made last on this thread; an environment lives on one thread.
thread_local TFE_Context* newest_context = nullptr;

struct EngineData {
  TFE_Context* context = nullptr;
};

EngineData* Data(napi_env env) {
  void* data = nullptr;
  Check(napi_get_instance_data(env, &data), "environment");
  if (!data) throw std::runtime_error("engine: the environment has ended");
  return static_cast<EngineData*>(data);
}

// NODELETE: when the last environment that uses the addon ends, TensorFlow's threads still run.
void* FindLibrary() {
  for (const char* name : {"libtensorflow_cc.so.2", "libtensorflow.so.2", "libtensorflow_framework.so.2"}) {
    if (void* library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)) return library;
  }
  return nullptr;
}

void* TensorflowLibrary() {
  static std::atomic<void*> library{nullptr};
  if (!library) library = FindLibrary();
  return library;
}

}  // namespace

void* Symbol(const char* name) {
  void* library = TensorflowLibrary();
  void* symbol = library ? dlsym(library, name) : nullptr;
  if (!symbol) throw std::runtime_error(std::string("TensorFlow lacks the symbol ") + name);
  return symbol;
}

TFE_Context* Context(napi_env env) {
  TFE_Context* context = Data(env)->context;
  if (!context) throw std::runtime_error("engine: no eager context");
  return context;
}

namespace {

// () -> boolean: takes over the context that the addon made last on this thread; false if it made none
napi_value AdoptContext(napi_env env, const Arguments&) {
  EngineData* data = Data(env);
  if (newest_context) data->context = newest_context;
  napi_value out;
  Check(napi_get_boolean(env, data->context != nullptr, &out), "boolean");
  return out;
}

// (): operations of our own become known to TensorFlow, in this process and once for all
napi_value RegisterOwnOperations(napi_env env, const Arguments&) {
  RegisterOperations(Symbol);
  return JsUndefined(env);
}

// (boolean): TensorFlow greets on stderr while it loads, before any of its settings for that count. Several threads may
// be loading at once; where there is no stderr, nothing is done.
napi_value MuteStderr(napi_env env, const Arguments& args) {
  static std::mutex mutex;
  static int muting = 0;
  static int kept = -1;
  const std::lock_guard<std::mutex> lock(mutex);
  if (Bool(env, args.at(0))) {
    if (muting++ > 0) return JsUndefined(env);
    kept = fcntl(2, F_DUPFD_CLOEXEC, 3);
    const int null = kept < 0 ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) dup2(null, 2), close(null);
  } else if (muting > 0 && --muting == 0 && kept >= 0) {
    dup2(kept, 2);
    close(kept);
    kept = -1;
  }
  return JsUndefined(env);
}

// (message): the last resort where the main thread is stuck in native code: says why, and ends the process with status 1
napi_value EndProcess(napi_env env, const Arguments& args) {
  const std::string message = String(env, args.at(0)) + "\n";
  const ssize_t written = write(2, message.data(), message.size());
  (void)written;
  _exit(1);
}

napi_value Init(napi_env env, napi_value exports) {
  auto* data = new EngineData();
  napi_set_instance_data(env, data, [](napi_env, void* held, void*) { delete static_cast<EngineData*>(held); }, nullptr);
  Export<AdoptContext>(env, exports, "adoptContext");
  Export<RegisterOwnOperations>(env, exports, "registerOperations");
  Export<MuteStderr>(env, exports, "muteStderr");
  Export<EndProcess>(env, exports, "endProcess");
  ExportGraphs(env, exports);
  ExportSharing(env, exports);
  return exports;
}

}  // namespace

// Both are found before TensorFlow's own by the tfjs addon, because this library is loaded globally and first.
#define CAMTUNE_EXPORT extern "C" __attribute__((visibility("default")))

CAMTUNE_EXPORT TFE_Context* TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  newest_context = tf(TFE_NewContext)(options, status);
  ShareIfAsked(newest_context);
  return newest_context;
}

CAMTUNE_EXPORT TF_Tensor* TF_NewTensor(TF_DataType dtype, const int64_t* dims, int num_dims, void* data, size_t len,
                                       void (*deallocator)(void* data, size_t len, void* arg), void* deallocator_arg) {
  TF_Tensor* tensor = tf(TF_AllocateTensor)(dtype, dims, num_dims, len);
  if (tensor && len > 0) std::memcpy(tf(TF_TensorData)(tensor), data, len);
  if (deallocator) deallocator(data, len, deallocator_arg);
  return tensor;
}

NAPI_MODULE(camtune_engine, Init)
