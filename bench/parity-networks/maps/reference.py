"""What PyTorch makes of a vision transformer of timm: writes its weights (random numbers that matter), the same network
as ONNX, two images, and maps of both: attention methods as methods.py has them, and those of pytorch-grad-cam.

    python reference.py NAME FOLDER [JSON]      JSON: arguments of timm.create_model, {"img_size": [32, 48]}
"""

import json, os, sys, warnings
import numpy as np
import timm, torch
from safetensors.torch import save_file
from methods import Recorder, chefer, legrad, rollout, shake

warnings.filterwarnings("ignore")
name, folder = sys.argv[1:3]
options = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
os.makedirs(folder, exist_ok=True)
model = shake(timm.create_model(name, num_classes=10, **options))
size = model.patch_embed.img_size
grid = model.patch_embed.grid_size
images = torch.randn(2, 3, *size)
targets = [1, 7]
expected = {"images": images, "targets": torch.tensor(targets, dtype=torch.float32), "logits": model(images).detach()}


def stacked(make):
    each = [make(images[index : index + 1], target) for index, target in enumerate(targets)]
    return torch.stack([torch.as_tensor(np.asarray(one)) for one in each]).float().contiguous()


with Recorder(model) as recorder:
    expected["attention-rollout"] = stacked(lambda image, _: rollout(recorder, image)).reshape(2, *grid)
    expected["chefer"] = stacked(lambda image, target: chefer(recorder, image, target).detach()).reshape(2, *grid)
    expected["legrad"] = stacked(lambda image, target: legrad(recorder, image, target).detach()).reshape(2, *grid)

import pytorch_grad_cam as library
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget


def as_image(tokens):
    patches = tokens[:, model.num_prefix_tokens :]
    return patches.reshape(len(tokens), *grid, -1).permute(0, 3, 1, 2)


peers = {
    "grad-cam": library.GradCAM,
    "xgrad-cam": library.XGradCAM,
    "grad-cam++": library.GradCAMPlusPlus,
    "layer-cam": library.LayerCAM,
}
for key, peer in peers.items():
    cam = peer(model=model, target_layers=[model.blocks[-1].norm1], reshape_transform=as_image)
    expected[f"peer:{key}"] = stacked(
        lambda image, target: cam(input_tensor=image, targets=[ClassifierOutputTarget(target)])[0]
    )

save_file({key: value.contiguous() for key, value in expected.items()}, os.path.join(folder, "expected.safetensors"))
metadata = {"heads": str(model.blocks[0].attn.num_heads)}
state = {key: value.contiguous().clone() for key, value in model.state_dict().items()}
save_file(state, os.path.join(folder, "model.safetensors"), metadata=metadata)
with torch.no_grad():
    torch.onnx.export(model, (images,), os.path.join(folder, "model.onnx"), dynamo=False, input_names=["x"],
                      dynamic_axes={"x": {0: "batch"}})
