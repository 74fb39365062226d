"""Nets for two domains at once. A pair of pictures is (N, 2 C, H, W): the channels of one, then those of the other."""

import torch
from torch import Tensor, nn

from ganworks.nets import dcgan
from ganworks.nets.stages import Size

STAGE = 3  # modules of a stage of DCGAN's discriminator: convolution, norm, activation


class Generators(nn.Module):
    """Two generators with nothing in common but z: (N, latent) -> (N, 2 C, H, W)."""

    def __init__(self, size: Size, channels: int, latent: int, width: int):
        super().__init__()
        self.nets = nn.ModuleList(dcgan.Generator(size, channels, latent, width) for _ in range(2))

    def forward(self, z: Tensor) -> Tensor:
        return torch.cat([net(z) for net in self.nets], 1)


class Discriminators(nn.Module):
    """(N, 2 C, H, W) -> logits (N, 2), one for each picture. If tied, only the first layers are not the same.

    Batch statistics are of one domain at a time.
    """

    def __init__(self, size: Size, channels: int, width: int, tied: bool):
        super().__init__()
        first, other = (dcgan.Discriminator(size, channels, width) for _ in range(2))
        if tied:
            other.layers = nn.Sequential(*other.layers[:STAGE], *first.layers[STAGE:])
            other.head = first.head
        self.nets = nn.ModuleList([first, other])

    def forward(self, pair: Tensor) -> Tensor:
        return torch.stack([net(x) for net, x in zip(self.nets, pair.chunk(2, 1), strict=True)], 1)
