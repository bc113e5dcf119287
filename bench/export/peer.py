"""Runs exported networks in onnxruntime: peer.py DIR, with DIR/*/{model.onnx,pixel_values.npy,logits.npy[,map.npy]}.

Prints one JSON line a network: ONNX's full check, largest differences, and nodes by type; or an error. Where a float32 map
misses, the network is computed in float64 as well: `map exact` and `map noise` are how far the given map and onnxruntime's
are from that.
"""

import collections
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)


def in_float64(path, pixels):
    """What onnx's reference implementation makes of the network, all numbers in float64."""
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32:
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float64), tensor.name))
    return ReferenceEvaluator(model).run(None, {"pixel_values": pixels.astype(np.float64)})


def compare(folder, row):
    path = str(folder / "model.onnx")
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    pixels = np.load(folder / "pixel_values.npy")
    names = [output.name for output in session.get_outputs()]
    results = session.run(names, {"pixel_values": pixels})
    for name, found in zip(names, results):
        expected = np.load(folder / f"{name}.npy")
        assert found.shape == expected.shape and found.dtype == np.float32, (name, found.shape, expected.shape)
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        distance = np.where(same, 0, np.abs(found - expected))
        assert np.isfinite(distance).all(), f"{name}: infinite or NaN on one side alone"
        row[name] = float(distance.max())
        row[f"{name} range"] = float(np.abs(expected[np.isfinite(expected)]).max(initial=0))
    if row.get("map", 0) > 1e-4 and folder.name.endswith("float32"):
        expected, exact = np.load(folder / "map.npy"), in_float64(path, pixels)[names.index("map")]
        row["map exact"] = float(np.abs(expected - exact).max())
        row["map noise"] = float(np.abs(results[names.index("map")] - exact).max())
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
