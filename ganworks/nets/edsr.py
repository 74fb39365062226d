"""EDSR and SRResNet: residual blocks at the size of the small picture, and enlarged only at the end."""

from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle

from ganworks.layers.convolution import Convolution


class EDSR(nn.Module):
    """(N, C, H, W) -> (N, C, scale H, scale W); Lim et al. 2017 (arXiv 1707.02921), figure 3.

    No norm at all; what a block adds is multiplied by `share`, which keeps wide nets stable.
    """

    def __init__(self, channels: int, scale: int, *, width: int = 64, blocks: int = 16, share: float = 1.0):
        super().__init__()
        self.first = Convolution(channels, width, 3, padding=1)
        self.trunk = nn.Sequential(
            *[Block(width, share) for _ in range(blocks)], Convolution(width, width, 3, padding=1)
        )
        self.up = nn.Sequential(*[Enlarge(width, times) for times in FACTORS[scale]])
        self.last = Convolution(width, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        return self.last(self.up(x + self.trunk(x)))


class Block(nn.Module):
    """x + share * conv(relu(conv(x))): (N, C, H, W) -> the same."""

    def __init__(self, width: int, share: float):
        super().__init__()
        self.share = share
        self.layers = nn.Sequential(
            Convolution(width, width, 3, padding=1), nn.ReLU(), Convolution(width, width, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.share * self.layers(x)


class SRResNet(nn.Module):
    """(N, C, H, W) -> (N, C, scale H, scale W); Ledig et al. 2016 (arXiv 1609.04802), figure 4: k9n64s1, k3n64s1, ...

    Batch norm in the blocks, PReLU, and 9x9 kernels at both ends.
    """

    def __init__(self, channels: int, scale: int, *, width: int = 64, blocks: int = 16):
        super().__init__()
        self.first = nn.Sequential(Convolution(channels, width, 9, padding=4), nn.PReLU())
        self.trunk = nn.Sequential(*[NormedBlock(width) for _ in range(blocks)], *normed(width))
        ups = [layer for times in FACTORS[scale] for layer in (Enlarge(width, times), nn.PReLU())]
        self.up = nn.Sequential(*ups)
        self.last = Convolution(width, channels, 9, padding=4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        return self.last(self.up(x + self.trunk(x)))


class NormedBlock(nn.Module):
    """x + f(x), f two 3x3 convolutions with batch norm and a PReLU between: (N, C, H, W) -> the same."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(*normed(width), nn.PReLU(), *normed(width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def normed(width: int) -> list[nn.Module]:
    return [Convolution(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)]


FACTORS: dict[int, tuple[int, ...]] = {1: (), 2: (2,), 3: (3,), 4: (2, 2)}  # scale -> by what, one after the other


class Enlarge(Convolution):
    """3x3 convolution into times^2 channels for each, laid side by side as pixels: (N, C, H, W) -> (N, C, tH, tW).

    Shi et al. 2016 (arXiv 1609.05158), eq. 4.
    """

    def __init__(self, width: int, times: int):
        super().__init__(width, width * times**2, 3, padding=1)
        self.times = times

    def forward(self, x: Tensor) -> Tensor:
        return pixel_shuffle(super().forward(x), self.times)
