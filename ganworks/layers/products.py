"""The three products of a convolution, each by the fastest of several ways, chosen by shape.

A strided convolution ties a big map (N, C, H, W) to a small one (N, O, h, w) by weights (O, C, k, l). `Gather` makes the
small map of the big one, `Scatter` the big one of the small one (a transposed convolution), `Correlate` the weights'
gradient of both. Each is linear in both arguments, and the derivatives of each are the other two: gradients of any order.

The choice depends on nothing but shapes, so that a resumed run computes what the first one did. The bounds come from a
Zen 5 with oneDNN 3.12, in bf16. Its convolutions reach 400-540 GFLOP/s a core on large maps, like matrix products; but
210-320 on maps of 4x4, 210-290 in the weights' gradients of strided ones, 20-50 where the kernel covers the whole map,
and 50 where a scatter ends in 3 channels.
"""

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d, pad, pixel_shuffle

Size = tuple[int, int]
Way = Literal["convolution", "matmul", "whole", "phases"]

FEW = 16  # places of a map below which a matrix product of unfolded columns beats a convolution
HEAVY = 3 << 19  # weights above which it does so forward as well
NARROW = 4  # channels below which the four phases of a doubled map are faster as channels of one convolution


class Geometry(NamedTuple):
    """All of a convolution but its maps and weights. `big` is (H, W): many big maps share one size of small map."""

    kernel: Size
    stride: Size
    padding: Size
    big: Size

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


class Ways(NamedTuple):
    gather: Way
    scatter: Way
    correlate: Way


def ways(geometry: Geometry, small_channels: int, big_channels: int) -> Ways:
    """How to compute each product."""
    if geometry.is_whole:
        return Ways("whole", "whole", "whole")
    places = geometry.small[0] * geometry.small[1]
    taps = geometry.kernel[0] * geometry.kernel[1]
    is_wide = big_channels >= 32
    is_heavy = small_channels * big_channels * taps > HEAVY
    is_small = places <= FEW or (places <= 4 * FEW and geometry.stride == (2, 2) and not has_tiles())
    return Ways(
        gather="matmul" if places <= FEW and is_heavy else "convolution",
        scatter="phases" if big_channels <= NARROW and geometry.is_doubling else "convolution",
        correlate="matmul" if is_wide and taps > 1 and is_small else "convolution",
    )


def has_tiles() -> bool:
    """Whether the processor has AMX: its convolutions come closer to its matrix products."""
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


