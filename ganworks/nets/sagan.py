"""Residual nets with self-attention, spectral norm in both, and conditional batch norm in the generator.

Zhang et al. 2019 (arXiv 1805.08318), section 4, with blocks and channels as in the authors' code: those of SNGAN's
residual nets, for pictures of any size. BigGAN's nets differ in the code that their norms see, and where they attend.
"""

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, one_hot

from ganworks.layers.attention import SelfAttention
from ganworks.layers.conditional_norm import ConditionalBatchNorm
from ganworks.layers.convolution import Convolution, DoubleConvolve
from ganworks.layers.normalization import constrain
from ganworks.nets import resnet
from ganworks.nets.conditional import ProjectionDiscriminator
from ganworks.nets.resnet import MOST, SQRT2, started
from ganworks.nets.stages import Size, crop, planes, stages

QUARTER = 2  # halvings of the map that attends: 32 of 128 px


class Codes(Protocol):
    """z (N, latent), and labels (N,) -> where G begins (N, start), and what each block's norms see (N, each)."""

    start: int
    each: int

    def __call__(self, z: Tensor, *label: Tensor) -> tuple[Tensor, list[Tensor]]: ...


class LabelCodes(nn.Module):
    """z as it is, and one-hot labels for the norms of all blocks; without labels all are of one class."""

    def __init__(self, latent: int, classes: int, num_blocks: int):
        super().__init__()
        self.start, self.each, self.num_blocks = latent, max(classes, 1), num_blocks

    def forward(self, z: Tensor, label: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        label = torch.zeros(len(z), dtype=torch.int64, device=z.device) if label is None else label
        return z, [one_hot(label, self.each).to(z.dtype)] * self.num_blocks


class UpBlock(nn.Module):
    """(N, C, h, w), code (N, k) -> (N, D, *size): norm, ReLU, doubling, two 3x3 convolutions, and a 1x1 skip."""

    def __init__(self, coarse: int, fine: int, size: Size, num_code: int, norm: str):
        super().__init__()
        self.size = size
        self.norm1, self.norm2 = (ConditionalBatchNorm(channels, num_code, norm) for channels in (coarse, fine))
        self.conv1 = constrain(started(DoubleConvolve(coarse, fine, bias=False), SQRT2), "spectral")
        self.conv2 = constrain(started(Convolution(fine, fine, 3, padding=1), SQRT2), "spectral")
        self.skip = constrain(started(Convolution(coarse, fine, 1, bias=False)), "spectral")

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        y = crop(self.conv1(self.norm1(x, code).relu()), self.size)
        y = self.conv2(self.norm2(y, code).relu())
        return y + crop(interpolate(self.skip(x), scale_factor=2.0, mode="nearest"), self.size)


class Generator(nn.Module):
    """z (N, latent), and labels (N,) if there are classes -> (N, channels, height, width) in [-1, 1].

    width: channels at full size. codes: what becomes of z and labels. halvings: of the map that attends.
    norm: of what projects codes to gains and biases.
    """

    def __init__(self, size: Size, channels: int, width: int, codes: Codes, *, halvings: int, norm: str = "none"):
        super().__init__()
        self.sizes = stages(size)
        self.widths = planes(len(self.sizes), width, MOST)
        self.codes = codes
        height, breadth = self.sizes[0]
        self.project = constrain(started(nn.Linear(codes.start, self.widths[0] * height * breadth)), "spectral")
        ends = zip(self.widths, self.widths[1:], self.sizes[1:], strict=False)
        self.blocks = nn.ModuleList([UpBlock(*end, codes.each, norm) for end in ends])
        self.attends_after = len(self.blocks) - 1 - attended(size, halvings)
        self.attention = SelfAttention(self.widths[self.attends_after + 1])
        self.norm = nn.BatchNorm2d(self.widths[-1])
        self.last = constrain(started(Convolution(self.widths[-1], channels, 3, padding=1)), "spectral")
        self.squash = nn.Tanh()

    def forward(self, z: Tensor, *label: Tensor) -> Tensor:
        start, codes = self.codes(z, *label)
        height, width = self.sizes[0]
        x = self.project(start).view(len(z), height, width, self.widths[0]).permute(0, 3, 1, 2)
        for number, (block, code) in enumerate(zip(self.blocks, codes, strict=True)):
            x = block(x, code)
            if number == self.attends_after:
                x = self.attention(x)
        return self.squash(self.last(self.norm(x).relu()))


def discriminator(size: Size, channels: int, width: int, classes: int, halvings: int) -> nn.Module:
    """(N, channels, height, width), and labels (N,) if there are classes, which enter by projection -> logits (N,)."""
    net = resnet.Discriminator(size, channels, width, norm="spectral")
    at = attended(size, halvings)
    before = net.blocks[at - 1]
    assert isinstance(before, resnet.DownBlock)
    net.blocks.insert(at, SelfAttention(before.conv2.out_channels))
    if not classes:
        return net
    D = ProjectionDiscriminator(net, classes)
    constrain(D.code, "spectral")
    return D


def attended(size: Size, halvings: int) -> int:
    """Halvings of the picture where nets attend: on small pictures earlier, so that a block of G stands before."""
    return min(halvings, len(stages(size)) - 2)
