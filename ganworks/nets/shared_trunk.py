"""Several generators that have all but their last layer in common."""

from torch import Tensor, nn


class SharedTrunk(nn.Module):
    """z (N, latent) -> (N, generators, ...), what each generator makes of the same z.

    A last layer with `generators` times the outputs is as many last layers; `net` ends in it.
    """

    def __init__(self, net: nn.Module, generators: int):
        super().__init__()
        self.net, self.generators = net, generators

    def forward(self, z: Tensor) -> Tensor:
        return self.net(z).unflatten(1, (self.generators, -1))
