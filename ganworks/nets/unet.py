"""The U-Net of pix2pix: halving down to a point and doubling up again, each map joined to the one of its size."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ganworks.layers.convolution import Double, Halve
from ganworks.layers.instance_norm import InstanceNorm
from ganworks.layers.noise import Dropout
from ganworks.nets.dcgan import start

MOST = 8
LEVELS = 8  # of the paper, for 256 pixels
NORMS = ("instance", "affine", "batch", "none")  # affine: instance norm with gains and biases


class UNet(nn.Module):
    """(N, in, H, W) -> (N, out, H, W) in [-1, 1], any sides; Isola et al. 2017 (arXiv 1611.07004), section 6.1.1.

    Encoder C64-C128-C256-C512..., leaky ReLU 0.2, no norm in the first layer nor, on one place, in the last; decoder
    ReLU, dropout in its first three blocks. levels: how often sides are halved; the paper 8 times, to 1x1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        levels: int = LEVELS,
        width: int = 64,
        norm: str = "instance",
        dropout: float = 0.5,
    ):
        super().__init__()
        widths = [width * min(2**level, MOST) for level in range(levels)]
        self.multiple = 2**levels
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, channels in enumerate(widths):
            is_ends = level in (0, levels - 1)
            halve = Halve(widths[level - 1] if level else in_channels, channels, bias=is_ends or norm == "none")
            before = [nn.LeakyReLU(0.2)] if level else []
            self.down.append(nn.Sequential(*before, halve, nn.Identity() if is_ends else norm_of(norm, channels)))
        for level in reversed(range(1, levels)):
            from_below = widths[level] * (1 if level == levels - 1 else 2)
            double = Double(from_below, widths[level - 1], bias=norm == "none")
            chance = [Dropout(dropout, always=True)] if dropout and level >= levels - 3 else []
            self.up.append(nn.Sequential(nn.ReLU(), double, norm_of(norm, widths[level - 1]), *chance))
        self.last = nn.Sequential(nn.ReLU(), Double(2 * width if levels > 1 else width, out_channels), nn.Tanh())
        self.apply(start)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        x = pad_to(x, self.multiple)
        maps = []
        for layer in self.down:
            x = layer(x)
            maps.append(x)
        for layer, beside in zip(self.up, reversed(maps[:-1]), strict=True):
            x = torch.cat([layer(x), beside], 1)
        return self.last(x)[..., :height, :width]


def norm_of(name: str, channels: int) -> nn.Module:
    """The norm between layers, by its name. ValueError for a name that is none."""
    if name not in NORMS:
        raise ValueError(f"norm is '{name}'; possible: {', '.join(NORMS)}")
    if name == "affine":
        return InstanceNorm(channels, affine=True)
    return {"instance": InstanceNorm, "batch": nn.BatchNorm2d}.get(name, nn.Identity)(channels)


def pad_to(x: Tensor, multiple: int) -> Tensor:
    """Repeats the last row and column until both sides are multiples."""
    below, right = (-side % multiple for side in x.shape[2:])
    return pad(x, (0, right, 0, below), mode="replicate") if below or right else x
