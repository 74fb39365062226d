"""A discriminator whose middle says how alike two pictures are."""

from torch import Tensor, nn

from ganworks.nets.dcgan import Discriminator

PER_STAGE = 3  # a convolution, a norm, an activation


class SeeingDiscriminator(nn.Module):
    """A DCGAN discriminator that also gives out what its `depth`-th convolution sees.

    depth: by default the last but one, and no earlier than the second: the first sees little but pixels.
    """

    def __init__(self, net: Discriminator, depth: int | None = None):
        super().__init__()
        num = len(net.layers) // PER_STAGE
        depth = max(num - 1, min(num, 2)) if depth is None else depth
        if not 1 <= depth <= num:
            raise ValueError(f"layer is {depth}; D has {num} convolutions at this size: possible: 1 to {num}")
        self.net, self.cut = net, PER_STAGE * depth

    def look(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) -> what it sees (N, c, h, w), and logits (N,)."""
        seen = self.net.layers[: self.cut](x)
        last = self.net.layers[self.cut :](seen)
        return seen, self.net.head(last.permute(0, 2, 3, 1).flatten(1)).flatten()

    def forward(self, x: Tensor) -> Tensor:
        return self.look(x)[1]
