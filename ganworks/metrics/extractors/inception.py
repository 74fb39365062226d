"""The network of published FIDs and Inception Scores, fed exactly as torch-fidelity feeds it."""

from pathlib import Path

import torch
from torch import Tensor, nn

from ganworks.metrics.extractors.abstract import Network
from ganworks.metrics.extractors.prepare import RGB, resize_as_tensorflow_1, with_channels
from ganworks.metrics.extractors.weights import digest, fetch, fit, load_tensors
from ganworks.nets.inception import CLASSES, NUM_FEATURES, SIDE, Inception

URL = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"


def inception(weights: Path | None = None, device: str = "cpu") -> Network:
    """The 2,048 features before the last layer, and logits of 1,008 classes, for which there are no names.

    weights: torch-fidelity's file, as it is or as .safetensors; it is downloaded if not given.
    """
    path = weights or fetch(URL, "the Inception weights")
    tensors = load_tensors(path)
    with torch.device("meta"):  # without starting values, which take time and random numbers
        net = Inception()
        # The Inception Score has always been computed from logits without the biases.
        head = nn.Linear(NUM_FEATURES, CLASSES, bias=False)
    net.to_empty(device="cpu")
    fit(net, tensors, path, "the Inception network of 2015-12-05")
    net = net.fold().to(device)
    head.weight = net.fc.weight
    facts = {
        "network": "inception 2015-12-05",
        "weights": digest(tensors),
        "features": "2048 before the last layer",
        "logits": "without biases",
        "size": [SIDE, SIDE],
        "resize": "bilinear as in TensorFlow 1, not antialiased",
        "range": "(bytes - 128) / 128",
        "channels": RGB,
        "version": 1,
    }
    return Network("inception", facts, as_input, net.features, head)


def as_input(pictures: Tensor) -> Tensor:
    """Bytes (N, C, H, W) -> (N, 3, 299, 299) in [-1, 1)."""
    return resize_as_tensorflow_1(with_channels(pictures, 3), SIDE).sub_(128).div_(128)
