"""Kernel distances: KID, and the squared maximum mean discrepancy with other kernels. All are unbiased.

Gretton et al. 2012 (A kernel two-sample test, JMLR 13), eq. 3: mean k(a, a') + mean k(b, b') - 2 mean k(a, b) over
pairs of different samples. Unbiased means that two draws of one distribution give 0 on average, so slightly negative
values are right, and so are those of a set against itself.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ganworks.metrics.estimate import Estimate
from ganworks.metrics.features import Array, check

Kernel = Callable[[Tensor, Tensor], Tensor]  # (n, d), (m, d) -> (n, m) in float64
BLOCK = 2048  # rows and columns of the kernel matrix that exist at once: bounds the memory
KERNELS = ("rbf", "mixture", "polynomial")
MIXTURE = (0.25, 0.5, 1.0, 2.0, 4.0)  # bandwidths of the mixture, in medians
MEDIAN_OF = 1000  # samples of each side that the median distance is taken of


def polynomial(degree: int = 3, gamma: float | None = None, coef0: float = 1.0) -> Kernel:
    """(gamma x . y + coef0)^degree, gamma None is 1 / d: the kernel of KID. Products are in the features' precision."""

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T).double().mul_(1 / x.shape[1] if gamma is None else gamma).add_(coef0).pow_(degree)

    return kernel


def rbf(bandwidths: Sequence[float]) -> Kernel:
    """The mean over bandwidths of exp(-|x - y|^2 / (2 bandwidth^2))."""

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        squared = squared_distances(x, y)
        return torch.stack([(squared / (-2 * width**2)).exp() for width in bandwidths]).mean(0)

    return kernel


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """(n, d), (m, d) -> (n, m), in float64."""
    x, y = x.double(), y.double()
    return (x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.T).clamp_(min=0)


def within(kernel: Kernel, x: Tensor, weights: Tensor) -> Tensor:
    """K @ weights without K's diagonal, for K = kernel(x, x): (N, d), (N, s) -> (N, s). Each pair is computed once."""
    found = torch.zeros_like(weights)
    for i in range(0, len(x), BLOCK):
        rows = slice(i, i + BLOCK)
        for j in range(i, len(x), BLOCK):
            columns = slice(j, j + BLOCK)
            block = kernel(x[rows], x[columns])
            if i == j:
                block.fill_diagonal_(0)
            else:
                found[columns] += block.T @ weights[rows]
            found[rows] += block @ weights[columns]
    return found


def between(kernel: Kernel, x: Tensor, y: Tensor, x_weights: Tensor, y_weights: Tensor) -> tuple[Tensor, Tensor]:
    """K @ y_weights (N, s) and K^T @ x_weights (M, s), for K = kernel(x, y)."""
    by_row, by_column = torch.zeros_like(x_weights), torch.zeros_like(y_weights)
    for i in range(0, len(x), BLOCK):
        rows = slice(i, i + BLOCK)
        for j in range(0, len(y), BLOCK):
            columns = slice(j, j + BLOCK)
            block = kernel(x[rows], y[columns])
            by_row[rows] += block @ y_weights[columns]
            by_column[columns] += block.T @ x_weights[rows]
    return by_row, by_column


def kid(
    a: Array,
    b: Array,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int = 0,
    *,
    degree: int = 3,
    gamma: float | None = None,
    coef0: float = 1.0,
) -> Estimate:
    """Kernel distance of judged features a (N, d) to reference features b (M, d): mean over random subsets.

    Bińkowski et al. 2018 (arXiv 1801.01401). Subsets are drawn without replacement by NumPy's RandomState, whose stream
    NumPy keeps as it is for ever, in the order of torch-fidelity: the same seed is the same subsets (its own is 2020).
    error: the standard deviation over subsets, as torch-fidelity has it, which is that of one subset's value. Products
    of float32 features are in float32, everything else in float64.
    """
    ours, theirs = check(a, b)
    if subsets < 1 or subset_size < 2:
        raise ValueError(f"{subsets:,} subsets of {subset_size:,}: give at least 1 subset of at least 2 samples")
    for side, features in (("judged", ours), ("reference", theirs)):
        if len(features) < subset_size:
            raise ValueError(
                f"KID's subsets hold {subset_size:,} samples and there are {len(features):,} {side} ones: "
                f"give more samples, or a subset size of at most {len(features):,}"
            )
    if ours.dtype != theirs.dtype:
        ours, theirs = ours.double(), theirs.double()
    random = np.random.RandomState(seed)
    pairs = [
        [torch.from_numpy(random.choice(len(x), subset_size, replace=False)) for x in (ours, theirs)]
        for _ in range(subsets)
    ]
    kernel = polynomial(degree, gamma, coef0)
    whole = (len(ours) ** 2 + len(theirs) ** 2) / 2 + len(ours) * len(theirs)
    values = (whole_matrix if whole < 2 * subsets * subset_size**2 else one_by_one)(kernel, ours, theirs, pairs)
    return Estimate(values.mean().item(), values.std(correction=0).item())


