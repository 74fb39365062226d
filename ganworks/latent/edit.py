"""Arithmetic on codes."""

from collections.abc import Sequence

import torch

from ganworks.core import Batch, System
from ganworks.latent.codes import draw, rows, space_of, typical_length

NOISE = 0.25  # in deviations of a code's entries


def combine(system: System, inputs: Batch, plus: Sequence[Sequence[int]], minus: Sequence[Sequence[int]]) -> Batch:
    """The sum of the mean codes of `plus` groups of rows, less those of `minus` groups: inputs of one row.

    Radford et al. 2015, DCGAN (arXiv 1511.06434), section 6.3.2: single samples are unstable, means of three are not.
    A z is brought to the usual length, which sums and means have lost; the paper leaves it. All that is not a code
    comes from the first row named.
    """
    space = space_of(system)
    codes = inputs[space]
    means = [codes[list(group)].mean(0) for group in (*plus, *minus)]
    total = torch.stack(means[: len(plus)] + [-mean for mean in means[len(plus) :]]).sum(0)
    if space == "z":
        total = total * typical_length(codes) / total.norm().clamp_min(1e-12)
    return rows(inputs, [plus[0][0]]) | {space: total[None]}


def neighbours(system: System, result: Batch, num: int = 8) -> Batch:
    """A row of inputs, and `num` more whose codes have uniform noise of up to a quarter of a deviation, as there."""
    space = space_of(system)
    deviation = draw(system, 64, 0)[space].std(0).mean()
    many = rows(result, [0] * (num + 1))
    noise = 2 * torch.rand(many[space].shape, generator=torch.Generator().manual_seed(0)) - 1
    noise[0] = 0
    return many | {space: many[space] + NOISE * deviation * noise}
