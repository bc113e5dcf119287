// ReLU and its gradient, of a number.
#pragma once

#include "cpu-kernel.h"

INLINE float Relu(float x) { return x < 0.0f ? 0.0f : x; }
INLINE float Passed(float dy, float y) { return dy * (y > 0.0f ? 1.0f : 0.0f); }