def whole_matrix(kernel: Kernel, a: Tensor, b: Tensor, pairs: list[list[Tensor]]) -> Tensor:
    """Each subset's value from the kernel matrix of all samples: cheaper where the subsets overlap a lot."""
    members = [torch.zeros(len(x), len(pairs), dtype=torch.float64) for x in (a, b)]
    for number, pair in enumerate(pairs):
        for member, index in zip(members, pair, strict=True):
            member[index, number] = 1
    size, (in_a, in_b) = len(pairs[0][0]), members
    alike = (in_a * within(kernel, a, in_a)).sum(0) + (in_b * within(kernel, b, in_b)).sum(0)
    return alike / (size * (size - 1)) - 2 * (in_a * between(kernel, a, b, in_a, in_b)[0]).sum(0) / size**2


def one_by_one(kernel: Kernel, a: Tensor, b: Tensor, pairs: list[list[Tensor]]) -> Tensor:
    return torch.tensor([discrepancy(kernel, a[i], b[j]).value for i, j in pairs], dtype=torch.float64)


def discrepancy(kernel: Kernel, a: Tensor, b: Tensor) -> Estimate:
    """The unbiased squared discrepancy of all samples, with its asymptotic standard error."""
    ones = [torch.ones(len(x), 1, dtype=torch.float64) for x in (a, b)]
    ours, theirs = (within(kernel, x, one) / (len(x) - 1) for x, one in zip((a, b), ones, strict=True))
    across, back = between(kernel, a, b, *ones)
    ours_apart, theirs_apart = ours - across / len(b), theirs - back / len(a)
    variance = 4 * (ours_apart.var() / len(a) + theirs_apart.var() / len(b))
    return Estimate((ours_apart.mean() + theirs_apart.mean()).item(), variance.sqrt().item())


def mmd(a: Array, b: Array, kernel: str = "rbf", bandwidth: float | None = None, seed: int = 0) -> Estimate:
    """Squared maximum mean discrepancy between judged features a (N, d) and reference features b (M, d), of all pairs.

    kernel: "rbf"; "mixture", the mean of RBF kernels of a quarter, a half, once, twice and four times the bandwidth;
    or "polynomial", that of KID. bandwidth: sigma in exp(-|x - y|^2 / (2 sigma^2)); None is the median distance in
    the pooled sets, of at most 1,000 seeded samples of each. error: one standard error over draws of both sets, by
    the spread of the samples' mean kernels (the first term of Hoeffding's decomposition); where both distributions
    are equal it is up to 1.4 times too large. Computed in float64, in blocks.
    """
    ours, theirs = (x.double() for x in check(a, b))
    if kernel == "polynomial":
        return discrepancy(polynomial(), ours, theirs)
    if kernel not in KERNELS:
        raise ValueError(f"there is no kernel {kernel!r}: possible are {', '.join(KERNELS)}")
    if bandwidth is not None and not 0 < bandwidth < float("inf"):
        raise ValueError(f"a bandwidth of {bandwidth:g} isn't possible: give one above 0, or none for the median")
    width = median_distance(ours, theirs, seed) if bandwidth is None else bandwidth
    return discrepancy(rbf([width * factor for factor in (MIXTURE if kernel == "mixture" else (1.0,))]), ours, theirs)


def median_distance(a: Tensor, b: Tensor, seed: int = 0) -> float:
    """The median distance between different samples of both sets together."""
    generator = torch.Generator().manual_seed(seed)
    pooled = torch.cat([x[torch.randperm(len(x), generator=generator)[:MEDIAN_OF]] for x in (a, b)])
    i, j = torch.triu_indices(len(pooled), len(pooled), offset=1)
    found = squared_distances(pooled, pooled)[i, j].median().sqrt().item()
    if found == 0:
        raise ValueError("most samples are the same, so that their median distance is 0: give the bandwidth")
    return found
