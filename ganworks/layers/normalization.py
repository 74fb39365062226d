"""What a critic may be normalised with, by name."""

from typing import Literal, TypeVar, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import _SpectralNorm, spectral_norm

Norm = Literal["batch", "layer", "spectral", "none"]
M = TypeVar("M", bound=nn.Module)


class Bias(nn.Module):
    """What is left of a norm without the norm, as the layer before it has no bias: (N, C, ...) -> (N, C, ...)."""

    def __init__(self, num_channels: int):
        super().__init__()
        self.num_channels = num_channels
        self.bias = nn.Parameter(torch.zeros(num_channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias.view(-1, *[1] * (x.ndim - 2)).to(x.dtype)


def check_norm(norm: str) -> None:
    """Raise ValueError unless it is one of `Norm`."""
    if norm not in get_args(Norm):
        raise ValueError(f"norm is '{norm}'; possible: {', '.join(get_args(Norm))}")


def between(norm: str, channels: int) -> nn.Module:
    """The norm that stands between a convolution and its activation, on (N, C, H, W).

    "layer" takes the mean and variance of each example over channels and places, and has a gain for each channel,
    as in WGAN-GP's code. "spectral" acts on the weights, so nothing stands between.
    """
    if norm == "batch":
        return nn.BatchNorm2d(channels)
    if norm == "layer":
        return nn.GroupNorm(1, channels)
    return nn.Identity()


def constrain(layer: M, norm: str) -> M:
    """The layer, its largest singular value divided out if `norm` is "spectral".

    Miyato et al. 2018 (arXiv 1802.05957), algorithm 1: one step of power iteration each time it runs in training.
    """
    return cast(M, spectral_norm(layer)) if norm == "spectral" else layer


def has_batch_norm(network: nn.Module) -> bool:
    """Whether an example's output depends on its batch."""
    return any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in network.modules())


def has_state(network: nn.Module) -> bool:
    """Whether a pass in training changes the next one, so that two passes of half a batch are not one of the whole."""
    return has_batch_norm(network) or any(isinstance(module, _SpectralNorm) for module in network.modules())
