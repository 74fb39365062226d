"""Maps (N, C, H, W) as matrices, and back, in channels-last order."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

Size = tuple[int, int]


class Geometry(NamedTuple):
    """All of a convolution but its maps and weights. `big` is (H, W): many big maps share one size of small map."""

    kernel: Size
    stride: Size
    padding: Size
    big: Size
    groups: int = 1

    @property
    def small(self) -> Size:
        height, width = (
            (b + 2 * p - k) // s + 1
            for b, p, k, s in zip(self.big, self.padding, self.kernel, self.stride, strict=True)
        )
        return height, width

    @property
    def is_whole(self) -> bool:
        """Whether the kernel covers the big map exactly: a linear layer."""
        return self.kernel == self.big and self.padding == (0, 0)

    @property
    def is_doubling(self) -> bool:
        twice = (2 * self.small[0], 2 * self.small[1])
        return (self.kernel, self.stride, self.padding, self.big) == ((4, 4), (2, 2), (1, 1), twice)


def dense(x: Tensor) -> Tensor:
    """x, channels-last."""
    return x.contiguous(memory_format=torch.channels_last)


def empty(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """A map (N, C, H, W) to be filled, channels-last."""
    return torch.empty(shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last)


def places_of(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N H W, C): a row for each place, without a copy."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def rows_of(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H W C): a row for each example or output channel, without a copy."""
    return x.permute(0, 2, 3, 1).reshape(len(x), -1)


def columns(big: Tensor, geometry: Geometry) -> Tensor:
    """What the kernel sees at each place: (N, C, H, W) -> (N h w, kernel C)."""
    (height, width), (down, right), (top, left) = geometry.kernel, geometry.stride, geometry.padding
    x = big.permute(0, 2, 3, 1)
    if top or left:
        x = pad(x, (0, 0, left, left, top, top))
    num, row, column, channel = x.stride()
    strides = (num, down * row, right * column, row, column, channel)
    seen = x.as_strided((len(x), *geometry.small, height, width, x.shape[3]), strides)
    return seen.reshape(-1, height * width * x.shape[3])


def folded(seen: Tensor, geometry: Geometry, out: Tensor) -> Tensor:
    """The sum of what all places add to the big map, in float32 at least: (N h w, kernel C) -> (N, C, H, W)."""
    (height, width), (down, right), (top, left) = geometry.big, geometry.stride, geometry.padding
    rows, columns = geometry.small
    seen = seen.view(-1, rows, columns, *geometry.kernel, out.shape[1])
    target = out.permute(0, 2, 3, 1)
    if geometry.is_whole:
        target.copy_(seen[:, 0, 0])
        return out
    padded = (len(seen), height + 2 * top, width + 2 * left, out.shape[1])
    big = torch.zeros(padded, device=seen.device, dtype=torch.promote_types(seen.dtype, torch.float32))
    for i in range(geometry.kernel[0]):
        for j in range(geometry.kernel[1]):
            big[:, i : i + down * rows : down, j : j + right * columns : right] += seen[:, :, :, i, j]
    target.copy_(big[:, top : top + height, left : left + width])
    return out


def phases(weight: Tensor) -> Tensor:
    """The weights of a doubling scatter as a 3x3 convolution into four phases: (O, C, 4, 4) -> (4 C, O, 3, 3).

    Row 2i of the big map takes rows i-1 and i of the small one by taps 3 and 1; row 2i+1 takes i and i+1 by 2 and 0.
    """
    taps = torch.tensor([[3, 1, 4], [4, 2, 0]], device=weight.device)  # 4 is a tap of zeros
    spread = pad(weight, (0, 1, 0, 1))[:, :, taps][..., taps]  # (O, C, 2, 3, 2, 3)
    return dense(spread.permute(1, 2, 4, 0, 3, 5).flatten(0, 2))


def left_over(geometry: Geometry) -> list[int]:
    """Rows and columns at the end of the big map that no kernel starts in reach of."""
    sizes = zip(geometry.big, geometry.small, geometry.stride, geometry.padding, geometry.kernel, strict=True)
    return [big - ((small - 1) * s - 2 * p + k) for big, small, s, p, k in sizes]
