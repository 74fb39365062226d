"""Means, spreads, and how much of a difference is luck."""

from collections.abc import Sequence
from itertools import product
from math import sqrt

import torch

# Student's t beyond which lie 5 % of what luck does, both sides, for 1, 2, ... degrees of freedom.
T = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def spread(values: Sequence[float]) -> float:
    """The standard deviation over seeds; 0 for a single one."""
    if len(values) < 2:
        return 0.0
    middle = mean(values)
    return sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))


def better_by_luck(gains: Sequence[float]) -> float:
    """The share of all sign patterns of paired gains whose mean is at least the one seen.

    Fisher's exact paired permutation test, one-sided: the p-value that the gains are no gains, for what was measured
    twice on the same samples. With n pairs it can't be below 1 / 2^n.
    """
    assert len(gains) <= 16, "2^n patterns"
    total = sum(gains)
    room = 1e-12 * sum(map(abs, gains))  # sums in another order differ in their last digits
    sums = [sum(sign * gain for sign, gain in zip(signs, gains, strict=True)) for signs in patterns(len(gains))]
    return sum(value >= total - room for value in sums) / len(sums)


def patterns(num: int) -> list[tuple[int, ...]]:
    return list(product((1, -1), repeat=num))


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> float:
    """Spearman's rho, from -1 to 1; ties share their mean rank. 0 if one of the two is constant."""
    a, b = (mean_ranks(torch.tensor(values, dtype=torch.float64)) for values in (x, y))
    a, b = a - a.mean(), b - b.mean()
    scale = (a.square().sum() * b.square().sum()).sqrt()
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def mean_ranks(values: torch.Tensor) -> torch.Tensor:
    below = (values[None] < values[:, None]).sum(1)
    equal = (values[None] == values[:, None]).sum(1)
    return below + (equal + 1) / 2
