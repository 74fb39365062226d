"""Fully connected nets: the generator and discriminator of the first GANs, for pictures of any size."""

from itertools import pairwise
from math import prod

from torch import Tensor, nn


class Generator(nn.Module):
    """(N, latent) -> (N, *shape) in [-1, 1]: three hidden layers of width, 2 x width and 4 x width, tanh at the end.

    Batch norm after the second and third keeps such a generator from giving the same picture for every z.
    """

    def __init__(self, shape: tuple[int, ...], latent: int = 100, width: int = 256):
        super().__init__()
        self.shape = shape
        layers: list[nn.Module] = [nn.Linear(latent, width), nn.LeakyReLU(0.2, inplace=True)]
        for before, after in pairwise([width, 2 * width, 4 * width]):
            layers += [nn.Linear(before, after, bias=False), nn.BatchNorm1d(after), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Linear(4 * width, prod(shape)), nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z).view(len(z), *self.shape)


class Discriminator(nn.Module):
    """(N, ...), flattened to num_inputs values -> logits (N,). `features` are the last hidden layer, (N, width)."""

    def __init__(self, num_inputs: int, width: int = 256):
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise([num_inputs, 2 * width, width]):
            layers += [nn.Linear(before, after), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.num_features = width
        self.head = nn.Linear(width, 1)

    def features(self, x: Tensor) -> Tensor:
        return self.layers(x.flatten(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x)).flatten()
