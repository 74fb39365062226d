"""How many modes are there, and how evenly: counts and divergences, by labels or by known centres."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.special import xlogy

from ganworks.metrics.features import Array, check
from ganworks.metrics.neighbours import nearest

FAIR = 0.2  # of its fair share must a mode hold to be counted as fairly held


@dataclass(frozen=True)
class Modes:
    """Modes held by samples of good quality; logarithms are natural.

    count: modes with any sample, the published count (VEEGAN, PacGAN), which luck can fill.
    fair: modes with at least 20 % of their fair share of the good samples, and any; total: modes of the reference.
    held: the same of all samples, bad ones included. A cloud over everything touches all modes fairly, with the few
        samples that fall on one by chance, and holds none.
    kl: KL(samples || reference), of the histogram over modes: 0 is ideal, log(total) is one mode of a uniform
        reference; infinite if samples fall where the reference has nothing, or if none is good.
    reverse_kl: KL(reference || samples), infinite as soon as a mode is missing.
    good: the share of samples of good quality, near enough to a centre; 1 by labels.
    """

    count: int
    fair: int
    total: int
    kl: float
    reverse_kl: float
    good: float
    held: int


def modes_by_label(labels: Array, classes: int, reference: Array | None = None) -> Modes:
    """Modes by a classifier's labels (N,), whole numbers 0..classes - 1; reference: (classes,) shares, or counts.

    Stacked MNIST's 1,000 modes: Metz et al. 2017 (Unrolled GAN, arXiv 1611.02163), Srivastava et al. 2017 (VEEGAN,
    arXiv 1705.07761), Lin et al. 2018 (PacGAN, arXiv 1712.04086), by 25,600 or 26,000 samples; the reference is
    uniform, or the real data's own histogram. With fewer than 5 samples a mode `fair` can't differ from `count`.
    """
    found = torch.as_tensor(labels).detach().cpu()
    if found.ndim != 1 or len(found) == 0 or found.is_floating_point() or found.is_complex():
        raise ValueError(
            f"labels have shape {tuple(found.shape)} and type {found.dtype}, wanted are whole numbers (N,)"
        )
    if classes < 1 or found.min() < 0 or found.max() >= classes:
        raise ValueError(f"labels go from {int(found.min())} to {int(found.max())}, wanted is 0 to {classes - 1}")
    return of_counts(found.long().bincount(minlength=classes), 1.0, shares(reference, classes))


def modes_by_centre(points: Array, centres: Array, sigma: float | Array, within: float = 3.0) -> Modes:
    """Modes by known centres (m, d) of equal weight, spread `sigma` or (m,) spreads: points (N, d) go to the nearest.

    A point is good within 3 sigma of it, and only good ones count (VEEGAN, arXiv 1705.07761; PacGAN, arXiv
    1712.04086). Of a perfect generator in 2 dimensions 98.9 % are good. The distance of a Gaussian's own points grows
    as sigma sqrt(d): in many dimensions take a larger `within` (VEEGAN: 10 for 1,200).
    """
    points, centres = check(points, centres, least=1)
    spreads = torch.as_tensor(np.asarray(sigma)).double()
    if spreads.shape not in ((), (len(centres),)) or not (spreads > 0).all() or within <= 0:
        raise ValueError(f"sigma {sigma} and within {within} must be above 0, sigma one number or one for each centre")
    far, mode = (found[:, 0] for found in nearest(points, centres))
    good = far <= within * spreads.expand(len(centres))[mode]
    return of_counts(
        mode[good].bincount(minlength=len(centres)), good.double().mean().item(), shares(None, len(centres))
    )


def shares(reference: Array | None, total: int) -> Tensor:
    if reference is None:
        return torch.full((total,), 1 / total, dtype=torch.float64)
    given = torch.as_tensor(np.asarray(reference)).double()
    if given.shape != (total,) or not torch.isfinite(given).all() or given.min() < 0 or given.sum() <= 0:
        raise ValueError(
            f"reference has shape {tuple(given.shape)}, wanted are ({total},) shares, none below 0, not all 0"
        )
    return given / given.sum()


def of_counts(counts: Tensor, good: float, reference: Tensor) -> Modes:
    """counts: (m,) samples of good quality in each mode."""
    num = int(counts.sum())
    held, there = (counts > 0) & (reference > 0), int((reference > 0).sum())
    if num == 0:
        return Modes(0, 0, there, torch.inf, torch.inf, good, 0)
    found = counts.double() / num
    return Modes(
        count=int(held.sum()),
        fair=int((held & (found >= FAIR * reference)).sum()),
        total=there,
        kl=divergence(found, reference),
        reverse_kl=divergence(reference, found),
        good=good,
        held=int((held & (good * found >= FAIR * reference)).sum()),
    )


def divergence(p: Tensor, q: Tensor) -> float:
    """KL(p || q) of two histograms, 0 log 0 = 0, infinite where q is 0 and p isn't."""
    return max(0.0, (xlogy(p, p) - xlogy(p, q)).sum().item())
