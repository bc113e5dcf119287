"""Times a network in PyTorch (eager, channels_last) as camtune.ts does in camtune; prints one JSON document.

python bench/networks/pytorch.py forward|train [--network resnet50] [--batch 16] [--size 224] [--repeats 3]
"""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))
from pytorch import normalized  # noqa: E402
from timing import report  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["forward", "train"])
    parser.add_argument("--network", default="resnet50")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    return parser.parse_args()


def network(name):
    """torchvision's by its name, or timm's (vit_small_patch16_224)."""
    import torchvision

    if name in torchvision.models.list_models():
        return torchvision.models.get_model(name)
    import timm

    return timm.create_model(name)


def step_of(options):
    model = network(options.network).to(memory_format=torch.channels_last)
    generator = torch.Generator().manual_seed(1)
    shape = (options.batch, 3, options.size, options.size)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    images = images.contiguous(memory_format=torch.channels_last)
    low = torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bfloat16")
    labels = torch.arange(options.batch) % 1000
    if options.what == "forward":
        model.eval()

        def forward():
            with torch.inference_mode(), low:
                return model(normalized(images)).sum().item()

        return forward
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4)

    def train():
        optimizer.zero_grad()
        with low:
            loss = torch.nn.functional.cross_entropy(model(normalized(images)), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def main():
    options = arguments()
    report(options.what, options.batch, options.repeats, step_of(options), threads=torch.get_num_threads())


if __name__ == "__main__":
    main()
