"""Wasserstein distances: exact, by optimal transport, and sliced, by sorting projections."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import torch
from torch import Tensor

from ganworks.metrics.estimate import Estimate
from ganworks.metrics.features import Array, check
from ganworks.metrics.kernel import squared_distances
from ganworks.metrics.moments import AT_ONCE, pieces

CAP = 5000  # samples of each side in the exact distance: its time grows with the third power
STEPS = 100_000_000  # of the network simplex: never reached in practice, where POT's own limit is


@dataclass(frozen=True)
class Transport(Estimate):
    """A Wasserstein distance, with how many samples of each side it was computed of."""

    judged: int = 0
    reference: int = 0


def wasserstein(a: Array, b: Array, p: int = 1, cap: int = CAP, seed: int = 0) -> Transport:
    """Exact Wasserstein distance W_p between judged features a (N, d) and reference features b (M, d).

    The p-th root of the least mean cost |x - y|^p of carrying one set to the other, by the network simplex of POT
    (Bonneel et al. 2011, Displacement interpolation using Lagrangian mass transport); for d = 1 by sorting, without
    POT. Sets larger than cap are replaced by seeded subsamples: `judged` and `reference` of the result say of how
    many it is. It is biased upwards in high d, by what two draws of one distribution are apart.
    """
    ours, theirs = check(a, b)
    check_order(p)
    if cap < 2:
        raise ValueError(f"a cap of {cap} samples is too low: give at least 2")
    if ours.shape[1] == 1:
        costs = costs_by_sorting(ours.double(), theirs.double(), p)
        return Transport(costs.item() ** (1 / p), None, len(ours), len(theirs))
    generator = torch.Generator().manual_seed(seed)
    ours, theirs = (
        (x if len(x) <= cap else x[torch.randperm(len(x), generator=generator)[:cap]]).double() for x in (ours, theirs)
    )
    return Transport(cost_of_plan(ours, theirs, p) ** (1 / p), None, len(ours), len(theirs))


def check_order(p: int) -> None:
    if p not in (1, 2):
        raise ValueError(f"a Wasserstein distance of order {p} isn't possible: give p = 1 or 2")


def cost_of_plan(a: Tensor, b: Tensor, p: int) -> float:
    """The mean |x - y|^p of the best plan between evenly weighted samples (N, d) and (M, d).

    The plan is found on distances from products of the samples, whose rounding is in the way where two samples are
    the same; its cost is that of the differences themselves.
    """
    try:
        ot = import_module("ot")
    except ImportError:
        raise ValueError(
            "the exact Wasserstein distance needs POT, which isn't installed: "
            'pip install "ganworks[optimal]", or take the sliced one'
        ) from None
    centre = b.mean(0)
    costs = squared_distances(a - centre, b - centre).pow_(p / 2)
    plan, log = ot.emd([], [], costs.numpy(), numItermax=STEPS, log=True)
    if log["warning"]:
        raise ValueError(f"POT found no best plan between {len(a):,} and {len(b):,} samples: give a lower cap")
    i, j = plan.nonzero()
    carried = torch.from_numpy(plan[i, j])
    return (carried @ (a[i] - b[j]).square().sum(1).pow(p / 2)).item()


def sliced_wasserstein(a: Array, b: Array, slices: int = 512, seed: int = 0, p: int = 2) -> Estimate:
    """Sliced Wasserstein distance of order p between judged features a (N, d) and reference features b (M, d).

    Rabin et al. 2011 (Wasserstein barycenter and its application to texture mixing); Bonneel et al. 2015: the p-th
    root of the mean over random directions of W_p^p between the projections, each exact by sorting, for unequal N
    and M too. Directions come from NumPy's RandomState as in POT: the same seed is the same directions. error: one
    standard error over directions. Unlike the exact distance it is cheap, and has little bias in high d.
    """
    ours, theirs = check(a, b)
    check_order(p)
    if slices < 2:
        raise ValueError(f"{slices} slices have no spread: give at least 2")
    directions = np.random.RandomState(seed).standard_normal((ours.shape[1], slices))
    directions /= np.sqrt((directions**2).sum(0, keepdims=True))
    at_once = max(1, AT_ONCE // max(len(ours), len(theirs)))
    costs = torch.cat(
        [
            costs_by_sorting(project(ours, some), project(theirs, some), p)
            for some in torch.from_numpy(directions).split(at_once, dim=1)
        ]
    )
    mean = costs.mean().item()
    if mean == 0:
        return Estimate(0.0, 0.0)
    spread = costs.std().item() / slices**0.5
    return Estimate(mean ** (1 / p), spread * mean ** (1 / p - 1) / p)


def project(features: Tensor, directions: Tensor) -> Tensor:
    return torch.cat([piece @ directions for piece in pieces(features)])


def costs_by_sorting(a: Tensor, b: Tensor, p: int) -> Tensor:
    """W_p^p between each column of a (N, s) and of b (M, s): (s,). Exact: in 1-D the best plan keeps the order.

    Of unequal N and M, the k-th quantiles meet over the merged steps of both: between two neighbours of the fractions
    i / N and j / M both quantile functions are constant.
    """
    ours, theirs = a.sort(0).values, b.sort(0).values
    if len(a) == len(b):
        return (ours - theirs).abs().pow(p).mean(0)
    steps = torch.cat([torch.arange(len(a)) * len(b), torch.arange(len(b)) * len(a)]).unique()  # of 1 / (N M)
    widths = torch.diff(steps, append=steps.new_tensor([len(a) * len(b)])).double() / (len(a) * len(b))
    gaps = (ours[steps // len(b)] - theirs[steps // len(a)]).abs().pow(p)
    return widths @ gaps
