// What operations that compute the gradient of a convolution's weights have in common.
#pragma once

#include "cpu-kernel.h"

// Sides of the kernel, strides, and padding above and to the left.
struct Convolution {
  int64_t height = 0, width = 0, down = 1, across = 1, top = 0, left = 0;
};

inline void* CreateConvolution(TF_OpKernelConstruction* construction) {
  auto* convolution = new Convolution();
  ReadAttributes(construction, {{"height", &convolution->height},
                                {"width", &convolution->width},
                                {"down", &convolution->down},
                                {"across", &convolution->across},
                                {"top", &convolution->top},
                                {"left", &convolution->left}});
  return convolution;
}

// Of images and of what the convolution gives; in float32 whatever the precision of these.
inline void RegisterFilterGradient(const char* name, Compute compute, Compute low) {
  Register({name,
            {"x: T", "dy: T"},
            {"dw: float"},
            {"T: {float, bfloat16}", "height: int", "width: int", "down: int", "across: int", "top: int", "left: int"},
            ShapeUnknown,
            CreateConvolution,
            compute,
            Destroy<Convolution>,
            low});
}
