// TensorFlow's C API for kernels, in the library of this process.
#pragma once

#include <cstdint>

#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// Of tensorflow/c/kernels.h, which includes what the wheel does not always bring.
extern "C" {
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device, void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder* builder, TF_Status* status);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction*, const char* name, float* value, TF_Status* status);
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction*, const char* name, int64_t* value,
                                          TF_Status* status);
void TF_KernelBuilder_TypeConstraint(TF_KernelBuilder*, const char* attribute, TF_DataType type, TF_Status* status);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status* status);
void TF_GetInput(TF_OpKernelContext*, int index, TF_Tensor** tensor, TF_Status* status);
int TF_NumInputs(TF_OpKernelContext*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status* status);
TF_Tensor* TF_ForwardInputOrAllocateOutput(TF_OpKernelContext*, const int* candidates, int count, int output,
                                           const int64_t* shape, int rank, int* taken, TF_Status* status);
}

// Finds functions of TensorFlow's C API by name, or throws.
inline void* (*find_symbol)(const char*) = nullptr;

#define tf(name) ([] { static auto f = reinterpret_cast<decltype(&name)>(find_symbol(#name)); return f; }())
