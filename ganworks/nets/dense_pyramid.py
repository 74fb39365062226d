"""The transmission net of DCPDN: a dense encoder and decoder, and means of wider and wider places beside its maps."""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ganworks.layers.convolution import Convolution, Double, Halve
from ganworks.nets.unet import pad_to

LEVELS = 3
POOLS = (4, 8, 16, 32)  # sides of the places whose means are seen


class DensePyramid(nn.Module):
    """(N, in, H, W) -> (N, out, H, W), any value, any sides. Zhang & Patel 2018 (arXiv 1803.08396), section 3.1.1.

    Dense blocks between three halvings, and between three doublings, each joined to the map of its size; then means of
    4x4 to 32x32 places, each in one channel, and two convolutions. growth: channels that each layer of a block adds.
    """

    def __init__(self, in_channels: int, out_channels: int, width: int = 64, num: int = 3):
        super().__init__()
        self.multiple = 2**LEVELS
        growth = max(1, width // 2)
        self.first = Convolution(in_channels, width, 3, padding=1)
        self.down = nn.ModuleList(nn.Sequential(Halve(width, width), Dense(width, growth, num)) for _ in range(LEVELS))
        self.up = nn.ModuleList(
            nn.Sequential(Dense(width * (1 if level == 0 else 2), growth, num, width), Double(width, width))
            for level in range(LEVELS)
        )
        self.pools = nn.ModuleList(Convolution(2 * width, 1, 1) for _ in POOLS)
        self.mix = Convolution(2 * width + len(POOLS), width, 3, padding=1)
        self.last = Convolution(width, out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        height, breadth = x.shape[2:]
        maps = [self.first(pad_to(x, self.multiple))]
        for layer in self.down:
            maps.append(layer(maps[-1]))
        y = maps.pop()
        for layer in self.up:
            y = torch.cat([layer(y), maps.pop()], 1)
        beside = [mix(spread_means(y, side)) for mix, side in zip(self.pools, POOLS, strict=True)]
        return self.last(self.mix(torch.cat([y, *beside], 1)).relu())[..., :height, :breadth]


class Dense(nn.Module):
    """(N, C, H, W) -> (N, out, H, W): each layer sees the maps of all before; Huang et al. 2016 (arXiv 1608.06993)."""

    def __init__(self, channels: int, growth: int, num: int, out: int | None = None):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(channels + level * growth),
                nn.ReLU(),
                Convolution(channels + level * growth, growth, 3, padding=1),
            )
            for level in range(num)
        )
        self.last = Convolution(channels + num * growth, out or channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.last(x)


def spread_means(x: Tensor, side: int) -> Tensor:
    """Means of places of `side` x `side`, at the size of x again, without steps between them."""
    means = avg_pool2d(x, [min(side, length) for length in x.shape[2:]], ceil_mode=True, count_include_pad=False)
    return interpolate(means, x.shape[2:], mode="bilinear")
