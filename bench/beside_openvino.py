"""Times ResNet-50's forward pass in OpenVINO as `camtune bench forward` times it; prints one JSON document.

python bench/beside_openvino.py forward [--batch 16] [--size 224] [--precision float32|bfloat16]
"""

import argparse

import numpy as np
import openvino
import torch
import torchvision
from timing import report


class Network(torch.nn.Module):
    """Bytes in, logits out."""

    def __init__(self):
        super().__init__()
        self.model = torchvision.models.resnet50().eval()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, images):
        return self.model((images.permute(0, 3, 1, 2).float() / 255 - self.mean) / self.std)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["forward"])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--data", help="not used here")
    options = parser.parse_args()
    shape = (options.batch, options.size, options.size, 3)
    images = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    converted = openvino.convert_model(Network(), example_input=torch.from_numpy(images), input=list(shape))
    hint = {"float32": "f32", "bfloat16": "bf16"}[options.precision]
    compiled = openvino.compile_model(converted, "CPU", {"INFERENCE_PRECISION_HINT": hint})
    setting = {"device": "cpu", "openvino": openvino.__version__}
    report("forward", options.batch, options.repeats, lambda: compiled(images), **setting)


if __name__ == "__main__":
    main()
