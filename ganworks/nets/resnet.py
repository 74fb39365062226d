"""Residual generator and discriminator for pictures of any size, as in SNGAN and WGAN-GP.

Miyato et al. 2018 (arXiv 1802.05957), appendix B.4: G with batch norm and nearest-neighbour upsampling,
D with average pooling, ReLU in both. Like the paper's nets for ImageNet, channels double at coarser stages.
"""

from itertools import pairwise
from typing import TypeVar

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ganworks.layers.convolution import Convolution, ConvolveHalve, DoubleConvolve
from ganworks.layers.normalization import between, check_norm, constrain
from ganworks.nets.stages import Size, crop, planes, stages

SQRT2 = 2**0.5
MOST = 16  # the coarsest blocks have at most 16 x the channels of the finest
L = TypeVar("L", nn.Conv2d, nn.Linear)


class UpBlock(nn.Module):
    """(N, C, h, w) -> (N, D, *size): batch norm, ReLU, doubling, two 3x3 convolutions, and a 1x1 skip."""

    def __init__(self, coarse: int, fine: int, size: Size):
        super().__init__()
        self.size = size
        self.norm1, self.norm2 = nn.BatchNorm2d(coarse), nn.BatchNorm2d(fine)
        self.conv1 = started(DoubleConvolve(coarse, fine, bias=False), SQRT2)
        self.conv2 = started(Convolution(fine, fine, 3, padding=1), SQRT2)
        self.skip = started(Convolution(coarse, fine, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        y = crop(self.conv1(self.norm1(x).relu()), self.size)
        y = self.conv2(self.norm2(y).relu())
        return y + self.upsample(self.skip(x))  # 1x1 and doubling commute: a quarter of the work

    def upsample(self, x: Tensor) -> Tensor:
        return crop(interpolate(x, scale_factor=2.0, mode="nearest"), self.size)


class Generator(nn.Module):
    """(N, latent) -> (N, channels, height, width) in [-1, 1].

    width: channels at full size; the paper has 64 for ImageNet, where the coarsest have 1024.
    """

    def __init__(self, size: Size, channels: int, latent: int = 128, width: int = 64):
        super().__init__()
        self.sizes = stages(size)
        self.widths = planes(len(self.sizes), width, MOST)
        height, breadth = self.sizes[0]
        self.project = started(nn.Linear(latent, self.widths[0] * height * breadth))
        self.blocks = nn.Sequential(
            *[UpBlock(a, b, s) for a, b, s in zip(self.widths, self.widths[1:], self.sizes[1:], strict=False)]
        )
        self.norm = nn.BatchNorm2d(self.widths[-1])
        self.last = started(Convolution(self.widths[-1], channels, 3, padding=1))
        self.squash = nn.Tanh()

    def forward(self, z: Tensor) -> Tensor:
        height, width = self.sizes[0]
        x = self.project(z).view(len(z), height, width, self.widths[0]).permute(0, 3, 1, 2)
        return self.squash(self.last(self.norm(self.blocks(x)).relu()))


class DownBlock(nn.Module):
    """(N, C, H, W) -> (N, D, H // 2, W // 2), or the same size if not `halve`: two 3x3 convolutions and a 1x1 skip."""

    def __init__(self, fine: int, coarse: int, norm: str, *, halve: bool = True, first: bool = False):
        super().__init__()
        self.halve, self.first = halve, first
        self.norm1 = nn.Identity() if first else between(norm, fine)
        self.norm2 = between(norm, coarse)
        self.conv1 = constrain(started(Convolution(fine, coarse, 3, padding=1), SQRT2), norm)
        conv2 = ConvolveHalve(coarse, coarse) if halve else Convolution(coarse, coarse, 3, padding=1)
        self.conv2 = constrain(started(conv2, SQRT2), norm)
        self.skip = constrain(started(Convolution(fine, coarse, 1)), norm) if halve or fine != coarse else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(x if self.first else self.norm1(x).relu())
        y = self.conv2(self.norm2(y).relu())
        # Pooling before the skip's 1x1 convolution is a quarter of the work, and exact.
        return y + self.skip(avg_pool2d(x, 2) if self.halve else x)


class Discriminator(nn.Module):
    """(N, channels, height, width) -> logits (N,). `features` are sums over the last map.

    norm: "spectral" as in the paper, "layer" or "none" for gradient penalties.
    """

    def __init__(self, size: Size, channels: int, width: int = 64, norm: str = "spectral"):
        super().__init__()
        check_norm(norm)
        widths = planes(len(stages(size)) - 1, width, MOST)[::-1]
        blocks = [DownBlock(channels, widths[0], norm, first=True)]
        blocks += [DownBlock(a, b, norm) for a, b in pairwise(widths)]
        self.blocks = nn.Sequential(*blocks, DownBlock(widths[-1], widths[-1], norm, halve=False))
        self.num_features = widths[-1]
        self.head = constrain(started(nn.Linear(self.num_features, 1)), norm)

    def features(self, x: Tensor) -> Tensor:
        return self.blocks(x).relu().sum((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x)).flatten()


def started(layer: L, gain: float = 1.0) -> L:
    """The layer with Glorot's uniform weights and biases 0."""
    nn.init.xavier_uniform_(layer.weight, gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
