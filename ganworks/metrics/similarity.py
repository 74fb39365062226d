"""Are samples too much alike: each other (MS-SSIM, duplicates), or the training pictures (memorisation)?"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ganworks.metrics.features import Array, check, one
from ganworks.metrics.neighbours import inside, nearest, points
from ganworks.metrics.two_sample import some


@dataclass(frozen=True)
class Birthday:
    """Near-duplicates in a set of `size` samples, and how many different ones a generator then has.

    distances (p,), pairs (p, 2): the closest pairs, ascending; pairs are rows of the features as given.
    threshold: what is a duplicate, at most so far apart; duplicates: how many of the size (size - 1) / 2 pairs are.
    support: size (size - 1) / (2 duplicates), an estimate of 1 / sum p^2: the number of different samples if all are
        equally likely, fewer than there are if not. Infinite without duplicates.
    at_least: the support is larger than this with 95 % confidence (duplicates counted as Poisson).
    """

    size: int
    distances: Tensor
    pairs: Tensor
    threshold: float
    duplicates: int
    support: float
    at_least: float


def birthday(
    a: Array,
    threshold: float | None = None,
    real: Array | None = None,
    *,
    size: int | None = None,
    closest: int = 20,
    seed: int = 0,
) -> Birthday:
    """The birthday paradox test: few different samples give themselves away by duplicates in a small set.

    Arora, Risteski and Zhang 2018 (Do GANs learn the distribution?, ICLR), who look at the closest pairs by eye: look
    at `pairs`. Here a duplicate is a pair at most `threshold` apart or, without one, at most as far apart as the
    closest pair among as many of `real`: so real data itself shows about one, and a support well below size^2 / 2 means
    less variety than real data has. a: (N, d) features or pixels; `size` of them, drawn by `seed`, are used.
    Features decide what is alike: pixels miss shifted copies.
    """
    rows = one(a, "judged")
    if real is not None:
        rows, others = check(a, real)
        size = min(size or len(rows), len(others), len(rows))
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))[: size or len(rows)]
    rows = rows[order]
    if threshold is None:
        if real is None:
            raise ValueError("no threshold and no real data: give the distance of a duplicate, or real to take it from")
        threshold = among(some(others, len(rows), seed), len(rows), seed).min().item()
    if not threshold >= 0 or len(rows) < 2 or closest < 1:
        raise ValueError(f"threshold {threshold}, size {len(rows)}, closest {closest}: must be at least 0, 2 and 1")
    distances, pairs = closest_pairs(rows, closest)
    duplicates = close_pairs(rows, threshold)
    all_pairs = len(rows) * (len(rows) - 1) / 2
    return Birthday(
        size=len(rows),
        distances=distances,
        pairs=order[pairs],
        threshold=threshold,
        duplicates=duplicates,
        support=all_pairs / duplicates if duplicates else math.inf,
        at_least=all_pairs / most(duplicates),
    )


def closest_pairs(rows: Tensor, num: int) -> tuple[Tensor, Tensor]:
    """Distances (p,) and rows (p, 2) of the closest pairs, p <= num, in which each row has at most 5 partners."""
    far, partner = nearest(rows, rows, min(5, len(rows) - 1), itself=True)
    first = torch.arange(len(rows))[:, None].expand_as(partner)
    pairs = torch.stack([torch.minimum(first, partner), torch.maximum(first, partner)], 2).flatten(0, 1)
    order = far.flatten().argsort(stable=True)[: 2 * num]  # each pair occurs once or twice
    unique = list(dict.fromkeys(map(tuple, pairs[order].tolist())))[:num]
    chosen = torch.tensor(unique)
    return torch.linalg.vector_norm(rows[chosen[:, 0]].double() - rows[chosen[:, 1]], dim=1), chosen


def close_pairs(rows: Tensor, threshold: float) -> int:
    """How many pairs are at most `threshold` apart."""
    if threshold == 0:  # copies, which all distances would have to be measured for
        _, counts = torch.unique(rows, dim=0, return_counts=True)
        return int((counts * (counts - 1) // 2).sum())
    radii = torch.full((len(rows),), threshold, dtype=torch.float64)
    return (int(inside(*points(rows, rows), radii, radii, closed=True)[0].holders.sum()) - len(rows)) // 2


def most(found: int, confidence: float = 0.95) -> float:
    """The largest mean of a Poisson number that still shows `found` or fewer with probability 1 - confidence."""
    low, high = 0.0, found + 10 * math.sqrt(found + 1) + 10
    for _ in range(60):
        mean = (low + high) / 2
        fewer = torch.special.gammaincc(torch.tensor(found + 1.0).double(), torch.tensor(mean).double()).item()
        low, high = (mean, high) if fewer > 1 - confidence else (low, mean)
    return low


@dataclass(frozen=True)
class NearestTraining:
    """Each sample's nearest training row, and what that says about memorisation.

    distances (N,) and indices (N,) of the nearest training row of each sample.
    threshold: `quantile` of real rows' distances to their nearest other real row; share: of the samples that are as
        near as that to a training row. A generator that doesn't copy has about `quantile`.
    copying: C_T of samples against held-out rows, a z-score: well below 0, say -3, samples are nearer to the training
        rows than new real ones are (copying), well above farther (underfitting); None without held-out rows.
    """

    distances: Tensor
    indices: Tensor
    threshold: float
    share: float
    copying: float | None


def nearest_training(
    a: Array,
    train: Array,
    held_out: Array | None = None,
    *,
    quantile: float = 0.01,
    at_most: int = 10_000,
    seed: int = 0,
) -> NearestTraining:
    """Memorisation: samples a (N, d) that are nearer to a training row (M, d) than real rows are to each other.

    Real rows' distances are of `at_most` training rows, drawn by `seed`, to all others. With held_out (K, d): the data
    copying test of Meehan, Chaudhuri and Dasgupta 2020 (arXiv 2004.05675) in its global form. That form sees copying
    only if it prevails: a generator that copies here and is poor there may score 0. Features decide what is near.
    """
    a, train = check(a, train)
    if not 0 < quantile < 1:
        raise ValueError(f"quantile is {quantile}: it must lie between 0 and 1, like 0.01")
    distances, indices = (found[:, 0] for found in nearest(a, train))
    threshold = among(train, at_most, seed).quantile(quantile).item()
    copying = None
    if held_out is not None:
        copying = mann_whitney(distances, nearest(check(held_out, train)[0], train)[0][:, 0])
    return NearestTraining(distances, indices, threshold, (distances <= threshold).double().mean().item(), copying)


def among(rows: Tensor, at_most: int, seed: int) -> Tensor:
    """Distances of rows, or of `at_most` of them, to the nearest other row."""
    if len(rows) <= at_most:
        return nearest(rows, rows, itself=True)[0][:, 0]
    drawn = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))[:at_most]
    return nearest(rows[drawn], rows, 2)[0][:, 1]  # the first is the row itself, or a copy at the same distance


def mann_whitney(x: Tensor, y: Tensor) -> float:
    """The z-score of U, how often x is above y (ties half): (N,), (M,), corrected for ties; 0 if all are equal."""
    x, ordered = x.contiguous(), y.sort().values
    below, up_to = torch.searchsorted(ordered, x), torch.searchsorted(ordered, x, right=True)
    u = (below + up_to).double().sum().item() / 2
    n, m, both = len(x), len(y), len(x) + len(y)
    ties = torch.cat([x, y]).unique(return_counts=True)[1].double()
    variance = n * m / 12 * (both + 1 - (ties**3 - ties).sum().item() / (both * (both - 1)))
    return (u - n * m / 2) / math.sqrt(variance) if variance > 0 else 0.0
