"""Writes one small ONNX network an operator, over its attributes and opsets, with what onnxruntime computes.

python operators.py FILE [--brief]

FILE is JSON: the image [2, 3, 8, 8] as NHWC, and for each case its model, the expected values, and the slope of their
sum, weighted by cos(0.7 i), along a direction of the image (by differences; null where it says nothing). With --brief,
for `npm test`: fewer cases, and in place of the values the weighted sum of each image.
"""
import base64, json, sys
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
rng = np.random.default_rng(3)
COUNT = 2 * 3 * 8 * 8
# Values that are all different, by more than the direction moves them, and none near 0.
steps = np.arange(COUNT) - COUNT / 2 + 0.5
IMAGE = (rng.permutation(steps) / (COUNT / 2) + 0).reshape(2, 3, 8, 8)
IMAGE = (np.sign(IMAGE) * (0.05 + 0.95 * np.abs(IMAGE))).astype(np.float32)
DIRECTION = np.where(np.sin(1.3 * np.arange(COUNT)) > 0, 1, -1).reshape(IMAGE.shape).astype(np.float32)
STEP = np.float32(2.0**-12)

cases = []


def f(*shape, low=-1.0, high=1.0):
    return rng.uniform(low, high, shape).astype(np.float32)


def i64(*values):
    return np.array(values, np.int64)


class X:
    """Where the image goes among the inputs."""


def case(label, kind, *inputs, shape=(3, 8, 8), opset=17, outputs=1, take=0, cast=False, before=(), fixed=False, brief=False, domain="", slope=True, **attributes):
    """One operator. `inputs`: X, constants, or None for one that is left out; nothing stands for X alone."""
    inputs = inputs or (X,)
    nodes, initializers = [], []
    constant = lambda name, value: initializers.append(numpy_helper.from_array(np.asarray(value), name)) or name
    x = "image"
    if shape != (3, 8, 8):
        nodes.append(helper.make_node("Reshape", [x, constant("in_shape", i64(0, *shape))], ["x"], "in"))
        x = "x"
    for index, (made, given) in enumerate(before):
        nodes.append(helper.make_node(made, [x], [f"before{index}"], f"before{index}", **given))
        x = f"before{index}"
    names = []
    for index, value in enumerate(inputs):
        names.append("" if value is None else x if value is X else constant(f"part{index}.weight", value))
    outs = [f"y{index}" for index in range(outputs)]
    nodes.append(helper.make_node(kind, names, outs, "operator", domain=domain, **{key: value for key, value in attributes.items() if value is not None}))
    y = outs[take]
    if cast:
        nodes.append(helper.make_node("Cast", [y], ["cast"], "cast", to=TensorProto.FLOAT))
        y = "cast"
    nodes.append(helper.make_node("Reshape", [y, constant("out_shape", i64(0, -1))], ["out"], "out"))
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [2 if fixed else "N", 3, 8, 8])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", "K"])],
        initializers,
    )
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=imports, ir_version=8 if opset < 21 else 10)
    cases.append((f"{kind} {label} opset {opset}".replace("  ", " "), model, brief, slope))


