#pragma once

// Registers the operations of fused.cc, once a process.
//
// symbol: finds functions of TensorFlow's C API by name, or throws
void RegisterFusedOperations(void* (*symbol)(const char*));
