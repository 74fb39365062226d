"""pix2pixHD's generator: a net for half the size, and one around it that adds what only the full size shows."""

import torch
from torch import Tensor, nn

from ganworks.layers.convolution import Convolution, Double
from ganworks.layers.instance_norm import InstanceNorm
from ganworks.nets.dcgan import start
from ganworks.nets.patchgan import halved
from ganworks.nets.resnet_translator import Bordered, Residual
from ganworks.nets.unet import pad_to

Size = tuple[int, int]


class CoarseToFine(nn.Module):
    """(N, in, H, W) -> (N, out, H, W) in [-1, 1], any sides; Wang et al. 2017 (arXiv 1711.11585), section 3.1.

    G1, the paper's global generator, goes from half of the size down by `halvings`, through `blocks` residual blocks,
    and up again. G2, its local enhancer, adds G1's last map to its own of the halved picture; `local_blocks` and the
    way up follow. Transposed convolutions are 4x4, the paper's 3x3 ones leave a chequerboard.

    width: channels of G2 at full size; G1 has twice as many at half, doubled with each halving.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        halvings: int,
        width: int = 32,
        blocks: int = 9,
        local_blocks: int = 3,
    ):
        super().__init__()
        self.multiple = 2 ** (halvings + 2)  # so that no map is of one place, which has no mirror image
        wide = 2 * width
        coarsest = wide * 2**halvings
        self.G1 = nn.Sequential(
            *normed(Bordered(in_channels, wide, 7, reflect=True, bias=False), wide),
            *[layer for k in range(halvings) for layer in halve(wide * 2**k)],
            *[Residual(coarsest, reflect=True, affine=False) for _ in range(blocks)],
            *[layer for k in reversed(range(halvings)) for layer in double(wide * 2**k)],
        )
        self.G1_last = nn.Sequential(Bordered(wide, out_channels, 7, reflect=True), nn.Tanh())
        self.G2_down = nn.Sequential(
            *normed(Bordered(in_channels, width, 7, reflect=True, bias=False), width), *halve(width)
        )
        self.G2_up = nn.Sequential(
            *[Residual(wide, reflect=True, affine=False) for _ in range(local_blocks)],
            *double(width),
            Bordered(width, out_channels, 7, reflect=True),
            nn.Tanh(),
        )
        self.apply(start)

    def coarse(self, x: Tensor) -> Tensor:
        """What G1 makes by itself, of half the size: (N, in, H, W) -> (N, out, ceil(H / 2), ceil(W / 2))."""
        height, width = ((side + 1) // 2 for side in x.shape[2:])
        return self.G1_last(self.G1(halved(pad_to(x, self.multiple))))[..., :height, :width]

    def forward(self, x: Tensor, fixed: bool = False) -> Tensor:
        """fixed: G1 gets no gradient."""
        height, width = x.shape[2:]
        x = pad_to(x, self.multiple)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not fixed):
            coarse = self.G1(halved(x))
        return self.G2_up(self.G2_down(x) + coarse)[..., :height, :width]


def normed(layer: nn.Module, channels: int) -> list[nn.Module]:
    return [layer, InstanceNorm(channels), nn.ReLU()]


def halve(fine: int) -> list[nn.Module]:
    return normed(Convolution(fine, 2 * fine, 3, stride=2, padding=1, bias=False), 2 * fine)


def double(fine: int) -> list[nn.Module]:
    return normed(Double(2 * fine, fine, bias=False), fine)


def suiting_halvings(size: Size) -> int:
    """Of G1: the paper's 4 from 256 pixels on, fewer for smaller pictures, whose last map would be below 8 places."""
    return max(1, min(4, (min(size) // 16).bit_length() - 1))
