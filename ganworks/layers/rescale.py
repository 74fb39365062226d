"""Other ways to double and to halve a map, in the place of a convolution with stride 2."""

from torch import Tensor
from torch.nn.functional import max_pool2d, pixel_shuffle

from ganworks.layers.convolution import Convolution


class Shuffle(Convolution):
    """A 3x3 convolution to four times the channels, whose values become 2x2 places: (N, C, H, W) -> (N, D, 2 H, 2 W).

    Shi et al. 2016 (arXiv 1609.05158), eq. 4.
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, 4 * out_channels, kernel_size=3, padding=1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return pixel_shuffle(super().forward(x), 2)


class ConvolveMax(Convolution):
    """A 3x3 convolution, then the largest of each 2x2 places: (N, C, H, W) -> (N, D, H // 2, W // 2)."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=3, padding=1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return max_pool2d(super().forward(x), 2)
