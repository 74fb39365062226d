"""Pictures from autoregressive nets, pixel by pixel, each feature computed once.

Ramachandran et al. 2017 (arXiv 1704.06001): what a layer found for earlier pixels is kept. What comes from rows above
is made for a whole row at once; a pixel then costs a few small matrix products a layer.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from ganworks.layers.convolution import Convolution

Choose = Callable[[Tensor, Tensor], Tensor]  # parameters (N, P), noise (N, 1 + C) -> values (N, C)


def plain(layer: nn.Conv2d, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Weights (C, D) and bias (D,) of a 1x1 convolution."""
    assert layer.bias is not None
    return layer.weight.to(dtype).flatten(1).t(), layer.bias.to(dtype)


class Head(nn.Module):
    """Features (N, width, H, W) -> parameters (N, P, H, W), never in bf16: a mean would be a quarter of a value off."""

    def __init__(self, width: int, first_guess: Tensor):
        super().__init__()
        self.inner = Convolution(width, width, 1)
        self.outer = Convolution(width, len(first_guess), 1)
        with torch.no_grad():
            self.outer.bias.copy_(first_guess)  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        x = self.inner(x.relu()).relu()
        with torch.autocast(x.device.type, enabled=False):
            return self.outer(x.to(self.outer.weight.dtype))


class Brush(Protocol):
    """A layer in the middle of a picture."""

    def begin(self, above: Tensor | None) -> Tensor | None:
        """Begin a row. above: what the layer before has for it (N, W, C), for the first layer the row that is done."""

    def pixel(self, column: int, x: Tensor) -> Tensor:
        """The layer's features (N, D) at a pixel, of its input there (N, C), or of the pixel before for the first."""


class Autoregressive(nn.Module):
    """A net whose parameters (N, P, H, W) for each pixel depend only on those before it, row by row."""

    head: Head

    @abstractmethod
    def brushes(self, num: int, width: int, label: Tensor | None, dtype: torch.dtype) -> Sequence[Brush]:
        """The layers, to paint `num` pictures of so many columns."""


def exact(device: torch.device) -> torch.dtype:
    """Float64, so that no order of summation decides what a pixel becomes; Metal GPUs have float32 at most."""
    return torch.float32 if device.type == "mps" else torch.float64


@torch.no_grad()
def paint(net: Autoregressive, noise: Tensor, choose: Choose, label: Tensor | None = None) -> Tensor:
    """noise (N, 1 + C, H, W), labels (N,) or None -> pictures (N, C, H, W) in [-1, 1]."""
    dtype = exact(noise.device)
    num, numbers, height, width = noise.shape
    rolls = noise.to(dtype).permute(2, 3, 0, 1).contiguous()
    brushes = net.brushes(num, width, label, dtype)
    head = [plain(layer, dtype) for layer in (net.head.inner, net.head.outer)]
    picture = rolls.new_zeros(height, width, num, numbers - 1)
    done = rolls.new_zeros(num, width, numbers - 1)
    for row in range(height):
        above: Tensor | None = done
        for brush in brushes:
            above = brush.begin(above)
        value = torch.zeros_like(picture[0, 0])
        for column in range(width):
            x = value
            for brush in brushes:
                x = brush.pixel(column, x)
            for weight, bias in head:
                x = torch.addmm(bias, x.relu(), weight)
            picture[row, column] = value = choose(x, rolls[row, column])
        done = picture[row].transpose(0, 1)
    return picture.permute(2, 3, 0, 1).float()
