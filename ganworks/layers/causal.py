"""Convolutions that look only at what came before a pixel: rows above it, and pixels to its left.

The masked n x n convolution of van den Oord et al. 2016 (arXiv 1601.06759, section 3.4) is `Above` plus `Left`, so
that nothing is multiplied by zeros. `own` is whether the own row, or the own pixel, is seen too: mask B in place of A.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ganworks.layers.convolution import channels_last, convolve


class Causal(nn.Conv2d):
    """What the two have in common; `reach` is how far they look."""

    padding_around: tuple[int, int, int, int]  # left, right, above, below

    def __init__(self, in_channels: int, out_channels: int, kernel: tuple[int, int], reach: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel, bias=bias)
        channels_last(self)
        self.reach = reach

    def forward(self, x: Tensor) -> Tensor:
        return convolve(pad(x, self.padding_around), self.weight, self.bias)

    def matrix(self, dtype: torch.dtype) -> Tensor:
        """The weights for what is seen, row by row, pixel by pixel: (rows columns C, D)."""
        return self.weight.to(dtype).permute(2, 3, 1, 0).flatten(0, 2)


class Above(Causal):
    """(N, C, H, W) -> (N, D, H, W): sees kernel // 2 rows above, and as many pixels to both sides."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, own: bool):
        reach = kernel // 2
        super().__init__(in_channels, out_channels, (reach + own, kernel), reach)
        self.padding_around = (reach, reach, reach, own - 1)


class Left(Causal):
    """(N, C, H, W) -> (N, D, H, W): sees kernel // 2 pixels to the left."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, own: bool, bias: bool = True):
        reach = kernel // 2
        super().__init__(in_channels, out_channels, (1, reach + own), reach, bias)
        self.padding_around = (reach, own - 1, 0, 0)


class Masked(nn.Module):
    """Rows above and pixels to the left at once: (N, C, H, W) -> (N, D, H, W)."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, own: bool):
        super().__init__()
        self.above = Above(in_channels, out_channels, kernel, own=False)
        self.left = Left(in_channels, out_channels, kernel, own, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.above(x) + self.left(x)


class RowAbove:
    """An `Above` in the middle of a picture: remembers the last rows, and makes one of them at a time."""

    def __init__(self, layer: Above, num: int, width: int, dtype: torch.dtype):
        rows, self.kernel = layer.kernel_size
        size = (num, rows, width + 2 * layer.reach, layer.in_channels)
        self.rows = torch.zeros(size, dtype=dtype, device=layer.weight.device)
        self.reach, self.weight, self.bias = layer.reach, layer.matrix(dtype), bias_of(layer, dtype)

    def __call__(self, row: Tensor) -> Tensor:
        """The newest row that is seen (N, W, C) -> what is found at each pixel (N, W, D)."""
        newest = pad(row, (0, 0, self.reach, self.reach)).unsqueeze(1)
        self.rows = torch.cat([self.rows[:, 1:], newest], 1)
        seen = self.rows.unfold(2, self.kernel, 1).permute(0, 2, 1, 4, 3)  # (N, W, rows, kernel, C)
        return seen.flatten(2) @ self.weight + self.bias


class RowLeft:
    """A `Left` in the middle of a row: remembers the pixels so far."""

    def __init__(self, layer: Left, num: int, width: int, dtype: torch.dtype):
        self.taps, self.newest = layer.kernel_size[1], layer.kernel_size[1] - 1
        size = (num, width + self.newest, layer.in_channels)
        self.row = torch.zeros(size, dtype=dtype, device=layer.weight.device)
        self.weight, self.bias = layer.matrix(dtype), bias_of(layer, dtype)

    def __call__(self, column: int, x: Tensor, base: Tensor) -> Tensor:
        """The newest pixel that is seen (N, C) -> what is found at the pixel, beside base (N, D)."""
        self.row[:, column + self.newest] = x
        return torch.addmm(base, self.row[:, column : column + self.taps].flatten(1), self.weight)

    @property
    def finished(self) -> Tensor:
        """All pixels of the row that is done (N, W, C), of a layer that sees its own pixel."""
        return self.row[:, self.newest :]


def bias_of(layer: nn.Conv2d, dtype: torch.dtype) -> Tensor:
    return layer.weight.new_zeros((), dtype=dtype) if layer.bias is None else layer.bias.to(dtype)


def skew(x: Tensor) -> Tensor:
    """Each row moved right by its number, so that diagonals are columns: (N, H, W, C) -> (N, H, H + W - 1, C)."""
    num, height, width, channels = x.shape
    x = pad(x, (0, 0, 0, height)).flatten(1, 2)
    return x[:, :-height].view(num, height, height + width - 1, channels)


def unskew(x: Tensor) -> Tensor:
    """The inverse: (N, H, H + W - 1, C) -> (N, H, W, C)."""
    num, height, long, channels = x.shape
    x = pad(x.flatten(1, 2), (0, 0, 0, height)).view(num, height, long + 1, channels)
    return x[:, :, : long + 1 - height]