def everything():
    # Value by value.
    for kind in ["Abs", "Exp", "Neg", "Sigmoid", "Tanh", "Relu", "Erf", "Softplus", "Softsign", "Elu", "Selu", "LeakyRelu", "HardSigmoid", "Celu", "ThresholdedRelu", "Identity", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asin", "Acos", "Asinh", "Atanh", "Floor", "Ceil", "Round", "Sign"]:
        case("", kind, opset=16, brief=kind in ("Sin", "Selu", "Celu"))
    case("", "Reciprocal", before=[("Sinh", {})])
    for kind in ["Sqrt", "Log"]:
        case("", kind, before=[("Abs", {})])
    case("alpha 0.3", "Elu", alpha=0.3, brief=True)
    case("alpha 2", "Celu", alpha=2.0)
    case("alpha 0.2", "ThresholdedRelu", alpha=0.2, brief=True)
    case("alpha", "LeakyRelu", alpha=0.3)
    case("alpha gamma", "Selu", alpha=1.2, gamma=0.8)
    case("alpha beta", "HardSigmoid", alpha=0.7, beta=0.4)
    case("", "HardSwish")
    case("", "Mish", opset=18)
    case("none", "Gelu", opset=20, approximate="none")
    case("tanh", "Gelu", opset=20, approximate="tanh")
    case("", "PRelu", X, f(3, 1, 1))
    case("one slope", "PRelu", X, f(1))
    for opset, kinds in [(7, []), (11, ["Add", "Mul"]), (17, ["Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum", "Pow"])]:
        for kind in kinds:
            for shape in [(1,), (8,), (3, 1, 1), (1, 3, 8, 1), (1, 1, 8, 8)]:
                other = f(*shape, low=0.4, high=1.3)
                case(f"with {list(shape)}", kind, X, other, opset=opset, before=[("Abs", {})] if kind == "Pow" else ())
            case("from the left", kind, f(3, 1, 8, low=0.4), X, opset=opset)
    case("square", "Pow", X, np.float32(2))
    case("cube", "Pow", X, np.float32(3))
    case("one input", "Max", X)
    case("three inputs", "Sum", X, f(8), X)
    case("fmod", "Mod", X, f(3, 1, 1, low=0.2, high=0.7), fmod=1, slope=False, brief=True)
    case("fmod of a negative", "Mod", X, np.float32(-0.3), fmod=1, slope=False)
    for kind in ["Greater", "GreaterOrEqual", "Less", "LessOrEqual"]:
        case("", kind, X, f(8), cast=True, opset=16)
    case("", "Equal", X, IMAGE[0, :, :1, :1].copy(), cast=True)
    for kind in ["And", "Or", "Xor"]:
        case("", kind, X, f(8) > 0, cast=True, before=[("Cast", {"to": TensorProto.BOOL})])
    case("", "Not", cast=True, before=[("Floor", {}), ("Cast", {"to": TensorProto.BOOL})], brief=True)
    case("to bool", "Cast", to=TensorProto.BOOL, before=[("Ceil", {})], cast=True)
    case("to integers", "Cast", to=TensorProto.INT64, before=[("Exp", {})], cast=True)
    case("", "IsNaN", cast=True, before=[("Log", {})], brief=True)
    case("", "IsInf", cast=True, before=[("Floor", {}), ("Reciprocal", {})])
    case("positive", "IsInf", cast=True, before=[("Floor", {}), ("Reciprocal", {})], detect_negative=0)
    case("", "Where", f(8) > 0, X, f(3, 1, 1), brief=True)
    case("of constants", "Where", f(3, 8, 8) > 0, np.float32(0.5), X, brief=True)
    case("both", "Clip", X, np.float32(-0.4), np.float32(0.45))
    case("above", "Clip", X, None, np.float32(0.45))
    case("6", "Clip", X, np.float32(0), np.float32(6))

    # Windows.
    for kind in ["MaxPool", "AveragePool"]:
        for label, given in {
            "2": dict(kernel_shape=[2, 2]),
            "3/2": dict(kernel_shape=[3, 3], strides=[2, 2]),
            "3/2 pads": dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
            "3x2/2x1 uneven pads": dict(kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 2, 1]),
            "3/2 ceil": dict(kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
            "3/2 ceil pads": dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1),
            "2/3 ceil": dict(kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1),
            "4/3 ceil pads": dict(kernel_shape=[4, 4], strides=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1),
            "SAME_UPPER": dict(kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
            "SAME_LOWER": dict(kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_LOWER"),
            "VALID": dict(kernel_shape=[3, 3], strides=[2, 2], auto_pad="VALID"),
        }.items():
            case(label, kind, opset=12 if kind == "MaxPool" else 11, **given)
            case(label, kind, opset=19, brief=label == "3/2 ceil pads", **given)
            if kind == "AveragePool":
                case(f"{label} counting pads", kind, opset=19, count_include_pad=1, brief=label == "3/2 ceil pads", **given)
        case("dilated", kind, opset=19, kernel_shape=[2, 3], dilations=[3, 2], brief=True)
        case("dilated strides pads", kind, opset=19, kernel_shape=[3, 3], dilations=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1])
        case("dilated ceil pads", kind, opset=19, kernel_shape=[2, 2], dilations=[2, 2], strides=[2, 2], pads=[1, 0, 1, 0], ceil_mode=1)
    case("dilated counting pads", "AveragePool", opset=19, kernel_shape=[3, 3], dilations=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
    for p in [1, 2, 3]:
        case(f"p {p}", "LpPool", opset=18, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], p=p)
    case("", "GlobalAveragePool")
    case("", "GlobalMaxPool")
    case("of sequences", "GlobalAveragePool", shape=(6, 32))

    # Convolutions.
    for label, shape, size, given in [
        ("3", (3, 8, 8), (4, 3, 3, 3), {}),
        ("pads", (3, 8, 8), (4, 3, 3, 3), dict(pads=[1, 2, 0, 1], strides=[2, 2])),
        ("SAME_UPPER", (3, 8, 8), (4, 3, 3, 2), dict(auto_pad="SAME_UPPER", strides=[2, 3])),
        ("SAME_LOWER", (3, 8, 8), (4, 3, 2, 3), dict(auto_pad="SAME_LOWER", strides=[2, 2])),
        ("dilated", (3, 8, 8), (4, 3, 3, 2), dict(dilations=[2, 3], pads=[1, 1, 1, 1])),
        ("dilated stride", (3, 8, 8), (4, 3, 2, 2), dict(dilations=[2, 2], strides=[2, 2])),
        ("groups", (6, 4, 8), (4, 3, 3, 3), dict(group=2, pads=[1, 1, 1, 1])),
        ("depthwise", (6, 4, 8), (12, 1, 3, 3), dict(group=6, pads=[1, 1, 1, 1], strides=[1, 1])),
        ("depthwise dilated", (6, 4, 8), (6, 1, 3, 3), dict(group=6, pads=[2, 2, 2, 2], dilations=[2, 2])),
        ("depthwise strides", (6, 4, 8), (6, 1, 3, 3), dict(group=6, strides=[2, 1])),
    ]:
        case(label, "Conv", X, f(*size), f(size[0]), shape=shape, brief=label == "depthwise dilated", **given)
    case("of sequences", "Conv", X, f(4, 6, 3), f(4), shape=(6, 32), pads=[1, 1])
    for label, shape, size, given in [
        ("2/2", (3, 8, 8), (3, 4, 2, 2), dict(strides=[2, 2])),
        ("3/1", (3, 8, 8), (3, 4, 3, 3), {}),
        ("3/2 pads", (3, 8, 8), (3, 4, 3, 3), dict(strides=[2, 2], pads=[1, 1, 1, 1])),
        ("3/2 uneven pads", (3, 8, 8), (3, 4, 3, 4), dict(strides=[2, 3], pads=[1, 0, 0, 2])),
        ("3/2 output_padding", (3, 8, 8), (3, 4, 3, 3), dict(strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])),
        ("4/3 output_padding", (3, 8, 8), (3, 4, 4, 4), dict(strides=[3, 3], output_padding=[2, 1])),
        ("groups", (6, 4, 8), (6, 2, 3, 3), dict(group=2, strides=[2, 1])),
        ("depthwise", (6, 4, 8), (6, 1, 2, 2), dict(group=6, strides=[2, 2])),
        ("dilated", (3, 8, 8), (3, 2, 3, 2), dict(dilations=[2, 3], strides=[2, 2])),
        ("SAME_UPPER", (3, 8, 8), (3, 2, 3, 3), dict(auto_pad="SAME_UPPER", strides=[2, 2])),
        ("SAME_LOWER", (3, 8, 8), (3, 2, 3, 3), dict(auto_pad="SAME_LOWER", strides=[2, 2])),
        ("VALID", (3, 8, 8), (3, 2, 3, 3), dict(auto_pad="VALID", strides=[2, 2])),
        ("output_shape", (3, 8, 8), (3, 2, 3, 3), dict(output_shape=[16, 15], strides=[2, 2])),
    ]:
        case(label, "ConvTranspose", X, f(*size), f(size[1] * given.get("group", 1)), shape=shape, brief=label in ("3/2 output_padding", "groups", "dilated"), **given)

    # Patches put back, as torch's fold does it; rows may be left over.
    case("4×2/2 pads", "Col2Im", X, i64(7, 3), i64(4, 2), shape=(16, 12), opset=18, strides=[2, 1], pads=[1, 1, 1, 1], brief=True)
    case("2×3 uneven pads", "Col2Im", X, i64(4, 5), i64(2, 3), shape=(12, 16), opset=18, pads=[0, 1, 1, 0])
    case("dilated", "Col2Im", X, i64(7, 10), i64(2, 2), shape=(4, 48), opset=18, dilations=[1, 2])

    # Sizes of pictures.
    nothing = np.array([], np.float32)
    modes = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
    for factors in [(2.0, 2.0), (1.5, 2.5), (0.5, 0.75), (0.4, 3.0), (1.0, 0.3)]:
        scales = np.array([1, 1, *factors], np.float32)
        sizes = i64(2, 3, *[max(1, int(8 * factor)) for factor in factors])
        name = "×".join(str(factor) for factor in factors)
        for how in modes + ["half_pixel_symmetric"]:
            later = how == "half_pixel_symmetric"
            for rounding in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]:
                case(f"nearest {name} {how} {rounding}", "Resize", X, nothing, scales, opset=19 if later else 13, mode="nearest", coordinate_transformation_mode=how, nearest_mode=rounding, brief=name == "1.5×2.5" and rounding == "round_prefer_floor" and how != "asymmetric")
            for mode in ["linear", "cubic"]:
                # onnxruntime has cubic only for what it calls half_pixel and the older three.
                brief = name == "1.5×2.5" and not later
                case(f"{mode} {name} {how}", "Resize", X, nothing, scales, opset=19 if later else 13, mode=mode, coordinate_transformation_mode=how, brief=brief)
                case(f"{mode} {name} {how} sizes", "Resize", X, None, None, sizes, opset=19 if later else 13, mode=mode, coordinate_transformation_mode=how)
        case(f"cubic {name} a -0.5", "Resize", X, nothing, scales, opset=13, mode="cubic", cubic_coeff_a=-0.5)
        case(f"cubic {name} without what lies outside", "Resize", X, nothing, scales, opset=13, mode="cubic", exclude_outside=1)
        for mode in ["linear", "cubic"]:
            case(f"{mode} {name} antialiased", "Resize", X, None, scales, opset=18, mode=mode, antialias=1)
        case(f"nearest {name} axes", "Resize", X, None, scales[2:].copy(), opset=18, mode="nearest", axes=[2, 3])
        case(f"linear {name} axes", "Resize", X, None, np.array(factors[::-1], np.float32), opset=18, mode="linear", axes=[3, 2])
    case("not larger", "Resize", X, None, None, i64(12, 20), opset=18, mode="linear", axes=[2, 3], keep_aspect_ratio_policy="not_larger")
    case("not smaller", "Resize", X, None, None, i64(12, 20), opset=18, mode="nearest", axes=[2, 3], keep_aspect_ratio_policy="not_smaller")
    case("blocks DCR", "DepthToSpace", shape=(12, 4, 4), blocksize=2, mode="DCR", opset=13)
    case("blocks CRD", "DepthToSpace", shape=(12, 4, 4), blocksize=2, mode="CRD", opset=13)
    case("blocks", "SpaceToDepth", blocksize=2, opset=13)

    # Norms.
    for size in [1, 3, 5, 2, 4]:
        case(f"size {size}", "LRN", shape=(12, 4, 4), size=size, alpha=0.5, beta=0.6, bias=1.5, brief=size in (3, 4))
    case("", "BatchNormalization", X, f(3), f(3), f(3), f(3, low=0.5), epsilon=1e-3, opset=15)
    case("of sequences", "BatchNormalization", X, f(6), f(6), f(6), f(6, low=0.5), shape=(6, 32), opset=14)
    case("", "InstanceNormalization", X, f(3), f(3), epsilon=1e-3)
    case("of sequences", "InstanceNormalization", X, f(6), f(6), shape=(6, 32))
    for axis in [-1, 1, 2]:
        size = (6, 4, 8)[axis - 1 if axis > 0 else 2 :]
        case(f"axis {axis}", "LayerNormalization", X, f(*size), f(*size), shape=(6, 4, 8), axis=axis, epsilon=1e-3)
    case("without offset", "LayerNormalization", X, f(8))
    case("groups", "GroupNormalization", X, f(3), f(3), shape=(6, 4, 8), num_groups=3, opset=18, brief=True)
    case("as many groups as channels", "GroupNormalization", X, f(6), f(6), shape=(6, 4, 8), num_groups=6, opset=18)
    case("groups", "GroupNormalization", X, f(6), f(6), shape=(6, 4, 8), num_groups=3, opset=21, epsilon=1e-2, brief=True)
    case("of sequences", "GroupNormalization", X, f(6), f(6), shape=(6, 32), num_groups=2, opset=21)
    case("", "RMSNormalization", X, f(8), opset=23)
    for p in [1, 2]:
        for axis in [-1, 1]:
            case(f"p {p} axis {axis}", "LpNormalization", p=p, axis=axis, brief=p == 2 and axis == 1)
    case("axes", "MeanVarianceNormalization", opset=13, axes=[1])
    for kind in ["Softmax", "LogSoftmax"]:
        for opset in [11, 13]:
            for axis in [1, 2, 3, -1, None]:
                case(f"axis {axis}", kind, opset=opset, axis=axis, brief=kind == "Softmax" and opset == 11 and axis == 2)

    # Of many values, one.
    for kind in ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp", "ReduceLogSum"]:
        before = [("Abs", {})] if kind == "ReduceLogSum" else ()
        for axes in [(2, 3), (1,), (-1,), (3, 1)]:
            for keep in [0, 1]:
                old = dict(opset=11, axes=list(axes), keepdims=keep)
                case(f"over {axes} keepdims {keep}", kind, before=before, **old)
                case(f"over {axes} keepdims {keep}", kind, X, i64(*axes), before=before, opset=18, keepdims=keep, brief=kind == "ReduceL2" and axes == (3, 1) and keep == 0)
        case("over nothing", kind, opset=18, before=before, noop_with_empty_axes=1)
    for kind in ["ArgMax", "ArgMin"]:
        for axis in [1, 3, -2]:
            for keep in [0, 1]:
                case(f"axis {axis} keepdims {keep}", kind, axis=axis, keepdims=keep, cast=True, brief=kind == "ArgMax" and axis == 1 and keep == 0)
        case("last of equals", kind, axis=1, select_last_index=1, cast=True, before=[("Sign", {})])
        case("first of equals", kind, axis=1, cast=True, before=[("Sign", {})])
    for axis in [-1, 1]:
        for largest in [1, 0]:
            for take in [0, 1]:
                case(f"axis {axis} largest {largest} output {take}", "TopK", X, i64(2), axis=axis, largest=largest, outputs=2, take=take, cast=take == 1, opset=11, brief=axis == 1)
    for exclusive in [0, 1]:
        for reverse in [0, 1]:
            case(f"exclusive {exclusive} reverse {reverse}", "CumSum", X, np.int64(2), exclusive=exclusive, reverse=reverse, brief=exclusive != reverse)
    case("axis -1", "CumSum", X, np.int32(-1))

    # Products.
    case("", "MatMul", X, f(8, 5))
    case("batches", "MatMul", X, f(3, 8, 5))
    case("from the left", "MatMul", f(5, 8), X)
    case("", "Gemm", X, f(192, 5), f(5), shape=(192,))
    case("transB", "Gemm", X, f(5, 192), f(5), shape=(192,), transB=1)
    case("alpha beta", "Gemm", X, f(192, 5), f(5), shape=(192,), alpha=0.5, beta=2.0)
    case("bias a number", "Gemm", X, f(192, 5), np.float32(0.3), shape=(192,))
    for equation, other, shape in [
        ("nchw,co->nohw", (3, 4), (3, 8, 8)),
        ("nij,jk->nik", (32, 4), (6, 32)),
        ("nij,kj->nki", (4, 32), (6, 32)),
        ("bhqd,hdk->bhqk", (3, 8, 5), (3, 8, 8)),
        ("bhqd,hkd->bkhq", (3, 5, 8), (3, 8, 8)),
        ("nij,ij->n", (6, 32), (6, 32)),
        ("nij,ij->nij", (6, 32), (6, 32)),
        ("nij,k->nijk", (4,), (6, 32)),
        ("nij,jk->nk", (32, 4), (6, 32)),
        ("...j,jk->...k", (8, 4), (3, 8, 8)),
        ("aij,jk", (32, 4), (6, 32)),
    ]:
        case(equation, "Einsum", X, f(*other), shape=shape, equation=equation, brief=equation in ("bhqd,hkd->bkhq", "nij,jk->nk"))
    case("two of the image", "Einsum", X, X, equation="bhqd,bhkd->bhqk", shape=(3, 8, 8), brief=True)
    case("two of the image, the heads inside", "Einsum", X, X, equation="bqhd,bkhd->bhqk", shape=(8, 3, 8))
    case("one input", "Einsum", X, equation="nchw->nhc", shape=(3, 8, 8))
    case("transposed", "Einsum", X, equation="nij->nji", shape=(6, 32))
    case("three inputs", "Einsum", X, f(32, 4), f(4, 5), equation="nij,jk,kl->nil", shape=(6, 32), brief=True)

    # Attention.
    case("", "Attention", X, X, X, shape=(3, 8, 8), opset=23, brief=True)
    case("heads", "Attention", X, X, X, shape=(8, 24), opset=23, q_num_heads=3, kv_num_heads=3)
    case("scale", "Attention", X, X, X, shape=(3, 8, 8), opset=23, scale=0.3)
    case("softcap", "Attention", X, X, X, shape=(3, 8, 8), opset=23, softcap=0.5)
    case("causal", "Attention", X, X, X, shape=(3, 8, 8), opset=23, is_causal=1, brief=True)
    case("mask", "Attention", X, X, X, f(8, 8), shape=(3, 8, 8), opset=23)
    case("truth mask", "Attention", X, X, X, f(1, 1, 8, 8) > -0.5, shape=(3, 8, 8), opset=23)
    case("mask, causal, softcap", "Attention", X, X, X, f(8, 8), shape=(3, 8, 8), opset=23, is_causal=1, softcap=0.7)
    case("opset 24", "Attention", X, X, X, shape=(3, 8, 8), opset=24)

    # Parts.
    for axis, indices in [(1, i64(2, 0)), (3, i64(7, -1, 0, 3)), (2, np.array([[1, 2], [5, 0]], np.int64)), (1, np.int64(1)), (-1, np.int64(-2)), (2, i64(2, 3, 4))]:
        case(f"axis {axis} {indices.tolist()}", "Gather", X, indices, axis=axis)
    case("of each image", "GatherND", X, np.array([[[0, 3], [2, 7], [1, 1]]] * 2, np.int64), batch_dims=1, brief=True, fixed=True)
    case("of each image, whole axes", "GatherND", X, np.array([[[2], [0]]] * 2, np.int64), batch_dims=1, fixed=True)
    case("images by number", "GatherND", X, np.array([[[0, 1], [0, 0]], [[1, 1], [1, 0]]], np.int64), fixed=True)
    case("", "GatherElements", X, np.tile(np.array([2, 0], np.int64).reshape(1, 2, 1, 1), (2, 1, 8, 8)), axis=1, fixed=True)
    elements = np.array([[[[0, 5, 7, 1]] * 8] * 3] * 2, np.int64)
    case("", "GatherElements", X, elements, axis=3, fixed=True)
    grid = np.stack(np.meshgrid(np.arange(2), np.arange(1, 3), np.arange(2, 6), indexing="ij"), -1).astype(np.int64)
    case("of the image", "ScatterND", X, grid, np.tile(f(1, 2, 4, 8), (2, 1, 1, 1)), opset=16, brief=True, fixed=True)
    case("all of an axis", "ScatterND", X, np.array([[[0, 1]], [[1, 1]]], np.int64), np.tile(f(1, 1, 8, 8), (2, 1, 1, 1)), opset=16, fixed=True)
    case("twice the same place", "ScatterND", X, np.array([[[0, 1]] * 2, [[1, 1]] * 2], np.int64), np.concatenate([np.tile(f(1, 1, 8, 8), (2, 1, 1, 1))] * 2, 1), opset=16, fixed=True)
    case("added", "ScatterND", X, grid, np.tile(f(1, 2, 4, 8), (2, 1, 1, 1)), opset=16, reduction="add", fixed=True)
    case("", "ScatterElements", X, elements, np.tile(f(1, 3, 8, 4), (2, 1, 1, 1)), axis=3, opset=16, fixed=True)
    for label, given in {
        "": [i64(1, 2), i64(3, 7), i64(1, 2)],
        "steps": [i64(0, 1), i64(8, 8), i64(2, 3), i64(2, 3)],
        "backwards": [i64(-1), i64(-9), i64(3), i64(-1)],
        "backwards by 3": [i64(6), i64(0), i64(2), i64(-3)],
        "from the end": [i64(-3), i64(2**31 - 1), i64(-1)],
        "of all axes": [i64(0, 1, 0, 2), i64(2**62, 3, 5, 8)],
    }.items():
        case(label, "Slice", X, *given, opset=13)
    case("", "Split", shape=(6, 4, 8), axis=1, split=[1, 5], outputs=2, take=1, opset=11)
    case("", "Split", X, i64(1, 5), shape=(6, 4, 8), axis=1, outputs=2, take=1, opset=13)
    case("equal", "Split", shape=(6, 4, 8), axis=2, outputs=2, take=1, opset=13)
    case("num_outputs", "Split", axis=2, num_outputs=3, outputs=3, take=2, opset=18)
    for upper in [0, 1]:
        case(f"upper {upper}", "Trilu", upper=upper, brief=upper == 0)
        for k in [-2, 3]:
            case(f"upper {upper} k {k}", "Trilu", X, np.int64(k), upper=upper)

    # Shapes.
    for mode in ["constant", "reflect", "edge", "wrap"]:
        opset = 19 if mode == "wrap" else 13
        case(mode, "Pad", X, i64(0, 0, 2, 1, 0, 0, 1, 3), opset=opset, mode=mode, brief=mode in ("reflect", "edge"))
        if mode != "wrap":
            case(f"{mode} channels", "Pad", X, i64(0, 1, 0, 1, 0, 2, 0, 3), opset=opset, mode=mode)
            case(f"{mode} negative", "Pad", X, i64(0, 0, -2, 1, 0, 0, 1, -3), opset=opset, mode=mode)
        case(f"{mode} axes", "Pad", X, i64(1, 2), None, i64(-1), opset=19, mode=mode)
    case("value", "Pad", X, i64(0, 0, 2, 1, 0, 0, 1, 3), np.float32(0.7), opset=11)
    case("", "Tile", X, i64(1, 2, 1, 3), opset=13)
    case("", "Expand", X, i64(1, 3, 5, 64), shape=(3, 1, 64), opset=13)
    for perm in [[0, 2, 3, 1], [0, 3, 1, 2], [0, 1, 3, 2]]:
        case(str(perm), "Transpose", perm=perm)
    for axis in [1, 2, -1]:
        case(f"axis {axis}", "Concat", X, X, axis=axis)
    case("axis 1", "Flatten", axis=1)
    case("axis 2", "Flatten", shape=(3, 8, 8), axis=1, before=[("Transpose", {"perm": [0, 2, 1, 3]})])
    case("", "Squeeze", shape=(3, 1, 64), axes=[2], opset=11)
    case("", "Squeeze", X, i64(2), shape=(3, 1, 64), opset=13)
    case("", "Unsqueeze", axes=[1, -1], opset=11)
    case("", "Unsqueeze", X, i64(1, -1), opset=13)
    case("", "Dropout", X, np.float32(0.5), opset=13)

    # What has to be known beforehand.
    constants()


