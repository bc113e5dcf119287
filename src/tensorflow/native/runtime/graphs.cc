// TensorFlow graphs, built operation by operation with TensorFlow's own type and shape inference, and registered as
// functions in the eager context of the tfjs addon.

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "engine.h"
#include "javascript.h"

namespace {

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

}  // namespace

void ExportGraphs(napi_env env, napi_value exports) {
  Export<CreateGraph>(env, exports, "createGraph");
  Export<DeleteGraph>(env, exports, "deleteGraph");
  Export<OpDefinition>(env, exports, "opDefinition");
  Export<AddOperation>(env, exports, "addOperation");
  Export<AddFunction>(env, exports, "addFunction");
  Export<RemoveFunction>(env, exports, "removeFunction");
}
