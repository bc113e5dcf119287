// The native half of compile(): builds TensorFlow graphs op by op (with TensorFlow's own type and shape inference)
// and registers them as functions in the eager context of the tfjs addon, where tfjs can execute them like any op.
//
// It links against nothing: every TensorFlow symbol is looked up in the library that the tfjs addon has brought,
// so it works beside any build of that addon. Loaded first and globally, two of its functions stand before
// TensorFlow's: TFE_NewContext remembers the context that the addon makes, and TF_NewTensor copies what the addon would
// share with JavaScript, because TensorFlow frees tensors on threads of its own, where V8 must not be called.
//
// Node makes one environment for the main thread and one for every worker: each has its own context (EngineData).

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <node_api.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "fused.h"
#include "ring.h"
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/c_api_experimental.h"
#include "tensorflow/c/eager/c_api.h"

namespace {

// What the addon made last on this thread; an environment lives on one thread.
thread_local TFE_Context* newest_context = nullptr;

struct EngineData {
  TFE_Context* context = nullptr;
};

// What the next context of this thread shares with other processes: a ServerDef, serialized; nothing where it is empty.
struct SharedRuntime {
  std::string definition;
  bool loopback_only = false;
  // How that went: why it failed, and how many listening sockets take packets from this machine alone.
  std::string problem;
  int guarded = 0;
};

thread_local SharedRuntime shared_runtime;

// A process takes part in collective operations by one context at most. Other threads may abort these.
std::atomic<TFE_Context*> collective_context{nullptr};

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

void* Symbol(const char* name) {
  void* library = TensorflowLibrary();
  void* symbol = library ? dlsym(library, name) : nullptr;
  if (!symbol) throw std::runtime_error(std::string("TensorFlow lacks the symbol ") + name);
  return symbol;
}

// tf(TF_NewGraph)() calls the TF_NewGraph of the library in this process.
#define tf(name) ([] { static auto f = reinterpret_cast<decltype(&name)>(Symbol(#name)); return f; }())

struct Status {
  TF_Status* raw = tf(TF_NewStatus)();
  ~Status() { tf(TF_DeleteStatus)(raw); }
  void Check() const {
    if (tf(TF_GetCode)(raw) != TF_OK) throw std::runtime_error(tf(TF_Message)(raw));
  }
};

void Check(napi_status status, const char* what) {
  if (status != napi_ok) throw std::runtime_error(std::string("engine: bad argument, ") + what);
}

// ---- reading JavaScript values ----

int64_t Int(napi_env env, napi_value value) {
  int64_t out;
  Check(napi_get_value_int64(env, value, &out), "number expected");
  return out;
}

double Number(napi_env env, napi_value value) {
  double out;
  Check(napi_get_value_double(env, value, &out), "number expected");
  return out;
}

bool Bool(napi_env env, napi_value value) {
  bool out;
  Check(napi_get_value_bool(env, value, &out), "boolean expected");
  return out;
}

std::string String(napi_env env, napi_value value) {
  size_t length;
  Check(napi_get_value_string_utf8(env, value, nullptr, 0, &length), "string expected");
  std::string out(length, '\0');
  Check(napi_get_value_string_utf8(env, value, out.data(), length + 1, &length), "string expected");
  return out;
}

napi_value Get(napi_env env, napi_value object, const char* key) {
  napi_value out;
  Check(napi_get_named_property(env, object, key, &out), key);
  return out;
}

bool IsArray(napi_env env, napi_value value) {
  bool out;
  Check(napi_is_array(env, value, &out), "value expected");
  return out;
}

std::vector<napi_value> Items(napi_env env, napi_value array) {
  uint32_t length;
  Check(napi_get_array_length(env, array, &length), "array expected");
  std::vector<napi_value> out(length);
  for (uint32_t i = 0; i < length; ++i) Check(napi_get_element(env, array, i, &out[i]), "array element");
  return out;
}

template <typename T>
std::vector<T> Ints(napi_env env, napi_value array) {
  std::vector<T> out;
  for (napi_value item : Items(env, array)) out.push_back(static_cast<T>(Int(env, item)));
  return out;
}

// ---- writing JavaScript values ----

napi_value JsInt(napi_env env, int64_t value) {
  napi_value out;
  Check(napi_create_int64(env, value, &out), "number");
  return out;
}

napi_value JsUndefined(napi_env env) {
  napi_value out;
  Check(napi_get_undefined(env, &out), "undefined");
  return out;
}

EngineData* Data(napi_env env) {
  void* data = nullptr;
  Check(napi_get_instance_data(env, &data), "environment");
  if (!data) throw std::runtime_error("engine: the environment has ended");
  return static_cast<EngineData*>(data);
}

TFE_Context* Context(napi_env env) {
  TFE_Context* context = Data(env)->context;
  if (!context) throw std::runtime_error("engine: no eager context");
  return context;
}

// ---- graphs ----

struct Graph {
  TF_Graph* raw = tf(TF_NewGraph)();
  std::vector<TF_Operation*> operations;
  ~Graph() { tf(TF_DeleteGraph)(raw); }
  TF_Operation* At(int64_t index) const {
    if (index < 0 || index >= static_cast<int64_t>(operations.size())) throw std::runtime_error("engine: no such operation");
    return operations[index];
  }
};

Graph* GraphOf(napi_env env, napi_value value) {
  void* pointer;
  Check(napi_get_value_external(env, value, &pointer), "graph expected");
  auto* holder = static_cast<std::unique_ptr<Graph>*>(pointer);
  if (!*holder) throw std::runtime_error("engine: the graph was deleted");
  return holder->get();
}

TF_Output OutputOf(napi_env env, const Graph& graph, napi_value pair) {
  const auto parts = Ints<int64_t>(env, pair);
  if (parts.size() != 2) throw std::runtime_error("engine: [operation, output] expected");
  return {graph.At(parts[0]), static_cast<int>(parts[1])};
}

std::vector<TF_Output> OutputsOf(napi_env env, const Graph& graph, napi_value list) {
  std::vector<TF_Output> out;
  for (napi_value item : Items(env, list)) out.push_back(OutputOf(env, graph, item));
  return out;
}

void SetTensor(napi_env env, TF_OperationDescription* op, const std::string& name, napi_value value) {
  const auto dtype = static_cast<TF_DataType>(Int(env, Get(env, value, "dtype")));
  const auto shape = Ints<int64_t>(env, Get(env, value, "shape"));
  napi_typedarray_type type;
  size_t length, offset;
  void* data;
  napi_value buffer;
  Check(napi_get_typedarray_info(env, Get(env, value, "values"), &type, &length, &data, &buffer, &offset), "typed array expected");
  static const size_t kBytes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  const size_t bytes = length * kBytes[type];
  TF_Tensor* tensor = tf(TF_AllocateTensor)(dtype, shape.data(), static_cast<int>(shape.size()), bytes);
  if (!tensor || tf(TF_TensorByteSize)(tensor) != bytes) throw std::runtime_error("engine: constant of the wrong size");
  if (bytes) std::memcpy(tf(TF_TensorData)(tensor), data, bytes);
  Status status;
  tf(TF_SetAttrTensor)(op, name.c_str(), tensor, status.raw);
  tf(TF_DeleteTensor)(tensor);
  status.Check();
}

bool HasLists(napi_env env, napi_value array) {
  const auto items = Items(env, array);
  return !items.empty() && IsArray(env, items[0]);
}

// Attribute kinds are those of the tfjs addon (TF_ATTR_STRING = 0 ...), TF_ATTR_TENSOR for constants.
void SetAttribute(napi_env env, TF_OperationDescription* op, napi_value attribute) {
  const std::string name = String(env, Get(env, attribute, "name"));
  const auto kind = static_cast<TF_AttrType>(Int(env, Get(env, attribute, "type")));
  const napi_value value = Get(env, attribute, "value");
  const char* key = name.c_str();
  const bool list = IsArray(env, value) && (kind != TF_ATTR_SHAPE || HasLists(env, value));
  switch (kind) {
    case TF_ATTR_STRING:
      if (list) {
        std::vector<std::string> texts;
        for (napi_value item : Items(env, value)) texts.push_back(String(env, item));
        std::vector<const void*> pointers;
        std::vector<size_t> lengths;
        for (const auto& text : texts) pointers.push_back(text.data()), lengths.push_back(text.size());
        tf(TF_SetAttrStringList)(op, key, pointers.data(), lengths.data(), static_cast<int>(texts.size()));
      } else {
        const std::string text = String(env, value);
        tf(TF_SetAttrString)(op, key, text.data(), text.size());
      }
      return;
    case TF_ATTR_INT:
      if (list) {
        const auto numbers = Ints<int64_t>(env, value);
        tf(TF_SetAttrIntList)(op, key, numbers.data(), static_cast<int>(numbers.size()));
      } else {
        tf(TF_SetAttrInt)(op, key, Int(env, value));
      }
      return;
    case TF_ATTR_FLOAT:
      if (list) {
        std::vector<float> numbers;
        for (napi_value item : Items(env, value)) numbers.push_back(static_cast<float>(Number(env, item)));
        tf(TF_SetAttrFloatList)(op, key, numbers.data(), static_cast<int>(numbers.size()));
      } else {
        tf(TF_SetAttrFloat)(op, key, static_cast<float>(Number(env, value)));
      }
      return;
    case TF_ATTR_BOOL:
      if (list) {
        std::vector<unsigned char> flags;
        for (napi_value item : Items(env, value)) flags.push_back(Bool(env, item));
        tf(TF_SetAttrBoolList)(op, key, flags.data(), static_cast<int>(flags.size()));
      } else {
        tf(TF_SetAttrBool)(op, key, Bool(env, value));
      }
      return;
    case TF_ATTR_TYPE:
      if (list) {
        const auto types = Ints<TF_DataType>(env, value);
        tf(TF_SetAttrTypeList)(op, key, types.data(), static_cast<int>(types.size()));
      } else {
        tf(TF_SetAttrType)(op, key, static_cast<TF_DataType>(Int(env, value)));
      }
      return;
    case TF_ATTR_SHAPE: {
      if (list) {
        std::vector<std::vector<int64_t>> shapes;
        for (napi_value item : Items(env, value)) shapes.push_back(Ints<int64_t>(env, item));
        std::vector<const int64_t*> pointers;
        std::vector<int> ranks;
        for (const auto& dims : shapes) pointers.push_back(dims.data()), ranks.push_back(static_cast<int>(dims.size()));
        tf(TF_SetAttrShapeList)(op, key, pointers.data(), ranks.data(), static_cast<int>(shapes.size()));
        return;
      }
      const auto shape = Ints<int64_t>(env, value);
      tf(TF_SetAttrShape)(op, key, shape.data(), static_cast<int>(shape.size()));
      return;
    }
    case TF_ATTR_TENSOR:
      SetTensor(env, op, name, value);
      return;
    default:
      throw std::runtime_error("engine: attribute " + name + " is of a kind that graphs here do not take");
  }
}

napi_value Describe(napi_env env, Graph* graph, TF_Operation* operation) {
  napi_value result, outputs;
  Check(napi_create_object(env, &result), "object");
  const int count = tf(TF_OperationNumOutputs)(operation);
  Check(napi_create_array_with_length(env, count, &outputs), "array");
  for (int i = 0; i < count; ++i) {
    const TF_Output output{operation, i};
    napi_value entry, shape;
    Check(napi_create_object(env, &entry), "object");
    Check(napi_set_named_property(env, entry, "dtype", JsInt(env, tf(TF_OperationOutputType)(output))), "dtype");
    Status status;
    const int rank = tf(TF_GraphGetTensorNumDims)(graph->raw, output, status.raw);
    status.Check();
    if (rank < 0) {
      Check(napi_get_null(env, &shape), "null");
    } else {
      std::vector<int64_t> dims(rank);
      tf(TF_GraphGetTensorShape)(graph->raw, output, dims.data(), rank, status.raw);
      status.Check();
      Check(napi_create_array_with_length(env, rank, &shape), "array");
      for (int d = 0; d < rank; ++d) Check(napi_set_element(env, shape, d, JsInt(env, dims[d])), "shape");
    }
    Check(napi_set_named_property(env, entry, "shape", shape), "shape");
    Check(napi_set_element(env, outputs, i, entry), "output");
  }
  Check(napi_set_named_property(env, result, "operation", JsInt(env, static_cast<int64_t>(graph->operations.size()) - 1)), "operation");
  Check(napi_set_named_property(env, result, "outputs", outputs), "outputs");
  return result;
}

// ---- functions seen by JavaScript ----

using Arguments = std::vector<napi_value>;

// () -> boolean: takes over the context that the addon made last on this thread; false if it made none
napi_value AdoptContext(napi_env env, const Arguments&) {
  EngineData* data = Data(env);
  if (newest_context) data->context = newest_context;
  napi_value out;
  Check(napi_get_boolean(env, data->context != nullptr, &out), "boolean");
  return out;
}

// (): operations of our own become known to TensorFlow, in this process and once for all
napi_value RegisterFused(napi_env env, const Arguments&) {
  RegisterFusedOperations(Symbol);
  return JsUndefined(env);
}

// () -> graph
napi_value CreateGraph(napi_env env, const Arguments&) {
  auto* holder = new std::unique_ptr<Graph>(new Graph());
  napi_value out;
  Check(napi_create_external(
            env, holder, [](napi_env, void* data, void*) { delete static_cast<std::unique_ptr<Graph>*>(data); }, nullptr, &out),
        "graph");
  return out;
}

// (graph): frees it now rather than when the garbage collector finds it
napi_value DeleteGraph(napi_env env, const Arguments& args) {
  void* pointer;
  Check(napi_get_value_external(env, args.at(0), &pointer), "graph expected");
  static_cast<std::unique_ptr<Graph>*>(pointer)->reset();
  return JsUndefined(env);
}

// (graph, op) -> OpDef, serialized
napi_value OpDefinition(napi_env env, const Arguments& args) {
  Graph* graph = GraphOf(env, args.at(0));
  const std::string name = String(env, args.at(1));
  TF_Buffer* buffer = tf(TF_NewBuffer)();
  Status status;
  tf(TF_GraphGetOpDef)(graph->raw, name.c_str(), buffer, status.raw);
  napi_value out = nullptr;
  void* copy;
  const bool ok = tf(TF_GetCode)(status.raw) == TF_OK &&
                  napi_create_buffer_copy(env, buffer->length, buffer->data, &copy, &out) == napi_ok;
  tf(TF_DeleteBuffer)(buffer);
  status.Check();
  if (!ok) throw std::runtime_error("engine: no memory for an op definition");
  return out;
}

// (graph, op, name, inputs: ([operation, output] | [operation, output][])[], attributes, controls: operation[])
//   -> {operation, outputs: {dtype, shape | null}[]}
napi_value AddOperation(napi_env env, const Arguments& args) {
  Graph* graph = GraphOf(env, args.at(0));
  const std::string type = String(env, args.at(1));
  const std::string name = String(env, args.at(2));
  TF_OperationDescription* op = tf(TF_NewOperation)(graph->raw, type.c_str(), name.c_str());
  Status status;
  std::string problem;
  try {
    for (napi_value input : Items(env, args.at(3))) {
      const auto parts = Items(env, input);
      if (!parts.empty() && !IsArray(env, parts[0])) {
        tf(TF_AddInput)(op, OutputOf(env, *graph, input));
      } else {
        const auto list = OutputsOf(env, *graph, input);
        tf(TF_AddInputList)(op, list.data(), static_cast<int>(list.size()));
      }
    }
    for (napi_value attribute : Items(env, args.at(4))) SetAttribute(env, op, attribute);
    for (int64_t control : Ints<int64_t>(env, args.at(5))) tf(TF_AddControlInput)(op, graph->At(control));
  } catch (const std::exception& error) {
    problem = error.what();
  }
  // An operation that was begun must be finished, or it leaks.
  TF_Operation* operation = tf(TF_FinishOperation)(op, status.raw);
  if (!problem.empty()) throw std::runtime_error(problem);
  status.Check();
  graph->operations.push_back(operation);
  return Describe(env, graph, operation);
}

// (graph, name, inputs: [operation, output][], outputs: [operation, output][], controls: operation[]):
// the graph becomes a function of the eager context, executable under its name
napi_value AddFunction(napi_env env, const Arguments& args) {
  TFE_Context* context = Context(env);
  Graph* graph = GraphOf(env, args.at(0));
  const std::string name = String(env, args.at(1));
  const auto inputs = OutputsOf(env, *graph, args.at(2));
  const auto outputs = OutputsOf(env, *graph, args.at(3));
  std::vector<const TF_Operation*> controls;
  std::vector<std::string> labels;
  for (int64_t index : Ints<int64_t>(env, args.at(4))) {
    controls.push_back(graph->At(index));
    labels.push_back("control_" + std::to_string(index));
  }
  std::vector<const char*> label_pointers;
  for (const auto& label : labels) label_pointers.push_back(label.c_str());
  Status status;
  TF_Function* function = tf(TF_GraphToFunctionWithControlOutputs)(
      graph->raw, name.c_str(), 0, -1, nullptr, static_cast<int>(inputs.size()), inputs.data(), static_cast<int>(outputs.size()),
      outputs.data(), nullptr, static_cast<int>(controls.size()), controls.data(), label_pointers.data(), nullptr, nullptr,
      status.raw);
  status.Check();
  tf(TFE_ContextAddFunction)(context, function, status.raw);
  tf(TF_DeleteFunction)(function);
  status.Check();
  return JsUndefined(env);
}

// (name)
napi_value RemoveFunction(napi_env env, const Arguments& args) {
  Status status;
  tf(TFE_ContextRemoveFunction)(Context(env), String(env, args.at(0)).c_str(), status.raw);
  status.Check();
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

// ---- runtimes shared with other processes ----

// TensorFlow listens on every interface, whatever address it is given. This makes a socket drop, unanswered, all packets
// that do not come from a loopback address; connections inherit it.
bool LoopbackOnly(int socket) {
  const auto at = [](int offset) { return static_cast<__u32>(SKF_NET_OFF + offset); };
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at(0)),               // version
      BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),                  //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 2),            //
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at(12)),              // IPv4: source
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 127, 8, 9),          //
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(8)),               // IPv6: source
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7),            //
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(12)),              //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),            //
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(16)),              //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),            //
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(20)),              //
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),            //
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),                   // take
      BPF_STMT(BPF_RET | BPF_K, 0),                            // drop
  };
  const sock_fprog filter{sizeof(program) / sizeof(program[0]), program};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

