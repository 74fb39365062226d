"""Fréchet distance between Gaussians fitted to features, what is left of it for endless samples, and its error bar.

Heusel et al. 2017 (arXiv 1706.08500), eq. 6: |m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^1/2).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganworks.metrics.estimate import Estimate
from ganworks.metrics.features import Array, one
from ganworks.metrics.moments import Moments, at_once, mean_of, pieces

EPS = torch.finfo(torch.float64).eps
FAINT = 1e-14  # eigenvalues below this share of the largest have lost the digits that their roots need
STEADY = 1e-10  # pivots above this share of the largest: Cholesky's factor is as good as that by eigenvectors, and fast
ENOUGH = 5  # samples for each dimension: with fewer, the bias of the distance does not go with 1/N
WIDTH = 256  # of the blocks in which a triangular product skips the zeros


@dataclass(frozen=True)
class Gaussian:
    """What the distance needs of one side: the mean, and the covariance or, of few samples, its root.

    root: (n, d) with root^T root = covariance, the centred samples themselves; exact where n <= d.
    """

    mean: Tensor
    trace: float
    covariance: Tensor | None = None
    root: Tensor | None = None


def frechet_distance(a: Array | Moments, b: Array | Moments, ddof: int = 1) -> float:
    """Fréchet distance of judged features a (N, d) to reference features b (M, d), or of their moments; in float64.

    No square root of a matrix is taken: with S_b = L L^T, the wanted trace is the sum of the roots of the eigenvalues
    of the symmetric L^T S_a L. Where a covariance is singular it is the nuclear norm of the product of both roots, so
    that fewer samples than d, dead features and a constant set are exact, without a number added to the diagonal.
    ddof: covariances are divided by N - ddof; 1 as in numpy.cov and the FID of the paper. >= 0, and exactly 0 on sets
    that are equal, or that float64 can't tell from equal.
    """
    ours, theirs = gaussian(a, "judged", ddof), gaussian(b, "reference", ddof)
    agree(len(ours.mean), theirs)
    return 0.0 if equal(ours, theirs) else distance(ours, theirs, trace_of_root(ours, theirs))


def distance(a: Gaussian, b: Gaussian, common: float) -> float:
    """From both sides and the trace of the root of the product of their covariances."""
    apart = (a.mean - b.mean).square().sum().item()
    found = apart + a.trace + b.trace - 2 * common
    return found if found > len(a.mean) * EPS * (apart + a.trace + b.trace) else 0.0


def agree(dim: int, theirs: Gaussian) -> None:
    if dim != len(theirs.mean):
        raise ValueError(
            f"judged features have {dim:,} numbers each and reference features {len(theirs.mean):,}: "
            "take both with the same extractor"
        )


def equal(a: Gaussian, b: Gaussian) -> bool:
    """Whether the covariances are alike up to rounding, so that the distance is, too.

    It is at most |m_a - m_b|^2 + the nuclear norm of S_a - S_b (Powers and Størmer 1970), which is small where
    eigenvalues near 0 would leave noise in their roots.
    """
    if a.covariance is None or b.covariance is None:
        return False
    apart = (a.mean - b.mean).square().sum() + len(a.mean) ** 0.5 * (a.covariance - b.covariance).norm()
    return apart.item() <= len(a.mean) * EPS * (a.trace + b.trace)


def gaussian(side: Array | Moments, name: str, ddof: int = 1) -> Gaussian:
    if not isinstance(side, Moments):
        rows = one(side, name, least=max(2, ddof + 1))
        if len(rows) <= rows.shape[1]:
            mean = mean_of(rows)
            root = (rows.double() - mean) / (len(rows) - ddof) ** 0.5
            return Gaussian(mean, root.square().sum().item(), root=root)
        side = Moments.of(rows, name)
    covariance = side.covariance(ddof)
    return Gaussian(side.mean, covariance.trace().item(), covariance)


def trace_of_root(a: Gaussian, b: Gaussian) -> float:
    """tr (S_a S_b)^1/2."""
    if a.covariance is not None and b.covariance is not None:
        alive = (a.covariance.diagonal() > 0) & (b.covariance.diagonal() > 0)  # the others add nothing
        ours, theirs = (s if alive.all() else s[alive][:, alive] for s in (a.covariance, b.covariance))
        lower, failed = torch.linalg.cholesky_ex(theirs)
        if not failed and len(lower):
            found = torch.from_numpy(np.linalg.eigvalsh(sandwich(lower, ours).numpy()))  # a fifth faster than PyTorch's
            if found[0] > FAINT * found[-1]:
                return found.sqrt().sum().item()
    return torch.linalg.svdvals(root_of(a) @ root_of(b).T).sum().item()


def sandwich(lower: Tensor, middle: Tensor) -> Tensor:
    """The lower triangle of lower^T @ middle @ lower, by blocks that skip the zeros: half the time of two products."""
    found = torch.zeros_like(middle)
    for j in range(0, len(middle), WIDTH):
        right = middle[:, j:] @ lower[j:, j : j + WIDTH]
        for i in range(j, len(middle), WIDTH):
            found[i : i + WIDTH, j : j + WIDTH] = lower[i:, i : i + WIDTH].T @ right[i:]
    return found


def root_of(side: Gaussian) -> Tensor:
    """(r, d) with root^T root = covariance, of full rank r up to rounding."""
    if side.root is not None:
        return side.root
    assert side.covariance is not None
    lower, failed = torch.linalg.cholesky_ex(side.covariance)
    pivots = lower.diagonal().square()
    if not failed and pivots.min() > STEADY * pivots.max():
        return lower.T
    values, vectors = torch.linalg.eigh(side.covariance)
    kept = values > len(values) * EPS * values[-1]  # what is below is rounding
    return (vectors[:, kept] * values[kept].sqrt()).T


def frechet_infinity(a: Array, b: Array | Moments, seed: int = 0, points: int = 15) -> Estimate:
    """FD∞: what the Fréchet distance would be for endless judged samples, free of its bias with N.

    Chong and Forsyth 2020 (arXiv 1911.07023): the bias goes with 1/N, so a line through the distances of `points`
    subsets of N/2 to N samples is followed to 1/N = 0. Their subsets are drawn anew, ours are the beginnings of one
    seeded order, each a part of the next, so that all together cost one pass, and an eigenvalue problem each. The
    reference stays as it is. ValueError for fewer than 5 samples a dimension: there the line misses (in 128 dimensions,
    for a truth of 0, by -0.5 with 4 and by -4 with 2). error: one standard error of the intercept over draws of a: the
    distance's own (frechet_bootstrap) carried through the line, 1.5 times as large.
    """
    rows, theirs = one(a, "judged", least=2 * points), gaussian(b, "reference")
    agree(rows.shape[1], theirs)
    if points < 3:
        raise ValueError(f"{points} points don't show how far they are from a line: give at least 3")
    if len(rows) < (least := ENOUGH * rank(theirs)):
        raise ValueError(f"{len(rows):,} judged samples are too few to extrapolate from: at least {least:,} are needed")
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    sizes = torch.linspace(len(rows) / 2, len(rows), points).round().long().tolist()
    found = torch.tensor(distances_on_the_way(rows, order, theirs, sizes), dtype=torch.float64)
    numbers = torch.tensor(sizes, dtype=torch.float64)
    offset = 1 / numbers - (1 / numbers).mean()
    share = 1 / points - offset * (1 / numbers).mean() / offset.square().sum()  # of each distance in the intercept
    alike = len(rows) / torch.maximum(numbers[:, None], numbers)  # covariances of beginnings, over the variance of all
    error = influence_error(rows, theirs) * (share @ alike @ share).item() ** 0.5
    return Estimate((share @ found).item(), error)


def distances_on_the_way(rows: Tensor, order: Tensor, theirs: Gaussian, sizes: list[int]) -> list[float]:
    """The Fréchet distances of the first n rows in that order to theirs, for each n of the growing sizes."""
    root = root_of(theirs)
    seen, total, squares = Moments(len(root)), torch.zeros_like(theirs.mean), 0.0
    found: list[float] = []
    for begin, end in zip([0, *sizes], sizes, strict=False):
        for index in order[begin:end].split(at_once(rows)):
            shifted = rows[index] - theirs.mean  # float64, as the mean is
            if len(root):  # a constant reference has none
                seen.update(shifted @ root.T)
            total, squares = total + shifted.sum(0), squares + shifted.square().sum().item()
        shift = total / end
        ours = Gaussian(shift + theirs.mean, (squares - end * shift.square().sum().item()) / (end - 1))
        values = torch.linalg.eigvalsh(seen.covariance()) if len(root) else root.new_zeros(0)
        values = values[max(0, len(root) - end + 1) :].clamp(min=0)  # the rank is known
        found.append(distance(ours, theirs, values.sqrt().sum().item()))
    return found


def rank(side: Gaussian) -> int:
    """In how many dimensions there is anything: of the covariance's diagonal, and at most the samples there are."""
    if side.root is not None:
        return min(len(side.root) - 1, int((side.root != 0).any(0).sum()))
    assert side.covariance is not None
    return int((side.covariance.diagonal() > 0).sum())


