"""The nets of R3GAN, for pictures of any size.

Huang et al. 2025, "The GAN is dead; long live the GAN!" (arXiv 2501.05441), section 3, and the settings of the
authors' code: no norm anywhere; residual blocks of 1x1, grouped 3x3 and 1x1 convolutions with twice the channels
inside; leaky ReLU 0.2; smooth resampling; a learned map at the coarsest stage in place of a fully connected layer.

Blocks add to their input and start as the identity, so signals keep their size without norms.
"""

from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganworks.layers.convolution import Convolution
from ganworks.layers.resample import double, halve
from ganworks.nets.stages import Size, crop, planes, stages

SLOPE = 0.2
GAIN = (2 / (1 + SLOPE**2)) ** 0.5  # keeps the variance through a leaky ReLU
EXPANSION = 2
MOST = 8  # the coarsest stages have at most 8 x the finest's channels
L = TypeVar("L", nn.Conv2d, nn.Linear)


class Block(nn.Module):
    """x + f(x), (N, C, H, W): f widens by a 1x1 convolution, mixes by a grouped 3x3 one, and narrows by a 1x1 one.

    num_blocks: in the whole net; the first two convolutions start smaller by its fourth root, the last at zero.
    """

    def __init__(self, channels: int, group: int, num_blocks: int):
        super().__init__()
        inner = EXPANSION * channels
        gain = GAIN * num_blocks**-0.25
        self.widen = started(Convolution(channels, inner, 1), gain)
        self.mix = started(Convolution(inner, inner, 3, padding=1, groups=num_groups(inner, group)), gain)
        self.narrow = started(Convolution(inner, channels, 1, bias=False), 0.0)

    def forward(self, x: Tensor) -> Tensor:
        y = leaky_relu(self.widen(x), SLOPE, inplace=True)
        y = leaky_relu(self.mix(y), SLOPE, inplace=True)
        return x + self.narrow(y)


class Generator(nn.Module):
    """(N, latent) -> (N, channels, height, width), without a bound: the nets have no tanh.

    width: channels at full size, doubled at each coarser stage, at most to 8 x width.
    num_blocks: residual blocks in each stage; the paper has 2.
    group: channels in each group of the 3x3 convolutions; the paper has 16.
    """

    def __init__(
        self, size: Size, channels: int, latent: int = 64, *, width: int = 32, num_blocks: int = 1, group: int = 16
    ):
        super().__init__()
        self.sizes = stages(size)
        widths = planes(len(self.sizes), width, MOST)
        total = num_blocks * len(widths)
        self.project = started(nn.Linear(latent, widths[0], bias=False))
        self.basis = nn.Parameter(torch.randn(widths[0], *self.sizes[0]))
        self.blocks = nn.ModuleList(
            nn.Sequential(*[Block(plane, group, total) for _ in range(num_blocks)]) for plane in widths
        )
        self.change = nn.ModuleList(
            started(Convolution(coarse, fine, 1, bias=False)) if coarse != fine else nn.Identity()
            for coarse, fine in pairwise(widths)
        )
        self.last = started(Convolution(widths[-1], channels, 1, bias=False))

    def forward(self, z: Tensor) -> Tensor:
        y = self.project(z)
        x = y[:, :, None, None] * self.basis.to(y.dtype)
        x = self.blocks[0](x.contiguous(memory_format=torch.channels_last))
        for change, blocks, size in zip(self.change, self.blocks[1:], self.sizes[1:], strict=True):
            x = blocks(crop(double(change(x)), size))
        return self.last(x)


class Discriminator(nn.Module):
    """(N, channels, height, width) -> logits (N,); G's mirror image. `features` are what the basis reads, (N, C)."""

    def __init__(self, size: Size, channels: int, *, width: int = 32, num_blocks: int = 1, group: int = 16):
        super().__init__()
        sizes = stages(size)[::-1]
        widths = planes(len(sizes), width, MOST)[::-1]
        total = num_blocks * len(widths)
        self.first = started(Convolution(channels, widths[0], 1, bias=False))
        self.blocks = nn.ModuleList(
            nn.Sequential(*[Block(plane, group, total) for _ in range(num_blocks)]) for plane in widths
        )
        self.change = nn.ModuleList(
            started(Convolution(fine, coarse, 1, bias=False)) if coarse != fine else nn.Identity()
            for fine, coarse in pairwise(widths)
        )
        height, breadth = sizes[-1]
        self.basis = nn.Parameter(torch.randn(widths[-1], height, breadth) / (height * breadth) ** 0.5)
        self.num_features = widths[-1]
        self.head = started(nn.Linear(widths[-1], 1, bias=False))

    def features(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for blocks, change in zip(self.blocks, self.change, strict=False):
            x = change(halve(blocks(x)))
        return (self.blocks[-1](x) * self.basis).sum((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x)).flatten()


def num_groups(channels: int, group: int) -> int:
    """How many equal groups of about `group` channels, or a little more."""
    return next(num for num in range(max(channels // group, 1), 0, -1) if channels % num == 0)


def started(layer: L, gain: float = 1.0) -> L:
    """The layer with normal weights that keep the variance times gain squared, and biases 0."""
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, 0.0, gain / fan_in**0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
