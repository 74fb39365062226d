"""Fully connected nets for points of a few dimensions: the same for all systems that are compared on toy data."""

from itertools import pairwise

from torch import Tensor, nn

from ganworks.layers.normalization import constrain

ACTIVATIONS: dict[str, type[nn.Module]] = {"leaky_relu": nn.LeakyReLU, "relu": nn.ReLU, "tanh": nn.Tanh}


class Generator(nn.Module):
    """(N, latent) -> (N, dim), without bounds: `depth` hidden layers of `width` units, and no norm."""

    def __init__(self, dim: int, latent: int = 2, width: int = 128, depth: int = 3, activation: str = "leaky_relu"):
        super().__init__()
        self.layers = hidden(latent, width, depth, activation)
        self.last = nn.Linear(width, dim)

    def forward(self, z: Tensor) -> Tensor:
        return self.last(self.layers(z))


class Discriminator(nn.Module):
    """(N, dim) -> logits (N,). `features` are the last hidden layer, (N, width).

    norm: "spectral", or any other name for none: the weights of such small nets need no help.
    """

    def __init__(self, dim: int, width: int = 128, depth: int = 3, activation: str = "leaky_relu", norm: str = "none"):
        super().__init__()
        self.layers = hidden(dim, width, depth, activation)
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                constrain(layer, norm)
        self.num_features = width
        self.head = constrain(nn.Linear(width, 1), norm)

    def features(self, x: Tensor) -> Tensor:
        return self.layers(x)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x)).flatten()


def hidden(num_inputs: int, width: int, depth: int, activation: str) -> nn.Sequential:
    """`depth` layers of `width` units. ValueError for an activation that there isn't."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation is '{activation}'; possible: {', '.join(ACTIVATIONS)}")
    layers: list[nn.Module] = []
    for before, after in pairwise([num_inputs, *[width] * depth]):
        act = ACTIVATIONS[activation]
        layers += [nn.Linear(before, after), act(0.2) if act is nn.LeakyReLU else act()]
    return nn.Sequential(*layers)
