// What the files of the engine share: TensorFlow's library, the context of an environment, and what each offers to
// JavaScript.
#pragma once

#include <node_api.h>

#include <stdexcept>
#include <string>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/c_api_experimental.h"
#include "tensorflow/c/eager/c_api.h"

// A function of TensorFlow's C API, in the library that the tfjs addon has brought. Throws where there is none.
void* Symbol(const char* name);

// tf(TF_NewGraph)() calls the TF_NewGraph of the library in this process.
#define tf(name) ([] { static auto f = reinterpret_cast<decltype(&name)>(Symbol(#name)); return f; }())

struct Status {
  TF_Status* raw = tf(TF_NewStatus)();
  ~Status() { tf(TF_DeleteStatus)(raw); }
  void Check() const {
    if (tf(TF_GetCode)(raw) != TF_OK) throw std::runtime_error(tf(TF_Message)(raw));
  }
};

// The eager context of an environment. Throws where it has none.
TFE_Context* Context(napi_env env);

// graphs.cc
void ExportGraphs(napi_env env, napi_value exports);

// sharing.cc
void ExportSharing(napi_env env, napi_value exports);

// Makes a new context of this thread a part of the cluster that was asked for, where one was.
void ShareIfAsked(TFE_Context* context);
