"""Times a transformer block in PyTorch as camtune.ts does in camtune; prints one JSON document. Run by main.ts.

python bench/transformer/pytorch.py forward|train [--batch 16] [--tokens 197] [--precision float32|bfloat16]
"""

import argparse
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

sys.path.append(str(Path(__file__).parent.parent))
from timing import report  # noqa: E402

WIDTH, HEADS, HIDDEN = 384, 6, 1536


class Block(nn.Module):
    """As timm's: normalizes first, one product for query, key and value, the fused attention, exact GELU."""

    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.up = nn.Linear(WIDTH, HIDDEN)
        self.down = nn.Linear(HIDDEN, WIDTH)

    def attention(self, x):
        count, length, _ = x.shape
        qkv = self.qkv(x).reshape(count, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(*qkv.unbind(0))
        return self.out(seen.transpose(1, 2).reshape(count, length, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(functional.gelu(self.up(self.norm2(x))))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["forward", "train"])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=197)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--repeats", type=int, default=10)
    return parser.parse_args()


def main():
    options = arguments()
    block = Block()
    tokens = torch.randn(options.batch, options.tokens, WIDTH)
    low = torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bfloat16")
    optimizer = torch.optim.SGD(block.parameters(), lr=1e-4, momentum=0.9)

    def forward():
        with torch.inference_mode(), low:
            return block(tokens).sum().item()

    def train():
        optimizer.zero_grad()
        given = tokens.detach().requires_grad_()
        with low:
            loss = block(given).float().square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    step = {"forward": forward, "train": train}[options.what]
    setting = {"threads": torch.get_num_threads(), "torch": torch.__version__}
    report(options.what, options.batch, options.repeats, step, **setting)


if __name__ == "__main__":
    main()