std::vector<int> ListeningSockets() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 16));
  std::vector<int> out;
  for (int descriptor = 0; descriptor < end; ++descriptor) {
    int listens = 0;
    socklen_t size = sizeof(listens);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens) out.push_back(descriptor);
  }
  return out;
}

void ShareRuntime(TFE_Context* context) {
  SharedRuntime& shared = shared_runtime;
  const std::string definition = std::move(shared.definition);
  shared.definition.clear();
  TFE_Context* none = nullptr;
  if (!collective_context.compare_exchange_strong(none, context)) {
    shared.problem = "this process shares a runtime already";
    return;
  }
  const auto before = shared.loopback_only ? ListeningSockets() : std::vector<int>();
  TF_Status* status = tf(TF_NewStatus)();
  tf(TFE_EnableCollectiveOps)(context, definition.data(), definition.size(), status);
  if (tf(TF_GetCode)(status) != TF_OK) shared.problem = tf(TF_Message)(status);
  tf(TF_DeleteStatus)(status);
  if (!shared.loopback_only) return;
  for (int socket : ListeningSockets()) {
    if (std::find(before.begin(), before.end(), socket) == before.end() && LoopbackOnly(socket)) ++shared.guarded;
  }
}

// (ServerDef, serialized; loopback only: boolean): the next context of this thread becomes a part of a cluster
napi_value ShareNextRuntime(napi_env env, const Arguments& args) {
  void* data;
  size_t length;
  Check(napi_get_buffer_info(env, args.at(0), &data, &length), "buffer expected");
  shared_runtime = {std::string(static_cast<char*>(data), length), Bool(env, args.at(1)), "", 0};
  return JsUndefined(env);
}

