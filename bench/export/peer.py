"""Runs exported networks in onnxruntime: peer.py DIR, with DIR/*/{model.onnx,pixel_values.npy,logits.npy[,map.npy]}.

Prints one JSON line a network: ONNX's full check, largest differences, and nodes by type; or an error."""

import collections
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

onnxruntime.set_default_logger_severity(4)


def compare(folder, row):
    path = str(folder / "model.onnx")
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    pixels = np.load(folder / "pixel_values.npy")
    names = [output.name for output in session.get_outputs()]
    for name, found in zip(names, session.run(names, {"pixel_values": pixels})):
        expected = np.load(folder / f"{name}.npy")
        assert found.shape == expected.shape and found.dtype == np.float32, (name, found.shape, expected.shape)
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        distance = np.where(same, 0, np.abs(found - expected))
        assert np.isfinite(distance).all(), f"{name}: infinite or NaN on one side alone"
        row[name] = float(distance.max())
        row[f"{name} range"] = float(np.abs(expected[np.isfinite(expected)]).max(initial=0))
    nodes = collections.Counter(node.op_type for node in onnx.load(path).graph.node)
    row["nodes"] = sum(nodes.values())
    row["transposes"] = nodes["Transpose"]


for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    row = {"case": folder.name}
    try:
        compare(folder, row)
    except Exception as error:
        row["error"] = str(error).replace("\n", " ")[:300] or type(error).__name__
    print(json.dumps(row), flush=True)
