"""The three products of a convolution, each by the fastest of several ways, chosen by shape.

A convolution ties a big map (N, C, H, W) to a small one (N, O, h, w) by weights (O, C / groups, k, l). `Gather` makes
the small map of the big one, `Scatter` the big one of the small one (a transposed convolution), `Correlate` the
weights' gradient of both. Each is linear in both arguments, and the derivatives of each are the other two, in any
order. That alone halves the time of a gradient penalty: PyTorch's second derivative of a convolution takes the weights'
gradient as a convolution with a whole map as the kernel, group by group, and forgets the order of memory.

The choice depends on nothing but shapes, so that a resumed run computes what the first one did. The bounds come from a
Zen 5 with oneDNN 3.12, in bf16. Its convolutions reach 400-540 GFLOP/s a core on large maps, like matrix products; but
90-320 on maps of 4x4, 210-290 in the weights' gradients of strided ones, 20-50 where the kernel covers the whole map,
and 50 where a scatter ends in 3 channels.
"""

from functools import cache
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d, pixel_shuffle

from ganworks.layers.maps import Geometry, columns, dense, empty, folded, left_over, phases, places_of, rows_of

Way = Literal["convolution", "matmul", "phases"]

FEW = 16  # places of the small map, up to which matrix products of unfolded maps win
HEAVY = 1 << 20  # weights above which they do so forward as well
HUGE = 1 << 22  # weights above which they do so even where the product has to be folded
NARROW = 4  # channels up to which the four phases of a doubled map are faster as channels of one convolution


class Ways(NamedTuple):
    gather: Way
    scatter: Way
    correlate: Way


PLAIN = Ways("convolution", "convolution", "convolution")


@cache
def ways(geometry: Geometry, small_channels: int, big_channels: int, dtype: torch.dtype) -> Ways:
    """How to compute each product."""
    if dtype == torch.float32 or geometry.groups > 1:
        return PLAIN
    if geometry.is_whole:
        return Ways("matmul", "matmul", "matmul")
    places = geometry.small[0] * geometry.small[1]
    pairs = small_channels * big_channels
    num_weights = pairs * geometry.kernel[0] * geometry.kernel[1]
    is_small = places <= FEW and num_weights > pairs
    is_middling = places <= 4 * FEW and geometry.stride == (2, 2) and pairs > 4096 and not has_tiles()
    gather: Way = "matmul" if is_small and num_weights > HEAVY else "convolution"
    scatter: Way = "matmul" if is_small and num_weights > HUGE else "convolution"
    if geometry.is_doubling and big_channels <= NARROW:
        scatter = "phases"
    correlate: Way = "matmul" if big_channels >= 32 and (is_small or is_middling) else "convolution"
    return Ways(gather, scatter, correlate)


def has_tiles() -> bool:
    """Whether the processor has AMX: its convolutions come closer to its matrix products."""
    return hasattr(torch.cpu, "get_capabilities") and bool(torch.cpu.get_capabilities().get("amx_bf16"))


class Gather(torch.autograd.Function):
    """(N, C, H, W), (O, C, k, l), bias (O,) or None -> (N, O, h, w)."""

    @staticmethod
    def forward(big: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
        big = dense(big)
        way = ways(geometry, *weight.shape[:2], big.dtype).gather
        if way == "convolution":
            return conv2d(big, weight, bias, geometry.stride, geometry.padding, groups=geometry.groups)
        small = empty((len(big), len(weight), *geometry.small), big)
        return product(columns(big, geometry), rows_of(weight).t(), bias, small)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        big, weight, _, ctx.geometry = inputs
        ctx.save_for_backward(big, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        big, weight = ctx.saved_tensors
        return (
            Scatter.apply(grad, weight, None, ctx.geometry) if wanted(ctx, 0) else None,
            Correlate.apply(big, grad, ctx.geometry) if wanted(ctx, 1) else None,
            total(grad) if wanted(ctx, 2) else None,
            None,
        )


class Scatter(torch.autograd.Function):
    """(N, O, h, w), (O, C, k, l), bias (C,) or None -> (N, C, H, W)."""

    @staticmethod
    def forward(small: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
        small = dense(small)
        way = ways(geometry, *weight.shape[:2], small.dtype).scatter
        if way == "convolution" and geometry.groups == 1:
            return conv_transpose2d(small, weight, bias, geometry.stride, geometry.padding, left_over(geometry))
        if way == "phases":
            bias = None if bias is None else bias.repeat_interleave(4)
            return pixel_shuffle(conv2d(small, phases(weight), bias, padding=1), 2)
        big = empty((len(small), weight.shape[1] * geometry.groups, *geometry.big), small)
        if way == "convolution":
            big = gradients(small, big, weight, geometry, (True, False, False))[0]
        else:
            big = folded(places_of(small) @ rows_of(weight), geometry, big)
        return big if bias is None else big.add_(bias.view(-1, 1, 1))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        small, weight, _, ctx.geometry = inputs
        ctx.save_for_backward(small, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        small, weight = ctx.saved_tensors
        return (
            Gather.apply(grad, weight, None, ctx.geometry) if wanted(ctx, 0) else None,
            Correlate.apply(grad, small, ctx.geometry) if wanted(ctx, 1) else None,
            total(grad) if wanted(ctx, 2) else None,
            None,
        )


class Correlate(torch.autograd.Function):
    """(N, C, H, W), (N, O, h, w) -> (O, C, k, l): the gradient of weights that gathered one into the other."""

    @staticmethod
    def forward(big: Tensor, small: Tensor, geometry: Geometry) -> Tensor:
        big, small = dense(big), dense(small)
        way = ways(geometry, small.shape[1], big.shape[1], big.dtype).correlate
        weight = empty((small.shape[1], big.shape[1] // geometry.groups, *geometry.kernel), big)
        if way == "convolution":
            return gradients(small, big, weight, geometry, (False, True, False))[1]
        torch.mm(places_of(small).t(), columns(big, geometry), out=rows_of(weight))
        return weight

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
    if not ctx.needs_input_grad[index]:
        return False
    node = ctx.next_functions[index][0]
    try:
        return torch._C._will_engine_execute_node(node)
    # A leaf that torch.autograd.grad asks for; or a torch without this function, which is not public: only slower.
    except (RuntimeError, AttributeError):
        return True


def product(x: Tensor, y: Tensor, bias: Tensor | None, out: Tensor) -> Tensor:
    """x @ y + bias as a map. It is written into the map: a view as the output would forbid activations in place."""
    if bias is None:
        torch.mm(x, y, out=places_of(out))
    else:
        torch.addmm(bias, x, y, out=places_of(out))
    return out


def total(grad: Tensor) -> Tensor:
    """The gradient of a bias: (N, C, H, W) -> (C,)."""
    return grad.sum((0, 2, 3))


def gradients(
    small: Tensor, big: Tensor, weight: Tensor, geometry: Geometry, mask: tuple[bool, bool, bool]
) -> tuple[Tensor, Tensor, Tensor]:
    """PyTorch's gradients of big map, weights and bias, if `small` is the gradient of the small map."""
    return torch.ops.aten.convolution_backward(
        small, big, weight, None, geometry.stride, geometry.padding, [1, 1], False, [0, 0], geometry.groups, mask
    )
