"""Whether two systems differ by more than their seeds do."""

from collections.abc import Sequence
from itertools import combinations
from math import comb, inf, isinf

import torch

MOST = 20_000  # ways to deal the values out anew that are looked at
CHANCE = 0.05


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def spread(values: Sequence[float]) -> float:
    """The standard deviation over seeds; 0 for a single one, or where some value is infinite."""
    if len(values) < 2 or any(map(isinf, values)):
        return 0.0
    middle = mean(values)
    return (sum((value - middle) ** 2 for value in values) / (len(values) - 1)) ** 0.5


def by_luck(a: Sequence[float], b: Sequence[float]) -> float:
    """How often values dealt out at random to two groups differ as much in their means: Fisher's permutation test.

    Two-sided. Infinite values count as one above the largest.
    """
    finite = [value for value in (*a, *b) if not isinf(value)]
    most = max(finite, default=0.0) + 1
    return share(deals(*([most if value == inf else value for value in group] for group in (a, b))).abs())


def lower_by_luck(a: Sequence[float], b: Sequence[float]) -> float:
    """The same, one-sided: how often the mean of the first is as much below that of the second."""
    return share(deals(b, a))


def deals(a: Sequence[float], b: Sequence[float]) -> torch.Tensor:
    """The mean of a less that of b: first of these groups, then of all values dealt out anew.

    All deals for up to 8 values a side, random ones beyond.
    """
    values, n = torch.tensor([*a, *b], dtype=torch.float64), len(a)
    if comb(len(values), n) <= MOST:
        rows = torch.tensor(list(combinations(range(len(values)), n)))  # (0, 1, ..., n - 1) is the first of them
    else:
        rows = torch.rand(MOST, len(values), generator=torch.Generator().manual_seed(0)).argsort(1)[:, :n]
        rows[0] = torch.arange(n)
    sums = values[rows].sum(1)
    return sums / n - (values.sum() - sums) / len(b)


def share(differences: torch.Tensor) -> float:
    """Of those that are as large as the first; sums in another order differ in their last digits."""
    room = 1e-9 * differences.abs().max()
    return float((differences >= differences[0] - room).double().mean())


def fewest_seeds() -> int:
    """So many seeds a side are needed for any difference to be more than luck."""
    return next(n for n in range(2, 10) if 2 / comb(2 * n, n) <= CHANCE)
