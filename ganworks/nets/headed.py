"""A critic with another last layer than its own."""

from typing import cast

from torch import Tensor, nn

from ganworks.nets import dcgan
from ganworks.nets.conditional import Featured


class Headed(nn.Module):
    """x (N, ...) -> what `head` makes of `net`'s features, (N, num_features)."""

    def __init__(self, net: nn.Module, head: nn.Module):
        super().__init__()
        self.net, self.head = net, head
        cast(Featured, net).head = nn.Identity()

    def features(self, x: Tensor) -> Tensor:
        return cast(Featured, self.net).features(x)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


def linear(net: nn.Module, inputs: int, outputs: int) -> nn.Linear:
    """A last layer for `net`, with first weights as its own one has."""
    layer = nn.Linear(inputs, outputs)
    return layer.apply(dcgan.start) if isinstance(net, dcgan.Discriminator) else layer


def num_features(net: nn.Module) -> int:
    """The length of its features."""
    return cast(Featured, net).num_features
