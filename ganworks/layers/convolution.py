"""Convolutions that compute what PyTorch's do, faster on the CPU; see `products`.

In float32 their output is PyTorch's, bit for bit, and their gradients are to rounding. On other devices and under
torch.compile they are PyTorch's own. Weights are kept channels-last, which neither oneDNN nor cuDNN need to convert.
"""

import torch
from torch import Tensor, nn

from ganworks.layers.maps import Geometry, Size
from ganworks.layers.products import PLAIN, Gather, Scatter, Ways, ways


class Convolution(nn.Conv2d):
    """nn.Conv2d with a square kernel and zeros around: (N, C, H, W) -> (N, D, h, w)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        bias: bool = True,
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=bias)
        channels_last(self)

    def forward(self, x: Tensor) -> Tensor:
        dtype = product_dtype(x, self.weight)
        if dtype is not None:
            geometry = self.geometry(sides_of(x))
            if min(geometry.small) > 0 and (dtype == torch.float32 or ways_of(self, geometry, dtype) != PLAIN):
                return Gather.apply(*cast(dtype, x, self.weight, self.bias), geometry)
        return super().forward(x)

    def geometry(self, big: Size) -> Geometry:
        kernel, stride, padding = self.kernel_size[0], self.stride[0], int(self.padding[0])
        return Geometry((kernel, kernel), (stride, stride), (padding, padding), big, self.groups)


class TransposedConvolution(nn.ConvTranspose2d):
    """nn.ConvTranspose2d with a square kernel: (N, C, h, w) -> (N, D, H, W)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=bias)
        channels_last(self)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        dtype = product_dtype(x, self.weight)
        if output_size is None and dtype is not None:
            geometry = self.geometry(sides_of(x))
            if dtype == torch.float32 or ways_of(self, geometry, dtype) != PLAIN:
                return Scatter.apply(*cast(dtype, x, self.weight, self.bias), geometry)
        return super().forward(x, output_size)

    def geometry(self, small: Size) -> Geometry:
        kernel, stride, padding = self.kernel_size[0], self.stride[0], int(self.padding[0])
        around = kernel - stride - 2 * padding
        big = (small[0] * stride + around, small[1] * stride + around)
        return Geometry((kernel, kernel), (stride, stride), (padding, padding), big)


class Halve(Convolution):
    """4x4 convolution with stride 2: (N, C, H, W) -> (N, D, H // 2, W // 2). Sides may be odd; no pixel goes unseen."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=bias)


class Double(TransposedConvolution):
    """4x4 transposed convolution with stride 2: (N, C, H, W) -> (N, D, 2 H, 2 W)."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=bias)


def channels_last(layer: nn.Conv2d | nn.ConvTranspose2d) -> None:
    layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)


def product_dtype(x: Tensor, weight: Tensor) -> torch.dtype | None:
    """What `products` would compute in: bfloat16, or float32 where a gradient may be wanted; None to leave it alone.

    In bfloat16 they are for speed, in float32 for second derivatives.
    """
    if x.device.type != "cpu" or x.ndim != 4 or torch.compiler.is_compiling():
        return None
    if torch.is_autocast_enabled("cpu"):
        return torch.bfloat16 if torch.get_autocast_dtype("cpu") == torch.bfloat16 else None
    if x.dtype != weight.dtype or not torch.is_grad_enabled():
        return None
    return x.dtype if x.dtype in (torch.bfloat16, torch.float32) else None


def ways_of(layer: nn.Conv2d | nn.ConvTranspose2d, geometry: Geometry, dtype: torch.dtype) -> Ways:
    return ways(geometry, layer.weight.shape[0], layer.weight.shape[1], dtype)


def cast(dtype: torch.dtype, x: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    return x.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype)


def sides_of(x: Tensor) -> Size:
    return x.shape[-2], x.shape[-1]
