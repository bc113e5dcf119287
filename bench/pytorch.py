"""Times ResNet-50 in PyTorch as `camtune bench` times it in camtune; prints one JSON document.

python bench/pytorch.py train|forward|data [--batch 16] [--size 224] [--precision float32|bfloat16] [--compile]
"""

import argparse

import torch
import torchvision
from timing import report


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["train", "forward", "data"])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--data", default="data/clothing/train")
    return parser.parse_args()


def train_step(options, device):
    model = torchvision.models.resnet50().to(device, memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4)
    loss_of = torch.nn.CrossEntropyLoss()
    forward = torch.compile(model) if options.compile else model
    images, labels = batch(options, device)

    def step():
        optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=options.precision == "bfloat16"):
            loss = loss_of(forward(normalized(images)), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def forward_step(options, device):
    model = torchvision.models.resnet50().to(device, memory_format=torch.channels_last).eval()
    forward = torch.compile(model) if options.compile else model
    images, _ = batch(options, device)

    def step():
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=options.precision == "bfloat16"):
            return forward(normalized(images)).float().sum().item()

    return step


def batch(options, device):
    generator = torch.Generator().manual_seed(1)
    shape = (options.batch, 3, options.size, options.size)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    labels = torch.arange(options.batch) % 1000
    return images.to(device).contiguous(memory_format=torch.channels_last), labels.to(device)


def normalized(images):
    mean = torch.tensor([0.485, 0.456, 0.406], device=images.device).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], device=images.device).view(1, 3, 1, 1)
    return (images.float() / 255 - mean) / std


def data_step(options):
    from torchvision import transforms

    transform = transforms.Compose(
        [transforms.RandomResizedCrop(options.size), transforms.RandomHorizontalFlip(), transforms.PILToTensor()]
    )
    folder = torchvision.datasets.ImageFolder(options.data, transform)
    # As camtune's bench: a small folder is read several times an epoch.
    images = torch.utils.data.ConcatDataset([folder] * -(-640 // len(folder)))
    loader = torch.utils.data.DataLoader(
        images, batch_size=options.batch, shuffle=True, num_workers=2, persistent_workers=True
    )

    def step():
        for _ in loader:
            pass

    return step, len(images)


def main():
    options = arguments()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True
    images = options.batch
    if options.what == "data":
        step, images = data_step(options)
    else:
        step = (train_step if options.what == "train" else forward_step)(options, device)
    setting = {"device": device.type, "threads": torch.get_num_threads(), "torch": torch.__version__}
    report(options.what, images, options.repeats, step, **setting)


if __name__ == "__main__":
    main()
