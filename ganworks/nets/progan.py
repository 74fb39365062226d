"""Nets that grow: their coarse stages are trained first, on small pictures, and finer ones are faded in.

Karras et al. 2018 (arXiv 1710.10196), section 2, figure 2 and table 2: two 3x3 convolutions in each stage, doubling by
nearest neighbours, halving by the mean, equalised rates, pixel norm in G, the minibatch's deviation before D's last
block, no function at G's end. As in the authors' code a convolution beside a doubling or halving is one with it.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, leaky_relu

from ganworks.layers.convolution import convolve, convolve_transposed, spread
from ganworks.layers.equalized import EqualConvolution, EqualLinear, PixelNorm
from ganworks.layers.minibatch import MinibatchDeviationMap
from ganworks.layers.resample import pad_to_even
from ganworks.nets.stages import Size, crop, planes

SLOPE = 0.2
GAIN = 2**0.5
MOST = 32  # the coarsest stages have at most 32 x the channels of the finest


class Growth(nn.Module):
    """How far the nets have grown, which G and D share: the finest stage in use, and how much of it is faded in."""

    level: Tensor
    fade: Tensor

    def __init__(self, level: int):
        super().__init__()
        self.register_buffer("level", torch.tensor(level))
        self.register_buffer("fade", torch.tensor(1.0))

    def set(self, level: int, fade: float) -> None:
        self.level.fill_(level)
        self.fade.fill_(fade)

    def now(self) -> tuple[int, float]:
        return int(self.level), float(self.fade)


class EqualDouble(EqualConvolution):
    """Each place repeated 2x2, then a 3x3 convolution: (N, in, H, W) -> (N, out, 2 H, 2 W)."""

    def forward(self, x: Tensor) -> Tensor:
        weight = spread(self.weight.flip(2, 3) * self.scale).transpose(0, 1)
        return convolve_transposed(x, weight, self.bias, stride=2, padding=1)


class EqualHalve(EqualConvolution):
    """A 3x3 convolution, then the mean of each 2x2 places: (N, in, H, W) -> (N, out, H/2, W/2), rounded up."""

    def forward(self, x: Tensor) -> Tensor:
        weight = spread(self.weight * (self.scale / 4))
        return convolve(pad_to_even(x), weight, self.bias, stride=2, padding=1)


class EqualPointwise(EqualLinear):
    """A 1x1 convolution, (N, in, H, W) -> (N, out, H, W), as a product: with one channel many times faster."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Generator(nn.Module):
    """(N, latent) -> (N, channels, *sizes[level]), without a bound; sizes go from the coarsest to the finest.

    width: channels at full size, doubled at each coarser stage, at most to 32 x width; the paper has 16.
    """

    def __init__(self, sizes: list[Size], channels: int, latent: int, width: int, growth: Growth):
        super().__init__()
        self.sizes, self.growth = sizes, growth
        self.widths = planes(len(sizes), width, MOST)
        height, breadth = sizes[0]
        self.norm = PixelNorm()
        self.project = EqualLinear(latent, self.widths[0] * height * breadth, gain=GAIN)
        self.first = EqualConvolution(self.widths[0], self.widths[0], 3, gain=GAIN)
        self.up = nn.ModuleList(EqualDouble(coarse, fine, 3, gain=GAIN) for coarse, fine in pairwise(self.widths))
        self.mix = nn.ModuleList(EqualConvolution(plane, plane, 3, gain=GAIN) for plane in self.widths[1:])
        self.pictures = nn.ModuleList(EqualPointwise(plane, channels) for plane in self.widths)

    def forward(self, z: Tensor) -> Tensor:
        level, fade = self.growth.now()
        height, width = self.sizes[0]
        x = self.project(self.norm(z)).view(len(z), height, width, self.widths[0]).permute(0, 3, 1, 2)
        x = before = self.act(self.first(self.act(x)))
        for up, mix, size in zip(self.up[:level], self.mix, self.sizes[1:], strict=False):
            x, before = self.act(mix(self.act(crop(up(x), size)))), x
        picture = self.pictures[level](x)
        if level and fade < 1:
            picture = enlarged(self.pictures[level - 1](before), self.sizes[level]).lerp(picture, fade)
        return picture

    def act(self, x: Tensor) -> Tensor:
        return self.norm(leaky_relu(x, SLOPE))


class Discriminator(nn.Module):
    """(N, channels, *sizes[level]) -> logits (N,); G's mirror image."""

    def __init__(self, sizes: list[Size], channels: int, width: int, growth: Growth):
        super().__init__()
        self.growth = growth
        widths = planes(len(sizes), width, MOST)
        height, breadth = sizes[0]
        self.pictures = nn.ModuleList(EqualPointwise(channels, plane, gain=GAIN) for plane in widths)
        self.mix = nn.ModuleList(EqualConvolution(plane, plane, 3, gain=GAIN) for plane in widths[1:])
        self.down = nn.ModuleList(EqualHalve(fine, coarse, 3, gain=GAIN) for coarse, fine in pairwise(widths))
        self.deviation = MinibatchDeviationMap()
        self.last = EqualConvolution(widths[0] + 1, widths[0], 3, gain=GAIN)
        self.num_features = widths[0]
        self.whole = EqualLinear(widths[0] * height * breadth, self.num_features, gain=GAIN)
        self.head = EqualLinear(self.num_features, 1)

    def features(self, x: Tensor) -> Tensor:
        """(N, channels, *sizes[level]) -> (N, num_features)."""
        level, fade = self.growth.now()
        y = act(self.pictures[level](x))
        for k in reversed(range(level)):
            y = act(self.down[k](act(self.mix[k](y))))
            if k == level - 1 and fade < 1:
                y = act(self.pictures[k](halved(x))).lerp(y, fade)
        y = act(self.last(self.deviation(y)))
        return act(self.whole(y.permute(0, 2, 3, 1).flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x)).flatten()


def act(x: Tensor) -> Tensor:
    return leaky_relu(x, SLOPE)


def enlarged(x: Tensor, size: Size) -> Tensor:
    """Pictures (N, C, H, W) of a stage at the next one's size, by nearest neighbours: (N, C, *size)."""
    return crop(interpolate(x, scale_factor=2.0, mode="nearest"), size)


def halved(x: Tensor) -> Tensor:
    """Pictures (N, C, H, W) at the size of the stage before, (N, C, H/2, W/2), rounded up: the mean of 2x2 places."""
    return avg_pool2d(pad_to_even(x), 2)
