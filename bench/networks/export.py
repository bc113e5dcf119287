"""Writes a network of torchvision or timm with random weights as ONNX, as it trains: with its batch norms.

python bench/networks/export.py mobilenet_v2 FILE.onnx
"""

import sys
from importlib import util
from pathlib import Path

import torch

place = Path(__file__).parent / "pytorch.py"
spec = util.spec_from_file_location("networks_pytorch", place)
networks = util.module_from_spec(spec)
spec.loader.exec_module(networks)

name, file = sys.argv[1:]
torch.onnx.export(
    networks.network(name).eval(),
    (torch.randn(1, 3, 224, 224),),
    file,
    dynamo=False,
    training=torch.onnx.TrainingMode.PRESERVE,
    do_constant_folding=False,
)
