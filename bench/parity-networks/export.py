"""Writes networks of torchvision, timm and Hugging Face with random weights as ONNX, with what PyTorch computes of three images.

python export.py DIR tv:resnet18 timm:vit_tiny_patch16_224 'hf:vit{"hidden_size":48}' 'timm:swin_tiny_patch4_window7_224{"embed_dim":24,"depths":[2,2]}@56' ...

Behind a name stand options of it, as JSON without spaces, and the side of the images (64 otherwise). Before the names may
stand --exporters script,dynamo,whole (some of them) and --opset 13 (the exporter's default otherwise).

For each: NAME.<exporter>.onnx as users export it (batch norm folded), NAME.whole.onnx with every parameter under its own
name, NAME.gradients.onnx (the same graph with gradients in place of the parameters) and NAME.json with images and logits.
What PyTorch computes is computed in float64; `noise` is how far its float32 is from that.
"""
import argparse, base64, copy, json, logging, pathlib, sys, warnings
import numpy as np, onnx, timm, torch, torchvision
from onnx import numpy_helper

# Of the step of SGD.
RATE = 0.01

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


class Logits(torch.nn.Module):
    """A network of transformers, by its model type; what it gives is the tensor of logits alone."""

    def __init__(self, kind, size, options):
        from transformers import AutoConfig, AutoModelForImageClassification

        super().__init__()
        config = AutoConfig.for_model(kind, **({"image_size": size} | options), num_labels=10)
        self.network = AutoModelForImageClassification.from_config(config)

    def forward(self, pixel_values):
        return self.network(pixel_values).logits


def make(name, size):
    source, model = name.split(":", 1)
    model, _, text = model.partition("{")
    options = json.loads("{" + text) if text else {}
    torch.manual_seed(7)
    if source == "hf":
        return Logits(model, size, options)
    if source == "tv":
        if model[0].isupper():
            return getattr(torchvision.models, model)(num_classes=10, **options)
        options = ({"init_weights": True} if model in ("inception_v3", "googlenet") else {}) | options
        return torchvision.models.get_model(model, weights=None, num_classes=10, **options)
    try:
        return timm.create_model(model, pretrained=False, num_classes=10, img_size=size, **options)
    except TypeError:
        return timm.create_model(model, pretrained=False, num_classes=10, **options)


def shake(model):
    """Statistics that matter, no two parameters equal, layer scales that let gradients through."""
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.8, 1.25)
    for parameter in model.parameters():
        with torch.no_grad():
            if parameter.dim() > 1 and parameter.abs().max() < 1e-3:
                parameter.normal_(0, parameter[0].numel() ** -0.5)
            if parameter.dim() <= 1 or parameter.numel() == max(parameter.shape):
                if parameter.abs().max() < 1e-3:
                    parameter.normal_(0.5 if parameter.abs().max() > 0 else 0, 0.1)
                else:
                    parameter.add_(torch.randn_like(parameter) * 0.05)


def computed(model, images, labels):
    """Logits, the gradients of the loss, and the logits behind one step of SGD."""
    logits = model(images)
    torch.nn.functional.cross_entropy(logits, labels).backward()
    gradients = {key: value.grad for key, value in model.named_parameters() if value.grad is not None}
    before = copy.deepcopy(model.state_dict())
    with torch.no_grad():
        torch.optim.SGD(model.parameters(), lr=RATE).step()
        stepped = model(images)
    model.load_state_dict(before)
    return logits.detach(), gradients, stepped


def largest(gradients):
    return max(value.abs().max().item() for value in gradients.values())


def apart(found, expected, least=0):
    """The largest difference, in units of the largest value."""
    return (found.double() - expected).abs().max().item() / max(expected.abs().max().item(), least, 1e-30)


def export(model, images, path, **options):
    torch.onnx.export(model, (images,), str(path), **options)


EXPORTERS = {
    "script": {"dynamo": False},
    "dynamo": {"dynamo": True, "external_data": False, "verbose": False},
    "whole": {"dynamo": False, "training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False},
}


def write(folder, name, exporters, opset):
    name, _, side = name.partition("@")
    size = int(side or 64)
    label = name.partition("{")[0].replace(":", "-")
    model = make(name, size).eval()
    shake(model)
    images = torch.randn(3, 3, size, size)
    labels = torch.tensor([1, 4, 7])
    exact = copy.deepcopy(model).double()
    logits, gradients, stepped = computed(exact, images.double(), labels)
    found, rough, moved = computed(model, images, labels)
    apart_gradients = max(apart(rough[key], value, 1e-4 * largest(gradients)) for key, value in gradients.items())
    noise = [apart(found, logits), apart_gradients, apart(moved, stepped)]
    one = images[:1]
    for kind in exporters:
        options = EXPORTERS[kind] | ({"opset_version": opset} if opset else {})
        try:
            export(model, one, folder / f"{label}.{kind}.onnx", **options)
        except Exception as error:
            print(name, kind, "not exported:", str(error).split("\n")[0][:160], flush=True)
    whole = folder / f"{label}.whole.onnx"
    if whole.exists():
        graph = onnx.load(whole)
        for tensor in graph.graph.initializer:
            if tensor.name in gradients:
                tensor.CopyFrom(numpy_helper.from_array(gradients[tensor.name].float().numpy(), tensor.name))
        onnx.save(graph, folder / f"{label}.gradients.onnx")
    nhwc = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
    content = {
        "name": name,
        "size": size,
        "images": base64.b64encode(nhwc.tobytes()).decode(),
        "labels": labels.tolist(),
        "logits": logits.tolist(),
        "rate": RATE,
        "stepped": stepped.tolist(),
        "noise": noise,
    }
    (folder / f"{label}.json").write_text(json.dumps(content))
    print(name, flush=True)


def main(folder, names, **how):
    for name in names:
        try:
            write(folder, name, **how)
        except Exception as error:
            print(name, "not computed:", str(error).split("\n")[0][:160], flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--exporters", type=lambda text: text.split(","), default=list(EXPORTERS))
    parser.add_argument("--opset", type=int)
    given = parser.parse_intermixed_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    names = given.names or (pathlib.Path(__file__).parent / "networks.txt").read_text().split()
    main(given.folder, names, exporters=given.exporters, opset=given.opset)