// () -> how many listening sockets of the runtime take packets from this machine alone; throws what went wrong
napi_value GuardedSockets(napi_env env, const Arguments&) {
  if (!shared_runtime.problem.empty()) throw std::runtime_error(shared_runtime.problem);
  return JsInt(env, shared_runtime.guarded);
}

// (rank, names: string[], descriptors of the sockets to the next rank and from the previous one)
napi_value JoinRingOfRanks(napi_env env, const Arguments& args) {
  RingPlace place{static_cast<int>(Int(env, args.at(0))), {}, static_cast<int>(Int(env, args.at(2))),
                  static_cast<int>(Int(env, args.at(3)))};
  for (napi_value name : Items(env, args.at(1))) place.names.push_back(String(env, name));
  JoinRing(place);
  return JsUndefined(env);
}

// ()
napi_value LeaveRingOfRanks(napi_env env, const Arguments&) {
  LeaveRing();
  return JsUndefined(env);
}

// () -> how often a call of the ring has begun or ended, from any thread: odd while one runs
napi_value TurnsOfRing(napi_env env, const Arguments&) { return JsInt(env, RingTurns()); }

// (reason): from any thread, makes all collective operations of this process fail with that reason, now and later
napi_value AbortCollectives(napi_env env, const Arguments& args) {
  const std::string reason = String(env, args.at(0));
  AbortRing(reason);
  TFE_Context* context = collective_context;
  if (!context) return JsUndefined(env);
  Status status;
  tf(TF_SetStatus)(status.raw, TF_UNAVAILABLE, reason.c_str());
  tf(TFE_AbortCollectiveOps)(context, status.raw);
  return JsUndefined(env);
}

