"""Convolutions that compute what PyTorch's do, faster on the CPU; see `products`.

In float32 their output is PyTorch's, bit for bit, and their gradients are to rounding. On other devices and under
torch.compile they are PyTorch's own. Weights are kept channels-last, which neither oneDNN nor cuDNN need to convert.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d

from ganworks.layers.maps import Geometry
from ganworks.layers.products import PLAIN, Gather, Scatter, ways


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
        padding = int(self.padding[0])
        return convolve(x, self.weight, self.bias, stride=self.stride[0], padding=padding, groups=self.groups)


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
        if output_size is not None:
            return super().forward(x, output_size)
        return convolve_transposed(x, self.weight, self.bias, stride=self.stride[0], padding=int(self.padding[0]))


class Halve(Convolution):
    """4x4 convolution with stride 2: (N, C, H, W) -> (N, D, H // 2, W // 2). Sides may be odd; no pixel goes unseen."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=bias)


class Double(TransposedConvolution):
    """4x4 transposed convolution with stride 2: (N, C, H, W) -> (N, D, 2 H, 2 W)."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=bias)


class ConvolveHalve(Convolution):
    """3x3 convolution, then the mean of each 2x2 places: (N, C, H, W) -> (N, D, H // 2, W // 2).

    As one 4x4 convolution with stride 2: 16 products for each result in place of 36.
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=3, padding=1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return convolve(x, spread(self.weight) / 4, self.bias, stride=2, padding=1)


class DoubleConvolve(Convolution):
    """Each place repeated 2x2, then a 3x3 convolution: (N, C, H, W) -> (N, D, 2 H, 2 W).

    As one 4x4 transposed convolution with stride 2: 4 products for each result in place of 9.
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=3, padding=1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        weight = spread(self.weight.flip(2, 3)).transpose(0, 1)
        return convolve_transposed(x, weight, self.bias, stride=2, padding=1)


def spread(weight: Tensor) -> Tensor:
    """3x3 weights as the 4x4 ones that apply them at 2x2 neighbouring places: (D, C, 3, 3) -> (D, C, 4, 4)."""
    shifts = torch.eye(4, 3, device=weight.device, dtype=weight.dtype)
    shifts = shifts + shifts.roll(1, 0)  # each row of weights serves two rows
    num, channels = weight.shape[:2]
    rows = weight.permute(0, 2, 3, 1).reshape(num, 9, channels)
    return (torch.kron(shifts, shifts) @ rows).view(num, 4, 4, channels).permute(0, 3, 1, 2)


def convolve(
    x: Tensor, weight: Tensor, bias: Tensor | None, *, stride: int = 1, padding: int = 0, groups: int = 1
) -> Tensor:
    """conv2d: (N, C, H, W), (D, C / groups, k, l), (D,) -> (N, D, h, w)."""
    dtype = product_dtype(x, weight)
    if dtype is not None:
        kernel, big = (weight.shape[2], weight.shape[3]), (x.shape[2], x.shape[3])
        geometry = Geometry(kernel, (stride, stride), (padding, padding), big, groups)
        if min(geometry.small) > 0 and pays(geometry, weight, dtype):
            return Gather.apply(*cast(dtype, x, weight, bias), geometry)
    return conv2d(x, weight, bias, stride, padding, groups=groups)


def convolve_transposed(x: Tensor, weight: Tensor, bias: Tensor | None, *, stride: int = 1, padding: int = 0) -> Tensor:
    """conv_transpose2d: (N, C, h, w), (C, D, k, l), (D,) -> (N, D, H, W)."""
    dtype = product_dtype(x, weight)
    if dtype is not None:
        kernel = (weight.shape[2], weight.shape[3])
        height, width = ((n - 1) * stride + k - 2 * padding for n, k in zip(x.shape[2:], kernel, strict=True))
        geometry = Geometry(kernel, (stride, stride), (padding, padding), (height, width))
        if pays(geometry, weight, dtype):
            return Scatter.apply(*cast(dtype, x, weight, bias), geometry)
    return conv_transpose2d(x, weight, bias, stride, padding)


def pays(geometry: Geometry, weight: Tensor, dtype: torch.dtype) -> bool:
    """Whether products are worth their overhead: for a faster way in bf16, for second derivatives in float32."""
    return dtype == torch.float32 or ways(geometry, weight.shape[0], weight.shape[1], dtype) != PLAIN


def channels_last(layer: nn.Conv2d | nn.ConvTranspose2d) -> None:
    layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)


def product_dtype(x: Tensor, weight: Tensor) -> torch.dtype | None:
    """What `products` would compute in: bfloat16, or float32 where a gradient may be wanted; None to leave it alone."""
    if x.device.type != "cpu" or x.ndim != 4 or torch.compiler.is_compiling():
        return None
    if torch.is_autocast_enabled("cpu"):
        return torch.bfloat16 if torch.get_autocast_dtype("cpu") == torch.bfloat16 else None
    if x.dtype != weight.dtype or not torch.is_grad_enabled():
        return None
    return x.dtype if x.dtype in (torch.bfloat16, torch.float32) else None


def cast(dtype: torch.dtype, x: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    return x.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype)
