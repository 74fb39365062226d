"""Scores from a classifier's class probabilities (N, k): Inception Score and Mode Score."""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.special import xlogy

from ganworks.metrics.estimate import Estimate
from ganworks.metrics.features import Array, one

SHUFFLE = 2020  # the seed that torch-fidelity shuffles by


def probabilities(logits: Array) -> Tensor:
    """Class probabilities in float64 of a classifier's logits: (N, k) -> (N, k)."""
    return one(logits, "classifier", least=1).double().softmax(1)


def inception_score(probabilities: Array, splits: int = 10, seed: int | None = SHUFFLE) -> Estimate:
    """exp(E KL(p(y|x) || p(y))) of probabilities (N, k): 1 is the worst, k the best.

    Salimans et al. 2016 (arXiv 1606.03498): the mean over `splits` parts, and as error their spread (standard
    deviation with ddof 0, as papers print it; not an error of the mean). The rows are shuffled by `seed` with NumPy's
    RandomState, as torch-fidelity does; None keeps their order, as the original code does.
    It knows nothing of real data: one perfect picture a class gets k. It grows with N (the marginal p(y) of few samples
    follows them too closely: with one sample a split it is 1), so compare only equal N and splits.
    """
    return over_splits(checked(probabilities, "judged", splits), splits, seed, None)


def mode_score(
    probabilities: Array, real_probabilities: Array, splits: int = 10, seed: int | None = SHUFFLE
) -> Estimate:
    """exp(E KL(p(y|x) || p(y)) - KL(p(y) || p*(y))), p* the marginal of real data: 1 to k, or below if classes drop.

    Che et al. 2017 (Mode regularized GAN, arXiv 1612.02136) in the form of Xu et al. 2018 (arXiv 1806.07755). With
    p* in the first term too, as is sometimes printed, p* cancels and the Inception Score is left. Splits, error and
    bias as there; p* is of all real rows. 0 where samples fall into a class that real data never has.
    """
    ours, real = checked(probabilities, "judged", splits), checked(real_probabilities, "reference", 1)
    if ours.shape[1] != real.shape[1]:
        raise ValueError(
            f"judged probabilities are of {ours.shape[1]:,} classes and reference ones of {real.shape[1]:,}: "
            "take both with the same classifier"
        )
    return over_splits(ours, splits, seed, real.mean(0))


def over_splits(rows: Tensor, splits: int, seed: int | None, real: Tensor | None) -> Estimate:
    if seed is not None:
        rows = rows[torch.from_numpy(np.random.RandomState(seed).permutation(len(rows)))]
    edges = [i * len(rows) // splits for i in range(splits + 1)]
    scores = torch.tensor([score(rows[i:j], real) for i, j in pairwise(edges)], dtype=torch.float64)
    return Estimate(scores.mean().item(), scores.std(correction=0).item() if splits > 1 else None)


def score(rows: Tensor, real: Tensor | None) -> float:
    """Of one split (N, k), real: (k,) or None. p log p - p log q with 0 log 0 = 0."""
    marginal = rows.mean(0)
    value = (xlogy(rows, rows) - xlogy(rows, marginal)).sum(1).mean()
    if real is not None:
        value = value - (xlogy(marginal, marginal) - xlogy(marginal, real)).sum()
    return value.exp().item()


def checked(rows: Array, side: str, splits: int) -> Tensor:
    if splits < 1:
        raise ValueError(f"{splits} splits of {side} probabilities: give at least 1")
    tensor = one(rows, side, least=max(2, splits)).double()
    if (tensor < 0).any() or ((tensor.sum(1) - 1).abs() > 1e-4).any():
        raise ValueError(f"{side} rows aren't probabilities (not below 0, sum 1): use probabilities(logits)")
    return tensor / tensor.sum(1, keepdim=True)
