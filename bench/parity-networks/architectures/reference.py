"""What PyTorch computes: writes the weights of a network with random numbers that matter (running statistics, scales,
tokens), three inputs, their logits, and the gradient of the loss with respect to every weight.

    python reference.py SOURCE NAME FOLDER      SOURCE: torchvision, timm, huggingface

With sides.safetensors in FOLDER (which side of each kink of its ReLUs each value is on, one tensor a ReLU in the order
in which they are computed: 0 below, 1 between, 2 above the 6 of a ReLU6) the gradients are those of the same network
with its values on these sides, and `kinks` says what share of them this moves, and the farthest of those from its kink,
over the largest value of its ReLU.
"""

import json, os, sys
import torch
from safetensors.torch import load_file, save_file

source, name, folder = sys.argv[1:4]
torch.manual_seed(int(os.environ.get("SEED", "0")))
os.makedirs(folder, exist_ok=True)
config = None
if source == "torchvision":
    import torchvision

    options = {"init_weights": False} if name.startswith("vgg") else {}
    model = torchvision.models.get_model(name, num_classes=10, **options)
    size = 224
elif source == "timm":
    import timm

    options = {"img_size": 224} if "dinov2" in name else {}
    model = timm.create_model(name, num_classes=10, **options)
    size = 224
else:
    import transformers

    kind, _, variant = name.partition(":")
    options = {
        "resnet18": dict(depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512], layer_type="basic"),
        "resnet-v1": dict(downsample_in_bottleneck=True),
        "small": dict(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, intermediate_size=1536),
        "dino-small": dict(hidden_size=384, num_attention_heads=6, patch_size=14, image_size=224),
    }.get(variant, {})
    configuration = getattr(transformers, kind + "Config")(num_labels=10, **options)
    model = getattr(transformers, kind + "ForImageClassification")(configuration)
    config = configuration.to_dict()
    size = 224

model.eval()
with torch.no_grad():
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.LayerNorm)):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.1)
        elif isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)) and module.bias is not None:
            module.bias.normal_(0, 0.1)
    for key, parameter in model.named_parameters():
        if not parameter.any():
            parameter.normal_(0, 0.05)
        last = key.split(".")[-1]
        if any(part in last for part in ("gamma", "lambda1", "layer_scale")):
            parameter.uniform_(0.2, 0.8)
        elif any(part in key for part in ("token", "pos_embed", "position_embed", "bias_table")):
            parameter.normal_(0, 0.5)

images = torch.randn(3, 3, size, size)
labels = torch.tensor([1, 7, 4])


def compute(model, images):
    model.zero_grad()
    logits = model(images)
    logits = getattr(logits, "logits", logits)
    torch.nn.functional.cross_entropy(logits, labels).backward()
    gradients = {key: value.grad.clone() for key, value in model.named_parameters() if value.grad is not None}
    return logits.detach().clone(), gradients


def difference(found, expected, least=1e-12):
    return float((found.double() - expected).abs().max() / expected.abs().max().clamp_min(least))


class OnSides(torch.nn.Module):
    """A ReLU whose values lie on given sides of its kinks."""

    def __init__(self, sides, kinks, top=False):
        super().__init__()
        self.sides, self.kinks, self.top = sides, kinks, top

    def forward(self, x):
        side = self.sides.pop(0).to(torch.int8)
        assert side.shape == x.shape, (side.shape, x.shape)
        top = 6 if self.top else float("inf")
        own = (x > 0).to(torch.int8) + (x >= top).to(torch.int8)
        moved = own != side
        if moved.any():
            away = torch.minimum(x[moved].abs(), (x[moved] - top).abs())
            self.kinks["count"] += int(moved.sum())
            self.kinks["farthest"] = max(self.kinks["farthest"], float(away.max() / x.abs().max()))
        self.kinks["all"] += x.numel()
        return torch.where(side == 1, x, torch.where(side == 2, torch.full_like(x, 6), torch.zeros_like(x)))


def put_on_sides(model, sides, kinks):
    for parent in list(model.modules()):
        for key, child in list(parent.named_children()):
            top = isinstance(child, torch.nn.ReLU6) or (isinstance(child, torch.nn.Hardtanh) and child.max_val == 6)
            if top or isinstance(child, torch.nn.ReLU):
                setattr(parent, key, OnSides(sides, kinks, top))


sides_file = os.path.join(folder, "sides.safetensors")
if os.path.exists(sides_file):
    given = load_file(sides_file)
    sides, kinks = [given[key] for key in sorted(given)], {"count": 0, "all": 0, "farthest": 0.0}
    put_on_sides(model, sides, kinks)
    # DenseNet's last one is a function.
    last = OnSides(sides, kinks)
    torch.nn.functional.relu = lambda x, inplace=False: last(x)
    _, gradients = compute(model.double(), images.double())
    assert not sides, f"{len(sides)} ReLUs are left"
    found = {f"gradient:{key}": value.float().contiguous() for key, value in gradients.items()}
    found["kinks"] = torch.tensor([kinks["count"] / kinks["all"], kinks["farthest"]])
    save_file(found, os.path.join(folder, "on-sides.safetensors"))
    sys.exit()

# In float64; what PyTorch makes of it in float32 shows how much rounding alone changes, at the kinks of ReLUs too.
single_logits, single = compute(model, images)
logits, gradients = compute(model.double(), images.double())
model.float()
# The gradient of a key's bias is 0, so its share says nothing.
least = 1e-6 * max(float(value.abs().max()) for value in gradients.values())
rounding = max(difference(single[key], gradients[key], least) for key in gradients)
noise = [difference(single_logits, logits), rounding]
state = {key: value.contiguous().clone() for key, value in model.state_dict().items()}
save_file(state, os.path.join(folder, "model.safetensors"))
expected = {f"gradient:{key}": value.float().contiguous() for key, value in gradients.items()}
expected.update(images=images, logits=logits.float(), noise=torch.tensor(noise))
save_file(expected, os.path.join(folder, "expected.safetensors"))
if config is not None:
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, default=str)