def constants():
    """NonZero, Range, ScatterND, Trilu and CumSum on constants, as masks are made of them."""
    def masked(label, nodes, initializers, opset=17, brief=False):
        nodes = [*nodes, helper.make_node("Mul", ["image", "mask"], ["y"], "mul"), helper.make_node("Reshape", ["y", "out_shape"], ["out"], "out")]
        tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in {**initializers, "out_shape": i64(0, -1)}.items()]
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 8, 8])], [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", "K"])], tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        cases.append((f"{label} of constants opset {opset}", model, brief, True))

    node = helper.make_node
    kept = (f(8, 8) > 0).astype(np.int64)
    masked("NonZero", [node("NonZero", ["k"], ["p"]), node("Transpose", ["p"], ["pt"], perm=[1, 0]), node("ScatterND", ["zeros", "pt", "ones"], ["mask"])],
        {"k": kept, "zeros": np.zeros((8, 8), np.float32), "ones": f(int(kept.sum()))}, brief=True)
    grid = np.stack(np.meshgrid(np.arange(2, 5), np.arange(1, 7), indexing="ij"), -1).astype(np.int64)
    masked("ScatterND", [node("ScatterND", ["zeros", "grid", "values"], ["m"]), node("Cast", ["m"], ["mask"], to=TensorProto.FLOAT)],
        {"zeros": np.zeros((8, 8), np.int64), "grid": grid, "values": np.arange(18).reshape(3, 6)}, brief=True)
    masked("Trilu, CumSum, Mod", [node("Trilu", ["ones"], ["t"], upper=0), node("CumSum", ["t", "axis"], ["s"]), node("Mod", ["s", "three"], ["r"]), node("Cast", ["r"], ["mask"], to=TensorProto.FLOAT)],
        {"ones": np.ones((8, 8), np.int64), "axis": np.int64(1), "three": np.int64(3)})
    masked("Where, And, Or, Not", [node("Less", ["a", "b"], ["l"]), node("Not", ["l"], ["n"]), node("And", ["n", "c"], ["d"]), node("Or", ["d", "e"], ["o"]), node("Where", ["o", "f", "g"], ["mask"])],
        {"a": f(8), "b": f(8, 1), "c": f(8) > 0, "e": f(8, 8) > 0.5, "f": f(8, 8), "g": np.float32(0)})
    masked("Range, Gather, Equal", [node("Range", ["zero", "eight", "one"], ["r"]), node("Gather", ["table", "r"], ["g"]), node("Equal", ["g", "two"], ["e"]), node("Cast", ["e"], ["mask"], to=TensorProto.FLOAT)],
        {"zero": np.int64(0), "eight": np.int64(8), "one": np.int64(1), "two": np.int64(2), "table": np.array([2, 1, 2, 0, 2, 2, 1, 0], np.int64)})
    masked("OneHot", [node("OneHot", ["p", "depth", "values"], ["mask"])], {"p": i64(3, 0, 7, 7, 1, -1, 2, 4), "depth": np.int64(8), "values": np.array([0.5, 2], np.float32)})
    masked("Floor division", [node("Div", ["a", "b"], ["d"]), node("Cast", ["d"], ["mask"], to=TensorProto.FLOAT)], {"a": i64(7, 9, 3, 10, 4, 22, 6, 1), "b": np.int64(3)})
    masked("EyeLike", [node("EyeLike", ["a"], ["mask"], k=1)], {"a": np.zeros((8, 8), np.float32)})


def main(path, brief):
    everything()
    flat = lambda values: base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()
    written, refused = [], 0
    for label, model, small, sloped in cases:
        if brief and not small:
            continue
        try:
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            run = lambda images: session.run(None, {"image": images})[0]
            found = run(IMAGE)
            weights = np.cos(0.7 * np.arange(found.size)).reshape(found.shape)
            ahead, behind = IMAGE + STEP * DIRECTION, IMAGE - STEP * DIRECTION
            slope = float(((run(ahead).astype(np.float64) - run(behind)) * weights).sum() / (2 * STEP)) if sloped else None
            if slope is not None and not np.isfinite(slope):
                slope = None
        except Exception as error:
            refused += 1
            if "--verbose" in sys.argv:
                print(label, "not computed by onnxruntime:", str(error).split("\n")[0][:200], file=sys.stderr)
            continue
        expected = {"sums": [float(f"{value:.7g}") for value in (found * weights).sum(1)]} if brief else {"values": flat(found)}
        written.append({"label": label, "model": base64.b64encode(model.SerializeToString()).decode(), "slope": slope and float(f"{slope:.6g}"), **expected})
    nhwc = IMAGE.transpose(0, 2, 3, 1)
    text = json.dumps({"image": flat(nhwc), "direction": flat(DIRECTION.transpose(0, 2, 3, 1)), "cases": written}, indent=0 if brief else None)
    open(path, "w").write(text + "\n")
    print(f"{len(written)} cases, {refused} that onnxruntime does not compute", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], "--brief" in sys.argv)
