#include "operations.h"

#include <mutex>

#include "../ring/ring.h"
#include "library.h"

void RegisterOperations(void* (*symbol)(const char*)) {
  static std::mutex mutex;
  static bool registered = false;
  const std::lock_guard<std::mutex> lock(mutex);
  if (registered) return;
  find_symbol = symbol;
  RegisterFusedOperations();
  RegisterElementwiseOperations();
  RegisterBatchNormOperations();
  RegisterDepthwiseOperations();
  RegisterFilterGradientOperations();
  RegisterWinogradOperations();
  RegisterWinogradGradientOperations();
  RegisterRingOperations();
  registered = true;
}