class Gather(torch.autograd.Function):
    """(N, C, H, W), (O, C, k, l), bias (O,) or None -> (N, O, h, w)."""

    @staticmethod
    def forward(big: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
        big = dense(big)
        way = ways(geometry, *weight.shape[:2]).gather
        if way == "convolution":
            return conv2d(big, weight, bias, geometry.stride, geometry.padding)
        rows = rows_of(big) if way == "whole" else columns(big, geometry)
        return maps(affine(rows, matrix(weight).t(), bias), len(big), geometry.small)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        big, weight, bias, ctx.geometry = inputs
        ctx.save_for_backward(big, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        big, weight = ctx.saved_tensors
        return (
            Scatter.apply(grad, weight, None, ctx.geometry) if wanted(ctx, 0) else None,
            Correlate.apply(big, grad, ctx.geometry) if wanted(ctx, 1) else None,
            total(grad) if ctx.needs_input_grad[2] else None,
            None,
        )


class Scatter(torch.autograd.Function):
    """(N, O, h, w), (O, C, k, l), bias (C,) or None -> (N, C, H, W)."""

    @staticmethod
    def forward(small: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
        small = dense(small)
        way = ways(geometry, *weight.shape[:2]).scatter
        if way == "whole":
            rows = rows_of(small) @ matrix(weight)
            big = maps(rows.view(-1, weight.shape[1]), len(small), geometry.big)
            return big if bias is None else big + bias.view(-1, 1, 1)
        if way == "phases":
            bias = None if bias is None else bias.repeat_interleave(4)
            return pixel_shuffle(conv2d(small, phases(weight), bias, padding=1), 2)
        least = Geometry(geometry.kernel, geometry.stride, geometry.padding, (0, 0))
        return conv_transpose2d(small, weight, bias, least.stride, least.padding, left_over(small, geometry))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        small, weight, bias, ctx.geometry = inputs
        ctx.save_for_backward(small, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        small, weight = ctx.saved_tensors
        return (
            Gather.apply(grad, weight, None, ctx.geometry) if wanted(ctx, 0) else None,
            Correlate.apply(grad, small, ctx.geometry) if wanted(ctx, 1) else None,
            total(grad) if ctx.needs_input_grad[2] else None,
            None,
        )


class Correlate(torch.autograd.Function):
    """(N, C, H, W), (N, O, h, w) -> (O, C, k, l): the gradient of weights that gathered one into the other."""

    @staticmethod
    def forward(big: Tensor, small: Tensor, geometry: Geometry) -> Tensor:
        big, small = dense(big), dense(small)
        way = ways(geometry, small.shape[1], big.shape[1]).correlate
        shape = (small.shape[1], big.shape[1], *geometry.kernel)
        if way == "convolution":
            return weight_gradient(big, small, shape, geometry)
        right = rows_of(big) if way == "whole" else columns(big, geometry)
        left = rows_of(small) if way == "whole" else places_of(small)
        return (left.t() @ right).view(shape[0], *geometry.kernel, shape[1]).permute(0, 3, 1, 2)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        big, small, ctx.geometry = inputs
        ctx.save_for_backward(big, small)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        big, small = ctx.saved_tensors
        return (
            Scatter.apply(small, grad, None, ctx.geometry) if wanted(ctx, 0) else None,
            Gather.apply(big, grad, None, ctx.geometry) if wanted(ctx, 1) else None,
            None,
        )


def wanted(ctx: Any, index: int) -> bool:
    """Whether this backward pass needs the gradient of an input.

    `ctx.needs_input_grad` only says that it has one; with backward(inputs=...), in the other player's turn, the
    weights' gradient would be a third of the work for nothing.
    """
    node = ctx.next_functions[index][0]
    if node is None or not ctx.needs_input_grad[index]:
        return False
    try:
        return torch._C._will_engine_execute_node(node)
    except RuntimeError:  # a leaf that torch.autograd.grad asks for
        return True


def dense(x: Tensor) -> Tensor:
    """x, channels-last."""
    return x.contiguous(memory_format=torch.channels_last)


def places_of(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N H W, C): a row for each place, without a copy."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def rows_of(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H W C): a row for each example, without a copy."""
    return x.permute(0, 2, 3, 1).reshape(len(x), -1)


def matrix(weight: Tensor) -> Tensor:
    """(O, C, k, l) -> (O, k l C), without a copy if channels-last."""
    return rows_of(weight)


def maps(places: Tensor, num: int, size: Size) -> Tensor:
    """(N h w, C) -> (N, C, h, w), channels-last."""
    return places.view(num, *size, -1).permute(0, 3, 1, 2)


def affine(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return x @ weight if bias is None else torch.addmm(bias, x, weight)


def total(grad: Tensor) -> Tensor:
    """The gradient of a bias: (N, C, H, W) -> (C,)."""
    return grad.sum((0, 2, 3))


def columns(big: Tensor, geometry: Geometry) -> Tensor:
    """What the kernel sees at each place: (N, C, H, W) -> (N h w, k l C)."""
    (k, l), (down, right), (top, left) = geometry.kernel, geometry.stride, geometry.padding
    x = pad(big.permute(0, 2, 3, 1), (0, 0, left, left, top, top))
    num, row, column, channel = x.stride()
    seen = x.as_strided(
        (len(x), *geometry.small, k, l, x.shape[3]), (num, down * row, right * column, row, column, channel)
    )
    return seen.reshape(-1, k * l * x.shape[3])


def phases(weight: Tensor) -> Tensor:
    """The weights of a doubling scatter as a 3x3 convolution into four phases: (O, C, 4, 4) -> (4 C, O, 3, 3).

    Row 2i of the big map takes rows i-1 and i of the small one by taps 3 and 1; row 2i+1 takes i and i+1 by 2 and 0.
    """
    taps = torch.tensor([[3, 1, 4], [4, 2, 0]], device=weight.device)  # 4 is a tap of zeros
    spread = pad(weight, (0, 1, 0, 1))[:, :, taps][..., taps]  # (O, C, 2, 3, 2, 3)
    return dense(spread.permute(1, 2, 4, 0, 3, 5).flatten(0, 2))


def left_over(small: Tensor, geometry: Geometry) -> list[int]:
    """Rows and columns at the end of the big map that no kernel reaches fully."""
    return [
        big - ((n - 1) * s - 2 * p + k)
        for big, n, s, p, k in zip(
            geometry.big, small.shape[2:], geometry.stride, geometry.padding, geometry.kernel, strict=True
        )
    ]


def weight_gradient(big: Tensor, small: Tensor, shape: tuple[int, ...], geometry: Geometry) -> Tensor:
    like = torch.empty(shape, dtype=big.dtype, device=big.device, memory_format=torch.channels_last)
    return torch.ops.aten.convolution_backward(
        small, big, like, None, geometry.stride, geometry.padding, [1, 1], False, [0, 0], 1, [False, True, False]
    )[1]
