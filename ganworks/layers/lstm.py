"""A convolutional LSTM that goes over maps line by line, with its gradient.

Each step sees the states of a few neighbours in the line before: van den Oord et al. 2016 (arXiv 1601.06759), eq. 3.
Written as one function, as the gradient of the weights then is one product in place of one for each line.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def update(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """Output, forget and input gate and content (..., 4 D), cells (..., D) -> new states and cells."""
    width = cell.shape[-1]
    output, forget, enter = gates[..., : 3 * width].sigmoid().chunk(3, -1)
    cell = forget * cell + enter * gates[..., 3 * width :].tanh()
    return output * cell.tanh(), cell


class Scan(torch.autograd.Function):
    """Inputs to the gates (lines, G, N, S, 4 D), weights (G, taps D, 4 D) -> states (lines, G, N, S, D).

    G scans that know nothing of each other. Place s sees the places from s - before on in the line before, as many as
    there are taps. Products are computed in the weights' type, the rest in float32 at least.
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, before: int) -> Tensor:
        lines, groups, num, places, wide = inputs.shape
        width = wide // 4
        taps = weight.shape[1] // width
        kind = torch.promote_types(inputs.dtype, torch.float32)
        seen = inputs.new_zeros(lines, groups, num, places, taps * width, dtype=weight.dtype)
        gates = torch.empty(inputs.shape, dtype=kind, device=inputs.device)
        cells = torch.zeros(lines + 1, groups, num, places, width, dtype=kind, device=inputs.device)
        states = torch.empty_like(cells[1:])
        for line in range(lines):
            if line:
                look(states[line - 1], seen[line], before)
            fed = torch.bmm(seen[line].flatten(1, 2), weight).view_as(inputs[line])
            now = torch.add(inputs[line], fed, out=gates[line])
            now[..., : 3 * width].sigmoid_()
            now[..., 3 * width :].tanh_()
            output, forget, enter, content = now.chunk(4, -1)
            torch.mul(forget, cells[line], out=cells[line + 1]).addcmul_(enter, content)
            torch.mul(output, cells[line + 1].tanh(), out=states[line])
        ctx.save_for_backward(seen, gates, cells, weight)
        ctx.before, ctx.kind = before, inputs.dtype
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        seen, gates, cells, weight = ctx.saved_tensors
        width = cells.shape[-1]
        slopes = torch.empty_like(gates, dtype=weight.dtype)
        back = weight.transpose(1, 2).contiguous()
        state, cell = torch.zeros_like(cells[0]), torch.zeros_like(cells[0])
        for line in reversed(range(len(gates))):
            state = state + grad[line]
            output, forget, enter, content = gates[line].chunk(4, -1)
            bent = cells[line + 1].tanh()
            cell = cell + state * output * (1 - bent.square())
            found = slopes[line]
            found[..., :width] = state * bent * output * (1 - output)
            found[..., width : 2 * width] = cell * cells[line] * forget * (1 - forget)
            found[..., 2 * width : 3 * width] = cell * content * enter * (1 - enter)
            found[..., 3 * width :] = cell * enter * (1 - content.square())
            cell = cell * forget
            state = scattered(torch.bmm(found.flatten(1, 2), back).view_as(seen[line]), width, ctx.before)
        return slopes.to(ctx.kind), products(seen, slopes), None


def look(states: Tensor, seen: Tensor, before: int) -> None:
    """Write the states (G, N, S, D) of the neighbours side by side into `seen` (G, N, S, taps D)."""
    places, width = states.shape[-2:]
    for tap in range(seen.shape[-1] // width):
        shift = tap - before  # place s sees s + shift
        begin, end = max(0, -shift), min(places, places - shift)
        seen[..., begin:end, tap * width : (tap + 1) * width] = states[..., begin + shift : end + shift, :]


def scattered(grad: Tensor, width: int, before: int) -> Tensor:
    """The gradient of the states, from that of what was seen of them."""
    taps, places = grad.shape[-1] // width, grad.shape[-2]
    kind = torch.promote_types(grad.dtype, torch.float32)
    total = grad.new_zeros(*grad.shape[:-2], places + taps - 1, width, dtype=kind)
    for tap in range(taps):
        total[..., tap : tap + places, :] += grad[..., tap * width : (tap + 1) * width]
    return total[..., before : before + places, :]


def products(seen: Tensor, slopes: Tensor) -> Tensor:
    """The gradient of the weights: (lines, G, N, S, a), (lines, G, N, S, b) -> (G, a, b)."""
    a, b = (x.transpose(0, 1).flatten(1, -2) for x in (seen, slopes))
    return torch.bmm(a.transpose(1, 2), b)