def frechet_bootstrap(a: Array, b: Array | Moments, seed: int = 0, rounds: int = 0) -> float:
    """One standard error of the Fréchet distance: its spread over judged sets drawn anew from a with replacement.

    rounds = 0: the infinitesimal bootstrap (Efron 1982, The jackknife, the bootstrap and other resampling plans), the
    limit of small changes of the samples' weights, in which the distance is linear: one eigendecomposition in place of
    hundreds of distances. rounds > 1: the bootstrap itself. The reference stays as it is. Where N isn't many times d
    both are too large, the bootstrap by more: on Gaussians with N = 6 d 1.4 times against 1.9 times.
    """
    rows, theirs = one(a, "judged"), gaussian(b, "reference")
    agree(rows.shape[1], theirs)
    if rounds == 0:
        return influence_error(rows, theirs)
    if rounds < 2:
        raise ValueError(f"{rounds} rounds have no spread: give at least 2, or 0 for the infinitesimal bootstrap")
    generator = torch.Generator().manual_seed(seed)
    drawn = (torch.randint(len(rows), (len(rows),), generator=generator) for _ in range(rounds))
    ours = (gaussian(rows[index], "judged") for index in drawn)
    return torch.tensor([distance(one_of, theirs, trace_of_root(one_of, theirs)) for one_of in ours]).std().item()


def influence_error(rows: Tensor, theirs: Gaussian) -> float:
    """The standard deviation over samples of how much each moves the distance, over the root of N.

    With A the linear map that carries the judged Gaussian to the reference (S_b = A S_a A), the distance changes by
    2 (m_a - m_b) . dm + tr((1 - A) dS) (Olkin and Pukelsheim 1982, The distance between two random vectors).
    """
    root, ours = root_of(theirs), gaussian(rows, "judged")
    mean = ours.mean
    if ours.root is None:
        assert ours.covariance is not None
        seen = root @ ours.covariance @ root.T
    else:
        seen = (ours.root @ root.T).T @ (ours.root @ root.T)
    values, vectors = torch.linalg.eigh(seen)
    kept = values > len(values) * EPS * values[-1:].sum()  # empty for a constant reference
    carry = root.T @ (vectors[:, kept] / values[kept] ** 0.25)  # carry carry^T = A
    moved = [
        2 * centred @ (mean - theirs.mean) + centred.square().sum(1) - (centred @ carry).square().sum(1)
        for centred in (piece - mean for piece in pieces(rows))
    ]
    return torch.cat(moved).std().item() / len(rows) ** 0.5
