"""Runs one row of bench/explain/versus.ts in the peer library; prints one JSON document.

python bench/explain/peers.py ROW FOLDER [--images 2] [--layout channels_last|contiguous] [--code DIR]

FOLDER is what versus.ts prepared: weights.safetensors (float32, torchvision's names), images.npy (float32 [N, H, W, 3],
preprocessed), targets.npy (int32 [N]). Maps go to FOLDER/ROW.peer.npy (float32 [n, H, W]).
CODE is a copy of the authors' repository, for the rows that have no package (Group-CAM, RISE).
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time

import numpy as np
import torch
import torchvision
from safetensors.torch import load_file

LONG_CALL_S = 15


def network(folder, layout):
    """torchvision's ResNet-50 with the stride in the first 1x1 convolution of a stage, as the weights want it."""
    weights = load_file(os.path.join(folder, "weights.safetensors"))
    model = torchvision.models.resnet50(num_classes=weights["fc.bias"].numel())
    model.load_state_dict(weights, strict=False)
    for stage in (model.layer2, model.layer3, model.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    # Some hooks of the peers do not bear a ReLU in place.
    for module in model.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
    return model.eval().to(memory_format=layout)


def pytorch_grad_cam(name):
    def make(model, _):
        import pytorch_grad_cam
        import pytorch_grad_cam.score_cam
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget, ClassifierOutputSoftmaxTarget

        cam = getattr(pytorch_grad_cam, name)(model=model, target_layers=[model.layer4[-1]])
        kind = ClassifierOutputSoftmaxTarget if name == "ScoreCAM" else ClassifierOutputTarget
        # Its progress bar is no part of the work.
        pytorch_grad_cam.score_cam.tqdm.tqdm = lambda rows: rows
        return lambda image, target: cam(input_tensor=image, targets=[kind(target)])[0]

    return make


def group_cam(model, options):
    sys.path.insert(0, options.code)
    torch.Tensor.cuda = lambda tensor, *_, **__: tensor  # the code asks for a GPU in two places
    from cam import GroupCAM

    explainer = GroupCAM(model, target_layer="layer4.2", groups=32)

    def run(image, target):
        found = explainer(image, class_idx=target)
        # It returns None for a map of one value.
        return np.zeros(image.shape[-2:], np.float32) if found is None else found.detach().numpy()[0, 0]

    return run


def rise(model, options):
    sys.path.insert(0, options.code)
    torch.Tensor.cuda = lambda tensor, *_, **__: tensor
    from explanations import RISE

    count, cells, share, size = 1000, 7, 0.5, options.size
    explainer = RISE(torch.nn.Sequential(model, torch.nn.Softmax(dim=1)), (size, size), gpu_batch=100)
    np.random.seed(0)
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        explainer.generate_masks(count, cells, share, savepath=file.name)
    # The same draws once more: camtune makes its masks of them.
    np.random.seed(0)
    grids = np.random.rand(count, cells, cells) < share
    cell = int(np.ceil(size / cells))
    offsets = [[np.random.randint(0, cell), np.random.randint(0, cell)] for _ in range(count)]
    np.save(os.path.join(options.folder, "grids.npy"), grids.astype(np.float32))
    np.save(os.path.join(options.folder, "offsets.npy"), np.array(offsets, np.int32))

    def run(image, target):
        with torch.no_grad():
            return explainer(image)[target].numpy()

    return run


def integrated_gradients(model, _):
    from captum.attr import IntegratedGradients

    explainer = IntegratedGradients(model)

    def run(image, target):
        found = explainer.attribute(image, baselines=0, target=target, n_steps=50, method="riemann_right")
        return found.detach().abs().amax(1)[0].numpy()

    return run


def smoothgrad(model, options):
    from captum.attr import NoiseTunnel, Saliency

    samples, spread = 25, 0.15
    explainer = NoiseTunnel(Saliency(model))
    # The numbers that the tunnel will draw, for camtune.
    torch.manual_seed(0)
    noise = torch.normal(0, torch.ones(samples, 3, options.size, options.size))
    np.save(os.path.join(options.folder, "noise.npy"), noise.permute(0, 2, 3, 1).contiguous().numpy())

    def run(image, target):
        torch.manual_seed(0)
        deviation = spread * float(image.max() - image.min())
        found = explainer.attribute(
            image, nt_type="smoothgrad", nt_samples=samples, stdevs=deviation, target=target, abs=False
        )
        return found.detach().abs().amax(1)[0].numpy()

    return run


def xrai(model, options):
    from saliency.core import XRAI
    from saliency.core.base import INPUT_OUTPUT_GRADIENTS

    def gradients(images, call_model_args=None, expected_keys=None):
        x = torch.from_numpy(np.asarray(images, np.float32)).permute(0, 3, 1, 2)
        x = x.contiguous(memory_format=options.memory_format).requires_grad_(True)
        scores = model(x)[:, call_model_args["target"]]
        (found,) = torch.autograd.grad(scores.sum(), x)
        return {INPUT_OUTPUT_GRADIENTS: found.permute(0, 2, 3, 1).contiguous().numpy()}

    def run(image, target):
        pixels = image[0].permute(1, 2, 0).contiguous().numpy()
        return XRAI().GetMask(pixels, gradients, call_model_args={"target": target}, batch_size=20)

    return run


ROWS = {
    "grad-cam": pytorch_grad_cam("GradCAM"),
    "layer-cam": pytorch_grad_cam("LayerCAM"),
    "score-cam": pytorch_grad_cam("ScoreCAM"),
    "group-cam": group_cam,
    "rise": rise,
    "integrated-gradients": integrated_gradients,
    "smoothgrad": smoothgrad,
    "xrai": xrai,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("folder")
    parser.add_argument("--images", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--layout", choices=["channels_last", "contiguous"], default="channels_last")
    parser.add_argument("--code")
    options = parser.parse_args()
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format
    options.memory_format = layout
    images = np.load(os.path.join(options.folder, "images.npy"))[: options.images]
    targets = np.load(os.path.join(options.folder, "targets.npy"))[: options.images]
    options.size = images.shape[1]
    run = ROWS[options.row](network(options.folder, layout), options)

    def call(index):
        image = torch.from_numpy(images[index : index + 1]).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        started, busy = time.perf_counter(), time.process_time()
        found = run(image, int(targets[index]))
        return found, ((time.perf_counter() - started) * 1000, (time.process_time() - busy) * 1000)

    maps, times = map(list, zip(*(call(index) for index in range(len(images)))))
    first = times[0][0]
    # A call that takes long needs no warm-up of its own.
    if first < LONG_CALL_S * 1000:
        times = [call(index)[1] for _ in range(options.repeats) for index in range(len(images))]
    np.save(os.path.join(options.folder, f"{options.row}.peer.npy"), np.stack(maps).astype(np.float32))
    wall, cpu = np.median(times, axis=0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"msPerImage": wall, "cpuMsPerImage": cpu, "firstCallMs": first, "peakMemoryMB": peak}))


if __name__ == "__main__":
    main()