// (message): the last resort where the main thread is stuck in native code: says why, and ends the process with status 1
napi_value EndProcess(napi_env env, const Arguments& args) {
  const std::string message = String(env, args.at(0)) + "\n";
  const ssize_t written = write(2, message.data(), message.size());
  (void)written;
  _exit(1);
}

template <napi_value (*function)(napi_env, const Arguments&)>
napi_value Entry(napi_env env, napi_callback_info info) {
  size_t count = 8;
  Arguments args(count);
  if (napi_get_cb_info(env, info, &count, args.data(), nullptr, nullptr) != napi_ok) return nullptr;
  args.resize(count);
  try {
    return function(env, args);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}

template <napi_value (*function)(napi_env, const Arguments&)>
void Export(napi_env env, napi_value exports, const char* name) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, Entry<function>, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

napi_value Init(napi_env env, napi_value exports) {
  auto* data = new EngineData();
  napi_set_instance_data(env, data, [](napi_env, void* held, void*) { delete static_cast<EngineData*>(held); }, nullptr);
  Export<AdoptContext>(env, exports, "adoptContext");
  Export<RegisterFused>(env, exports, "registerFused");
  Export<CreateGraph>(env, exports, "createGraph");
  Export<DeleteGraph>(env, exports, "deleteGraph");
  Export<OpDefinition>(env, exports, "opDefinition");
  Export<AddOperation>(env, exports, "addOperation");
  Export<AddFunction>(env, exports, "addFunction");
  Export<RemoveFunction>(env, exports, "removeFunction");
  Export<MuteStderr>(env, exports, "muteStderr");
  Export<ShareNextRuntime>(env, exports, "shareNextRuntime");
  Export<GuardedSockets>(env, exports, "guardedSockets");
  Export<JoinRingOfRanks>(env, exports, "joinRing");
  Export<LeaveRingOfRanks>(env, exports, "leaveRing");
  Export<TurnsOfRing>(env, exports, "ringTurns");
  Export<AbortCollectives>(env, exports, "abortCollectives");
  Export<EndProcess>(env, exports, "endProcess");
  return exports;
}

}  // namespace

// Both are found before TensorFlow's own by the tfjs addon, because this library is loaded globally and first.
#define CAMTUNE_EXPORT extern "C" __attribute__((visibility("default")))

CAMTUNE_EXPORT TFE_Context* TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  newest_context = tf(TFE_NewContext)(options, status);
  if (newest_context && !shared_runtime.definition.empty()) ShareRuntime(newest_context);
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
