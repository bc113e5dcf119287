#pragma once

// Registers the operations of our own, once a process.
//
// symbol: finds functions of TensorFlow's C API by name, or throws
void RegisterFusedOperations(void* (*symbol)(const char*));

// Those of batch-norm.cc, depthwise.cc, filter-gradient.cc, winograd.cc, winograd-gradient.cc and (in ring.h) ring.cc are
// registered by the function above.
void RegisterBatchNormOperations();
void RegisterDepthwiseOperations();
void RegisterFilterGradientOperations();
void RegisterWinogradOperations();
void RegisterWinogradGradientOperations();
