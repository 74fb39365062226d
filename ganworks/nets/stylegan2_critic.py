"""The residual discriminator of StyleGAN2, for pictures of any size."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganworks.layers.equalized import EqualConvolution, EqualLinear
from ganworks.layers.minibatch import MinibatchDeviationMap
from ganworks.layers.modulated import ConvolveSmoothHalve
from ganworks.layers.resample import halve, pad_to_even
from ganworks.nets.stages import Size, stages
from ganworks.nets.stylegan2 import GAIN, SLOPE, Mapping, widths_of


class Half(nn.Module):
    """A residual block that halves the map: (N, in, H, W) -> (N, out, H / 2, W / 2), sides rounded up."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = EqualConvolution(inputs, inputs, 3, gain=GAIN)
        # The sum of both ways has twice the variance: each gives the half.
        self.second = ConvolveSmoothHalve(inputs, outputs)
        self.skip = EqualConvolution(inputs, outputs, 1, gain=0.5**0.5, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = pad_to_even(x)
        y = leaky_relu(self.first(x), SLOPE, inplace=True)
        return leaky_relu(self.second(y), SLOPE, inplace=True) + self.skip(halve(x))


class Discriminator(nn.Module):
    """(N, channels, H, W), and labels (N,) if there are classes, -> logits (N,), float32.

    Karras et al. 2020 (arXiv 1912.04958), section 4.1 and table 1 (configuration F): residual blocks, the deviation
    over groups of 4 before the last convolution. With classes the logit is the product of the picture's features and
    the mapped label (Miyato & Koyama 2018, arXiv 1802.05637) over the root of their length, as in the code of arXiv
    2006.06676.
    """

    def __init__(self, size: Size, channels: int, width: int, dim: int, classes: int = 0):
        super().__init__()
        sizes = stages(size)[::-1]
        widths = widths_of(len(sizes), width)[::-1]
        height, breadth = sizes[-1]
        self.first = EqualConvolution(channels, widths[0], 1, gain=GAIN)
        self.blocks = nn.Sequential(*(Half(fine, coarse) for fine, coarse in pairwise(widths)))
        self.deviation = MinibatchDeviationMap()
        self.last = EqualConvolution(widths[-1] + 1, widths[-1], 3, gain=GAIN)
        self.flat = EqualLinear(widths[-1] * height * breadth, widths[-1], gain=GAIN)
        self.mapping = Mapping(0, dim, classes) if classes else None
        self.head = EqualLinear(widths[-1], dim if classes else 1)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        x = self.blocks(leaky_relu(self.first(x), SLOPE, inplace=True))
        x = leaky_relu(self.last(self.deviation(x)), SLOPE, inplace=True)
        x = leaky_relu(self.flat(x.flatten(1)), SLOPE)
        with torch.autocast(x.device.type, enabled=False):
            x = self.head(x.float())
            return x.flatten() if self.mapping is None else (x * self.mapping(label)).sum(1) / x.shape[1] ** 0.5
