#pragma once

// Makes the operations of our own known to TensorFlow, once a process.
//
// symbol: finds functions of TensorFlow's C API by name, or throws
void RegisterOperations(void* (*symbol)(const char*));

// Parts of that, each in the file of its name; those of the ring are in ring.h.
void RegisterFusedOperations();
void RegisterElementwiseOperations();
void RegisterBatchNormOperations();
void RegisterDepthwiseOperations();
void RegisterFilterGradientOperations();
void RegisterWinogradOperations();
void RegisterWinogradGradientOperations();
