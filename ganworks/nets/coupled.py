"""CoGAN's nets for two domains at once. A pair of pictures is (N, 2 C, H, W): the channels of one, then of the other.

Liu & Tuzel 2016 (arXiv 1606.07536), as in the authors' code for digits and their edges: only one convolution of each
net, at full size, is a domain's own, so that what is where is decided in common. For pictures of any size, G doubles by
4x4 and D's convolutions are padded, and follow one another until the map is small.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganworks.layers.convolution import Convolution, Double
from ganworks.nets.stages import Size, crop, planes, stages

MOST = 8  # the coarsest maps have at most 8 x the channels of the finest
SMALLEST = 4  # the shorter side of the generators' first map is at most that


class Generator(nn.Module):
    """(N, latent) -> (N, channels, H, W) in [-1, 1]. All but the last convolution, at full size, is in common.

    width: channels at full size, doubled at each coarser one. The authors have 128.
    """

    def __init__(self, size: Size, channels: int, latent: int, width: int):
        super().__init__()
        self.sizes = stages(size, SMALLEST)
        self.widths = planes(len(self.sizes), width, MOST)
        height, breadth = self.sizes[0]
        self.project = nn.Linear(latent, self.widths[0] * height * breadth, bias=False)
        self.first = nn.Sequential(nn.BatchNorm2d(self.widths[0], affine=False), nn.PReLU())
        self.doubles = nn.ModuleList(
            nn.Sequential(Double(coarse, fine, bias=False), nn.BatchNorm2d(fine, affine=False), nn.PReLU())
            for coarse, fine in pairwise(self.widths)
        )
        self.last = Convolution(width, channels, kernel_size=5, padding=2)
        self.apply(start)

    def forward(self, z: Tensor) -> Tensor:
        height, breadth = self.sizes[0]
        x = self.project(z).view(len(z), height, breadth, self.widths[0]).permute(0, 3, 1, 2)
        x = self.first(x)
        for double, size in zip(self.doubles, self.sizes[1:], strict=True):
            x = crop(double(x), size)
        return self.last(x).tanh()


class Generators(nn.Module):
    """(N, latent) -> (N, 2 C, H, W). Tied, they are one, for twice the channels in the last layer are two last layers.

    Otherwise they have nothing in common but z.
    """

    def __init__(self, size: Size, channels: int, latent: int, width: int, tied: bool):
        super().__init__()
        each = [2 * channels] if tied else [channels, channels]
        self.nets = nn.ModuleList(Generator(size, num, latent, width) for num in each)

    def forward(self, z: Tensor) -> Tensor:
        return torch.cat([net(z) for net in self.nets], 1)


class Discriminators(nn.Module):
    """(N, 2 C, H, W) -> logits (N, 2), one for each picture. If tied, only their first convolutions are not the same.

    width: channels of the first convolution, 2.5 times as many in the next one, 25 times in the fully connected layer.
    The authors have 20.
    """

    def __init__(self, size: Size, channels: int, width: int, tied: bool):
        super().__init__()
        self.firsts = nn.ModuleList(pooled(channels, width) for _ in range(2))
        self.rests = nn.ModuleList(rest(stages(size), width) for _ in range(1 if tied else 2))
        self.apply(start)

    def forward(self, pair: Tensor) -> Tensor:
        maps = [first(x) for first, x in zip(self.firsts, pair.chunk(2, 1), strict=True)]
        if len(self.rests) == 1:
            return self.rests[0](torch.cat(maps)).view(2, -1).T
        return torch.cat([rest(x) for rest, x in zip(self.rests, maps, strict=True)], 1)


def rest(sizes: list[Size], width: int) -> nn.Sequential:
    """What follows the first convolution: (N, width, H/2, W/2) -> (N, 1)."""
    widths = [width, *reversed(planes(len(sizes) - 2, 5 * width // 2, MOST // 2))]
    height, breadth = sizes[0]
    hidden = 25 * width
    return nn.Sequential(
        *(pooled(fine, coarse) for fine, coarse in pairwise(widths)),
        nn.Flatten(),
        nn.Linear(widths[-1] * height * breadth, hidden),
        nn.PReLU(),
        nn.Linear(hidden, 1),
    )


def pooled(fine: int, coarse: int) -> nn.Sequential:
    """5x5 convolution, then the largest of each 2x2 places: (N, fine, H, W) -> (N, coarse, H/2, W/2), rounded up."""
    return nn.Sequential(Convolution(fine, coarse, kernel_size=5, padding=2), nn.MaxPool2d(2, ceil_mode=True))


def start(module: nn.Module) -> None:
    """The authors' weights: uniform, as Glorot & Bengio 2010 with a gain of sqrt(2); biases 0.1."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight, 2**0.5)
        if module.bias is not None:
            nn.init.constant_(module.bias, 0.1)
