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

    Two-sided; exact up to 8 values a side, by random deals beyond. Infinite values count as one above the largest.
    """
    finite = [value for value in (*a, *b) if not isinf(value)]
    values = [max(finite, default=0.0) + 1 if value == inf else value for value in (*a, *b)]
    total, n = sum(values), len(a)
    seen = abs(mean(values[:n]) - mean(values[n:])) - 1e-9 * (1 + max(map(abs, values)))
    if comb(len(values), n) <= MOST:
        sums = [sum(group) for group in combinations(values, n)]
    else:
        generator = torch.Generator().manual_seed(0)
        deals = torch.rand(MOST, len(values), generator=generator).argsort(1)[:, :n]
        sums = torch.tensor(values, dtype=torch.float64)[deals].sum(1).tolist()
    return sum(abs(one / n - (total - one) / len(b)) >= seen for one in sums) / len(sums)


def fewest_seeds() -> int:
    """So many seeds a side are needed for any difference to be more than luck."""
    return next(n for n in range(2, 10) if 2 / comb(2 * n, n) <= CHANCE)
