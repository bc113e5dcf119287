// How operations of our own become known to TensorFlow: their signatures, shapes, attributes and kernels.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "library.h"

// The output has the shape of input `from`.
template <int from>
void ShapeAs(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle* shape = tf(TF_NewShapeHandle)();
  tf(TF_ShapeInferenceContextGetInput)(context, from, shape, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 0, shape, status);
  tf(TF_DeleteShapeHandle)(shape);
}

// For outputs whose shape the graph need not know.
inline void ShapeUnknown(TF_ShapeInferenceContext* context, TF_Status* status) {
  tf(TF_ShapeInferenceContextSetUnknownShape)(context, status);
}

// The output's shape, of parts of the inputs' and of sides; unknown where one of these is. Where TensorFlow knows it, it
// fuses what follows with other operations.
class JoinedShape {
 public:
  JoinedShape(TF_ShapeInferenceContext* context, TF_Status* status) : context_(context), status_(status) {}
  ~JoinedShape() {
    for (TF_ShapeHandle* handle : handles_) tf(TF_DeleteShapeHandle)(handle);
  }
  // Axes [begin, end) of an input of four.
  JoinedShape& Axes(int input, int64_t begin, int64_t end) {
    TF_ShapeHandle* whole = New();
    tf(TF_ShapeInferenceContextGetInput)(context_, input, whole, status_);
    is_known_ = is_known_ && tf(TF_GetCode)(status_) == TF_OK && tf(TF_ShapeInferenceContextRankKnown)(context_, whole) &&
                tf(TF_ShapeInferenceContextRank)(context_, whole) == 4;
    if (!is_known_) return *this;
    TF_ShapeHandle* part = New();
    tf(TF_ShapeInferenceContextSubshape)(context_, whole, begin, end, part, status_);
    return Append(part);
  }
  JoinedShape& Side(int64_t side) {
    handles_.push_back(tf(TF_ShapeInferenceContextVectorFromSize)(context_, side));
    return Append(handles_.back());
  }
  void SetOutput() {
    if (!is_known_) return ShapeUnknown(context_, status_);
    tf(TF_ShapeInferenceContextSetOutput)(context_, 0, shape_, status_);
  }

 private:
  TF_ShapeHandle* New() {
    handles_.push_back(tf(TF_NewShapeHandle)());
    return handles_.back();
  }
  JoinedShape& Append(TF_ShapeHandle* part) {
    if (shape_) {
      TF_ShapeHandle* joined = New();
      tf(TF_ShapeInferenceContextConcatenateShapes)(context_, shape_, part, joined, status_);
      part = joined;
    }
    shape_ = part;
    return *this;
  }

  TF_ShapeInferenceContext* const context_;
  TF_Status* const status_;
  std::vector<TF_ShapeHandle*> handles_;
  TF_ShapeHandle* shape_ = nullptr;
  bool is_known_ = true;
};

// Reads attributes of the kind int.
inline void ReadAttributes(TF_OpKernelConstruction* construction,
                           std::initializer_list<std::pair<const char*, int64_t*>> attributes) {
  TF_Status* status = tf(TF_NewStatus)();
  for (const auto& [name, value] : attributes) {
    tf(TF_OpKernelConstruction_GetAttrInt64)(construction, name, value, status);
    if (tf(TF_GetCode)(status) == TF_OK) continue;
    tf(TF_OpKernelConstruction_Failure)(construction, status);
    break;
  }
  tf(TF_DeleteStatus)(status);
}

inline void ReadAttribute(TF_OpKernelConstruction* construction, const char* name, float* value) {
  TF_Status* status = tf(TF_NewStatus)();
  tf(TF_OpKernelConstruction_GetAttrFloat)(construction, name, value, status);
  if (tf(TF_GetCode)(status) != TF_OK) tf(TF_OpKernelConstruction_Failure)(construction, status);
  tf(TF_DeleteStatus)(status);
}

// Frees what an operation has kept of its attributes.
template <typename State>
void Destroy(void* state) {
  delete static_cast<State*>(state);
}

// Of the gradient of a norm: the output has the shape of input `from`, two more have that of input `parameters`.
template <int from, int parameters>
void ShapesOfNormGrad(TF_ShapeInferenceContext* context, TF_Status* status) {
  ShapeAs<from>(context, status);
  TF_ShapeHandle* shape = tf(TF_NewShapeHandle)();
  tf(TF_ShapeInferenceContextGetInput)(context, parameters, shape, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 1, shape, status);
  tf(TF_ShapeInferenceContextSetOutput)(context, 2, shape, status);
  tf(TF_DeleteShapeHandle)(shape);
}

using Compute = void (*)(void*, TF_OpKernelContext*);

struct Operation {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
  void (*shapes)(TF_ShapeInferenceContext*, TF_Status*);
  void* (*create)(TF_OpKernelConstruction*);
  Compute compute;
  void (*destroy)(void*);
  // Of bfloat16, for operations with an attribute T; `compute` is that of float32.
  Compute low = nullptr;
  // Whether it does more than compute its outputs from its inputs.
  bool stateful = false;
};

inline void RegisterKernel(const Operation& operation, Compute compute, const char* attribute, TF_DataType type,
                           TF_Status* status) {
  TF_KernelBuilder* kernel =
      tf(TF_NewKernelBuilder)(operation.name, "CPU", operation.create, compute, operation.destroy);
  if (attribute) tf(TF_KernelBuilder_TypeConstraint)(kernel, attribute, type, status);
  if (tf(TF_GetCode)(status) == TF_OK) {
    const std::string name = std::string(operation.name) + (type == TF_BFLOAT16 ? "Bfloat16" : "");
    tf(TF_RegisterKernelBuilder)(name.c_str(), kernel, status);
  }
}

inline void Register(const Operation& operation) {
  TF_Status* status = tf(TF_NewStatus)();
  TF_OpDefinitionBuilder* definition = tf(TF_NewOpDefinitionBuilder)(operation.name);
  for (const char* input : operation.inputs) tf(TF_OpDefinitionBuilderAddInput)(definition, input);
  for (const char* output : operation.outputs) tf(TF_OpDefinitionBuilderAddOutput)(definition, output);
  for (const char* attribute : operation.attributes) tf(TF_OpDefinitionBuilderAddAttr)(definition, attribute);
  if (operation.stateful) tf(TF_OpDefinitionBuilderSetIsStateful)(definition, true);
  tf(TF_OpDefinitionBuilderSetShapeInferenceFunction)(definition, operation.shapes);
  tf(TF_RegisterOpDefinition)(definition, status);
  const char* typed = operation.low ? "T" : nullptr;
  if (tf(TF_GetCode)(status) == TF_OK) RegisterKernel(operation, operation.compute, typed, TF_FLOAT, status);
  if (operation.low && tf(TF_GetCode)(status) == TF_OK) {
    RegisterKernel(operation, operation.low, typed, TF_BFLOAT16, status);
  }
  const std::string problem = tf(TF_GetCode)(status) == TF_OK ? "" : tf(TF_Message)(status);
  tf(TF_DeleteStatus)(status);
  if (!problem.empty()) throw std::runtime_error(problem);
}
