"""PAN's critic, whose own maps say how far two pictures are apart."""

from itertools import pairwise

from torch import Tensor, nn

from ganworks.layers.convolution import Convolution
from ganworks.nets.dcgan import start

Size = tuple[int, int]
WIDTHS = (1, 2, 2, 4, 4, 8, 8, 8)
STRIDES = (1, 2, 1, 2, 1, 2, 1, 2)
TAPS = (0, 3, 5, 7)  # the first, fourth, sixth and eighth layer
LAST = 8  # channels


class TappedDiscriminator(nn.Module):
    """(N, C, H, W) -> logits (N,); Wang et al. 2017 (arXiv 1706.09138).

    Nine 3x3 convolutions with leaky ReLU 0.2 and batch norm, which the first and the last have not, and a linear layer.
    `look` also gives the maps at `TAPS`.
    """

    def __init__(self, size: Size, channels: int, width: int = 64):
        super().__init__()
        planes = [channels, *(width * times for times in WIDTHS)]
        self.layers = nn.ModuleList()
        for level, (before, after) in enumerate(pairwise(planes)):
            norm = [nn.BatchNorm2d(after)] if level else []
            convolution = Convolution(before, after, 3, stride=STRIDES[level], padding=1, bias=not norm)
            self.layers.append(nn.Sequential(convolution, *norm, nn.LeakyReLU(0.2)))
        self.last = nn.Sequential(Convolution(planes[-1], LAST, 3, stride=2, padding=1), nn.LeakyReLU(0.2))
        height, breadth = (-(-side // 32) for side in size)
        self.head = nn.Linear(LAST * height * breadth, 1)
        self.apply(start)

    def forward(self, x: Tensor) -> Tensor:
        return self.look(x)[0]

    def look(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The logits (N,), and the maps."""
        maps = []
        for layer in self.layers:
            x = layer(x)
            maps.append(x)
        return self.head(self.last(x).flatten(1)).flatten(), [maps[tap] for tap in TAPS]
