"""Convolutions that compute what PyTorch's do, faster in bf16 on the CPU; see `products`.

Anywhere else (float32, GPUs, groups, dilation, under torch.compile) they are PyTorch's own, bit for bit.
"""

import torch
from torch import Tensor, nn

from ganworks.layers.products import Gather, Geometry, Scatter, ways


class Convolution(nn.Conv2d):
    """nn.Conv2d, with weights in channels-last order, which the fast ways and oneDNN need not convert."""

    def __init__(self, *args: object, **kwargs: object):
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        channels_last(self)

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        dtype = fast_dtype(self, x, weight)
        if dtype is not None and not isinstance(self.padding, str):
            geometry = Geometry(pair(self.kernel_size), pair(self.stride), pair(self.padding), pair(x.shape[2:]))
            if min(geometry.small) > 0 and set(ways(geometry, *weight.shape[:2])) != {"convolution"}:
                return Gather.apply(x.to(dtype), weight.to(dtype), cast(bias, dtype), geometry)
        return super()._conv_forward(x, weight, bias)


class TransposedConvolution(nn.ConvTranspose2d):
    """nn.ConvTranspose2d, with weights in channels-last order."""

    def __init__(self, *args: object, **kwargs: object):
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        channels_last(self)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        dtype = fast_dtype(self, x, self.weight)
        if dtype is not None and output_size is None and not isinstance(self.padding, str):
            kernel, stride, padding = pair(self.kernel_size), pair(self.stride), pair(self.padding)
            geometry = Geometry(kernel, stride, padding, self.size_after(pair(x.shape[2:])))
            if set(ways(geometry, *self.weight.shape[:2])) != {"convolution"}:
                return Scatter.apply(x.to(dtype), self.weight.to(dtype), cast(self.bias, dtype), geometry)
        return super().forward(x, output_size)

    def size_after(self, small: tuple[int, int]) -> tuple[int, int]:
        height, width = (
            (n - 1) * s - 2 * int(p) + k + extra
            for n, s, p, k, extra in zip(
                small, self.stride, self.padding, self.kernel_size, self.output_padding, strict=True
            )
        )
        return height, width


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


def fast_dtype(layer: nn.Conv2d | nn.ConvTranspose2d, x: Tensor, weight: Tensor) -> torch.dtype | None:
    """bfloat16 where a fast way may be open: on the CPU, by autocast or because all of it is."""
    if x.device.type != "cpu" or x.ndim != 4 or layer.padding_mode != "zeros" or torch.compiler.is_compiling():
        return None
    if layer.groups != 1 or pair(layer.dilation) != (1, 1):
        return None
    by_autocast = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
    return torch.bfloat16 if by_autocast or x.dtype == weight.dtype == torch.bfloat16 else None


def cast(bias: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    return None if bias is None else bias.to(dtype)


def pair(values: object) -> tuple[int, int]:
    first, second = values  # type: ignore[misc,attr-defined]
    return int(first), int(second)
