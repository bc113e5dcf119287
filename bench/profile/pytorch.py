"""Processor time of a step in PyTorch by kind of operation, measured around every operation of its dispatcher; prints
one JSON document. Run by main.ts."""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from torch.utils._python_dispatch import TorchDispatchMode

sys.path.insert(0, str(Path(__file__).parent.parent))

KINDS = [
    ("convolution", ["convolution", "mkldnn_convolution"]),
    ("batch norm", ["native_batch_norm", "_native_batch_norm_legit", "cudnn_batch_norm", "_batch_norm_with_update"]),
    ("batch norm, gradient", ["native_batch_norm_backward", "batch_norm_backward"]),
    ("matrix product", ["mm", "addmm", "bmm", "baddbmm", "_scaled_dot_product_flash_attention_for_cpu",
                        "_scaled_dot_product_flash_attention_for_cpu_backward"]),
    ("ReLU and its gradient", ["relu", "relu_", "threshold_backward", "hardtanh", "hardtanh_", "hardtanh_backward"]),
    ("pooling and its gradient", ["max_pool2d_with_indices", "max_pool2d_with_indices_backward", "mean"]),
    ("sums and means", ["sum"]),
    ("update of weights", ["_foreach_add_", "_foreach_mul_", "_foreach_add", "_fused_sgd_"]),
    ("copies (transpose, pad, slice)", ["copy_", "clone", "cat", "slice_backward", "expand", "_to_copy", "select_backward"]),
]  # fmt: skip
ELEMENTWISE = {"add", "add_", "mul", "mul_", "sub", "div", "div_", "gelu", "gelu_backward", "silu", "silu_", "silu_backward",
               "sigmoid", "sigmoid_backward", "native_layer_norm", "native_layer_norm_backward", "_softmax", "_log_softmax",
               "_log_softmax_backward_data", "_softmax_backward_data", "native_dropout", "bernoulli_"}  # fmt: skip


def kind_of(name):
    for kind, names in KINDS:
        if name in names:
            return kind
    return "other element-wise" if name in ELEMENTWISE else "rest"


class Times(TorchDispatchMode):
    """Notes what each operation took. The gradient of a convolution is computed in its two parts, to tell them apart."""

    def __init__(self):
        super().__init__()
        self.all = []

    def note(self, kind, name, run):
        before = time.process_time_ns()
        result = run()
        self.all.append((kind, name, (time.process_time_ns() - before) / 1e6))
        return result

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = function.overloadpacket.__name__
        if name == "convolution_backward":
            *rest, mask = args
            image, weights, bias = mask
            first = second = (None, None, None)
            if image:
                first = self.note("convolution, gradient of its input", name, lambda: function(*rest, [True, False, False]))
            if weights or bias:
                second = self.note("convolution, gradient of its weights", name, lambda: function(*rest, [False, weights, bias]))
            return first[0], second[1], second[2]
        return self.note(kind_of(name), name, lambda: function(*args, **kwargs))


def main():
    from importlib import util

    place = Path(__file__).parent.parent / "networks" / "pytorch.py"
    spec = util.spec_from_file_location("networks_pytorch", place)
    networks = util.module_from_spec(spec)
    spec.loader.exec_module(networks)
    parser = argparse.ArgumentParser()
    parser.add_argument("what")
    parser.add_argument("--network", default="resnet50")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--operations", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    step = networks.step_of(options)
    step()
    step()
    whole, best = float("inf"), []
    for _ in range(options.repeats):
        with Times() as times:
            before = time.process_time_ns()
            step()
            took = (time.process_time_ns() - before) / 1e6 / options.batch
        if took < whole:
            whole, best = took, times.all
    kinds, operations = {}, {}
    for kind, name, ms in best:
        kinds[kind] = kinds.get(kind, 0) + ms / options.batch
        count, sum = operations.get(name, (0, 0))
        operations[name] = (count + 1, sum + ms / options.batch)
    kinds["rest"] = kinds.get("rest", 0) + max(0, whole - sum_of(kinds))
    document = {"whole": whole, "byKind": kinds}
    if options.operations:
        document["operations"] = sorted(operations.items(), key=lambda item: -item[1][1])
    print(json.dumps(document))


def sum_of(kinds):
    return sum(kinds.values())


if __name__ == "__main__":
    main()
