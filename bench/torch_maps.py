# Maps of a network in PyTorch, epoch by epoch, for `camtune monitor --from DIR`:  python bench/torch_maps.py DIR
import pathlib, sys
import numpy as np
import torch

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
images, labels = torch.rand(16, 3, 32, 32), torch.arange(16) % 2
images[labels == 1, 0, 8:24, 8:24] += 1
layer = torch.nn.Conv2d(3, 8, 3, stride=4)
network = torch.nn.Sequential(layer, torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(8, 2))
optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
for epoch in range(4):
    with torch.no_grad():  # LaFAM: the mean over the channels; of the images, and of the images mirrored for the noise floor
        for name, seen in [("", images), (".flip", images.flip(3))]:
            np.save(folder / f"epoch-{epoch:03}{name}.npy", layer(seen).relu().mean(1).numpy())
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(network(images), labels).backward()
    optimizer.step()
