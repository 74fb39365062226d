"""Discriminators that judge patches: a logit for each place, which sees no more than its receptive field."""

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from ganworks.layers.convolution import Convolution
from ganworks.nets.dcgan import start
from ganworks.nets.unet import norm_of

FIELDS = {1: 0, 16: 1, 34: 2, 70: 3, 142: 4, 286: 5}  # receptive field in pixels -> layers with stride 2
MOST = 8


class PatchDiscriminator(nn.Module):
    """(N, C, H, W) -> logits (N, 1, h, w); Isola et al. 2017 (arXiv 1611.07004), section 6.1.2.

    C64-C128-C256-C512 with 4x4 kernels, stride 2 in all but the last, leaky ReLU 0.2, no norm in the first layer, and
    one more convolution to the logits. field: the side of the patch, one of `FIELDS`; the paper's 70, and 1 is its
    PixelGAN. Instance norm tells a little of the whole picture besides. `maps` gives what is between, too.
    """

    def __init__(self, channels: int, field: int = 70, width: int = 64, norm: str = "instance"):
        super().__init__()
        if field not in FIELDS:
            raise ValueError(f"field is {field}; possible: {', '.join(map(str, FIELDS))} pixels")
        depth = FIELDS[field]
        kernel, around = (4, 1) if depth else (1, 0)
        self.layers = nn.Sequential()
        for level in range(max(depth, 1) + 1):
            fine = width * min(2 ** (level - 1), MOST) if level else channels
            coarse = width * min(2**level, MOST)
            stride, has_norm = 2 if level < depth else 1, level > 0 and norm != "none"
            convolution = Convolution(fine, coarse, kernel, stride=stride, padding=around, bias=not has_norm)
            between = norm_of(norm, coarse) if level else nn.Identity()
            self.layers.append(nn.Sequential(convolution, between, nn.LeakyReLU(0.2)))
        self.layers.append(Convolution(coarse, 1, kernel, padding=around))
        self.apply(start)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)

    def maps(self, x: Tensor) -> list[Tensor]:
        """What each layer makes of it; the last of them are the logits."""
        made = [x]
        for layer in self.layers:
            made.append(layer(made[-1]))
        return made[1:]


class Pyramid(nn.Module):
    """Patch discriminators, each at half the size of the one before: (N, C, H, W) -> the maps of each, logits last.

    Wang et al. 2017 (arXiv 1711.11585), section 3.2. skip: how many of the finest ones are left out; the next judges x.
    """

    def __init__(self, num: int, channels: int, field: int = 70, width: int = 64):
        super().__init__()
        self.critics = nn.ModuleList(PatchDiscriminator(channels, field, width) for _ in range(num))

    def forward(self, x: Tensor, skip: int = 0) -> list[list[Tensor]]:
        judged: list[list[Tensor]] = []
        for critic in self.critics[skip:]:
            x = halved(x) if judged else x
            judged.append(cast(PatchDiscriminator, critic).maps(x))
        return judged


def halved(x: Tensor) -> Tensor:
    """Half the sides, rounded up, by means of 3x3 places: (N, C, H, W) -> (N, C, ceil(H / 2), ceil(W / 2))."""
    return avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)


def receptive_field(kernels: Sequence[tuple[int, int]]) -> int:
    """Of a stack of convolutions (kernel, stride), from the first to the last: how many pixels one output sees."""
    field = 1
    for kernel, stride in reversed(kernels):
        field = (field - 1) * stride + kernel
    return field


def suiting_field(size: tuple[int, int], field: int | None = None) -> int:
    """The field, if it is given and pictures of this size have room for the layers; otherwise a ValueError.

    None gives the largest of about half the shorter side: 70 for 128 pixels and the paper's 256, 34 for 64.
    """
    if field is None:
        return max((field for field in FIELDS if 1 < field <= min(0.55 * min(size), 70)), default=16)
    least = 3 * 2 ** FIELDS.get(field, 0)
    if min(size) < least:
        there = f"{size[0]}x{size[1]}"
        raise ValueError(f"field is {field}, for which D needs pictures of {least} pixels a side, but it sees {there}")
    return field
