"""How alike two pictures look: by the features of a network, not only pixel by pixel."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, leaky_relu

from ganworks.metrics.extractors.abstract import Extractor
from ganworks.metrics.extractors.convs import SLOPE, random_weights

Perceive = Callable[[Tensor], list[Tensor]]  # pictures (N, C, H, W) in [-1, 1] -> features (N, ...), differentiable


def convs(images: Tensor) -> list[Tensor]:
    """The maps of the random convolutions, with directions of length 1 at each place, as in LPIPS (arXiv 1801.03924).

    They need no weights and suit any kind of picture: strokes and edges count where they are, at four scales.
    """
    x, found = (images[:, :3] if images.shape[1] > 1 else images.expand(-1, 3, -1, -1)), []
    for weight in kernels():
        x = leaky_relu(conv2d(x, weight.to(x), padding=1), SLOPE)
        found.append(x / (x.square().sum(1, keepdim=True) + 1e-4).sqrt())
        if min(x.shape[2:]) < 2:
            break
        x = avg_pool2d(x, 2, ceil_mode=True)
    return found


@cache
def kernels() -> list[Tensor]:
    return random_weights(0)


def of(extractor: Extractor) -> Perceive:
    """The features of a network. ValueError, when used, if they have no gradient, as those of ONNX files."""

    def perceive(images: Tensor) -> list[Tensor]:
        features = extractor.read(images[:, :3] * 127.5 + 127.5).features.float()
        if images.requires_grad and not features.requires_grad:
            raise ValueError(
                f"features of {extractor.name} can't be followed back to the pixels; possible: convs, none"
            )
        return [features]

    return perceive


def distance(a: list[Tensor], b: list[Tensor]) -> Tensor:
    """The mean over layers of the squared differences of features, as shares of b's squares: (N,)."""
    each = [
        (x - y).flatten(1).square().mean(1) / y.flatten(1).square().mean(1).clamp_min(1e-6)
        for x, y in zip(a, b, strict=True)
    ]
    return torch.stack(each).mean(0)
