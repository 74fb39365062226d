"""Two codes in one picture."""

import torch
from torch import Tensor

from ganworks.core import Batch, System
from ganworks.latent.codes import make, rows, slerp, space_of


def crossed(system: System, inputs: Batch, num_rows: int, coarse: int | None = None) -> Tensor:
    """Pictures of a grid, row by row, with a white corner, the columns' own at the top and the rows' own at the left.

    inputs: those of the rows, then those of the columns; what is not a code comes from the row.
    coarse: with styles, a cell has so many of the row's (a third, if not given) and the finer ones of its column:
    Karras et al. 2019, StyleGAN (arXiv 1812.04948), section 3.1. A z has no order from coarse to fine: without styles
    a cell lies halfway on the arc between its row and its column.
    """
    space = space_of(system)
    codes = inputs[space]
    num_columns = len(codes) - num_rows
    row = torch.arange(num_rows).repeat_interleave(num_columns)
    column = num_rows + torch.arange(num_columns).repeat(num_rows)
    if space == "w":
        coarse = coarse_styles(codes.shape[1], coarse)
        both = torch.cat([codes[row, :coarse], codes[column, coarse:]], 1)
    else:
        both = slerp(codes[row], codes[column], 0.5)
    sources = make(system, inputs)
    cells = make(system, rows(inputs, row) | {space: both}).unflatten(0, (num_rows, num_columns))
    top = torch.cat([torch.ones_like(sources[:1]), sources[num_rows:]])
    sides = [torch.cat([sources[n : n + 1], cells[n]]) for n in range(num_rows)]
    return torch.cat([top, *sides])


def coarse_styles(num: int, coarse: int | None) -> int:
    """How many of `num` styles count as coarse. ValueError if none or all would."""
    chosen = max(1, round(num / 3)) if coarse is None else coarse
    if not 0 < chosen < num:
        raise ValueError(f"--coarse: {coarse} was given; possible: 1 to {num - 1}, as there are {num} styles")
    return chosen
