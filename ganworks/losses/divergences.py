"""Divergences between two distributions on the same n points: p and q (n,), each adding up to one.

They are what adversarial losses with their best critic measure; all are zero for p = q, and only then.
"""

import torch
from torch import Tensor


def kullback_leibler(p: Tensor, q: Tensor) -> Tensor:
    """KL(p || q), in nats; 0 log 0 is 0."""
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum()


def jensen_shannon(p: Tensor, q: Tensor) -> Tensor:
    """JS(p, q), in nats: from 0 to log 2."""
    middle = (p + q) / 2
    return (kullback_leibler(p, middle) + kullback_leibler(q, middle)) / 2


def paired_jensen_shannon(p: Tensor, q: Tensor) -> Tensor:
    """JS of the pairs (x ~ p, y ~ q) against the pairs (x ~ q, y ~ p): from 0 to log 2."""
    pairs = torch.outer(p, q)
    return jensen_shannon(pairs.flatten(), pairs.T.flatten())


def pearson(p: Tensor, q: Tensor) -> Tensor:
    """Pearson's chi-squared of p + q against 2 q, sum of (p - q)^2 / (p + q): from 0 to 2."""
    both = p + q
    return ((p - q).square() / both.where(both > 0, torch.ones_like(both))).sum()


def total_variation(p: Tensor, q: Tensor) -> Tensor:
    """Half the sum of |p - q|: from 0 to 1."""
    return (p - q).abs().sum() / 2


def wasserstein(p: Tensor, q: Tensor) -> Tensor:
    """W1 between distributions on the points 0, 1, ..., n - 1 of a line: the area between the cumulative functions."""
    return (p - q).cumsum(0).abs().sum()
