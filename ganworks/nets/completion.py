"""The nets of GLCIC: one that fills holes, seeing far by dilated convolutions, and a critic of the whole and a part."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganworks.layers.convolution import Convolution, Double, channels_last
from ganworks.nets.stages import Size, stages
from ganworks.nets.unet import pad_to

MOST = 8


class CompletionNet(nn.Module):
    """(N, C + 1, H, W), picture and mask -> (N, C, H, W) in [-1, 1], any sides.

    Iizuka et al. 2017 (Globally and Locally Consistent Image Completion), table 1: 17 convolutions, at a quarter of the
    sides in the middle, four of them dilated; behind each but the last batch norm, then ReLU. size: of the pictures
    that it learns from. The dilations are the paper's 2, 4, 8, 16 as far as they are no wider than a quarter of its
    map, 16 at 256 pixels: what lies beyond the border would never be learnt.
    """

    multiple = 4

    def __init__(self, size: Size, channels: int, width: int = 64):
        super().__init__()
        widest = max(1, min(size) // 16)
        dilations = [min(dilation, widest) for dilation in (2, 4, 8, 16)]
        one, two, four = width, 2 * width, 4 * width
        self.layers = nn.Sequential(
            layer(Convolution(channels + 1, one, 5, padding=2, bias=False)),
            layer(Convolution(one, two, 3, stride=2, padding=1, bias=False)),
            layer(Convolution(two, two, 3, padding=1, bias=False)),
            layer(Convolution(two, four, 3, stride=2, padding=1, bias=False)),
            *[layer(Convolution(four, four, 3, padding=1, bias=False)) for _ in range(2)],
            *[layer(dilated(four, dilation)) for dilation in dilations],
            *[layer(Convolution(four, four, 3, padding=1, bias=False)) for _ in range(2)],
            layer(Double(four, two, bias=False)),
            layer(Convolution(two, two, 3, padding=1, bias=False)),
            layer(Double(two, one, bias=False)),
            layer(Convolution(one, max(1, one // 2), 3, padding=1, bias=False)),
            Convolution(max(1, one // 2), channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        return self.layers(pad_to(x, self.multiple))[..., :height, :width]


class Judge(nn.Module):
    """(N, C, H, W) of one size -> (N, 16 width): 5x5 convolutions of stride 2 down to about 4x4, then all together."""

    def __init__(self, size: Size, channels: int, width: int = 64):
        super().__init__()
        sizes = stages(size, least=1)
        widths = [channels, *(width * min(2**level, MOST) for level in range(len(sizes) - 1))]
        pairs = pairwise(widths)
        halving = (layer(Convolution(fine, coarse, 5, stride=2, padding=2, bias=False)) for fine, coarse in pairs)
        self.maps = nn.Sequential(*halving)
        self.all = nn.Linear(widths[-1] * sizes[0][0] * sizes[0][1], 16 * width)

    def forward(self, x: Tensor) -> Tensor:
        return self.all(self.maps(x).permute(0, 2, 3, 1).flatten(1)).relu()


class TwoJudges(nn.Module):
    """A picture (N, C, H, W) and a part of it (N, C, h, w) -> logits (N,): one of both together; tables 2 and 3."""

    def __init__(self, size: Size, part: Size, channels: int, width: int = 64):
        super().__init__()
        self.of_all, self.of_part = Judge(size, channels, width), Judge(part, channels, width)
        self.last = nn.Linear(32 * width, 1)

    def forward(self, x: Tensor, part: Tensor) -> Tensor:
        return self.last(torch.cat([self.of_all(x), self.of_part(part)], 1)).flatten()


def layer(convolution: nn.Conv2d | nn.ConvTranspose2d) -> nn.Module:
    """Batch norm stands before ReLU, as in the paper."""
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU(inplace=True))


def dilated(channels: int, dilation: int) -> nn.Conv2d:
    convolution = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
    channels_last(convolution)
    return convolution
