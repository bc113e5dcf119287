// Values of JavaScript from C++, and functions that JavaScript calls. Whatever these throw becomes an error there.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

inline void Check(napi_status status, const char* what) {
  if (status != napi_ok) throw std::runtime_error(std::string("engine: bad argument, ") + what);
}

// ---- reading ----

inline int64_t Int(napi_env env, napi_value value) {
  int64_t out;
  Check(napi_get_value_int64(env, value, &out), "number expected");
  return out;
}

inline double Number(napi_env env, napi_value value) {
  double out;
  Check(napi_get_value_double(env, value, &out), "number expected");
  return out;
}

inline bool Bool(napi_env env, napi_value value) {
  bool out;
  Check(napi_get_value_bool(env, value, &out), "boolean expected");
  return out;
}

inline std::string String(napi_env env, napi_value value) {
  size_t length;
  Check(napi_get_value_string_utf8(env, value, nullptr, 0, &length), "string expected");
  std::string out(length, '\0');
  Check(napi_get_value_string_utf8(env, value, out.data(), length + 1, &length), "string expected");
  return out;
}

inline napi_value Get(napi_env env, napi_value object, const char* key) {
  napi_value out;
  Check(napi_get_named_property(env, object, key, &out), key);
  return out;
}

inline bool IsArray(napi_env env, napi_value value) {
  bool out;
  Check(napi_is_array(env, value, &out), "value expected");
  return out;
}

inline std::vector<napi_value> Items(napi_env env, napi_value array) {
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

// ---- writing ----

inline napi_value JsInt(napi_env env, int64_t value) {
  napi_value out;
  Check(napi_create_int64(env, value, &out), "number");
  return out;
}

inline napi_value JsUndefined(napi_env env) {
  napi_value out;
  Check(napi_get_undefined(env, &out), "undefined");
  return out;
}

// ---- functions ----

using Arguments = std::vector<napi_value>;

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
