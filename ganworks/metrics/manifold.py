"""Precision, recall, density and coverage: balls about samples stand for where a distribution lives."""

from dataclasses import dataclass

from torch import Tensor

from ganworks.metrics.features import Array, check, one
from ganworks.metrics.neighbours import Inside, enough, inside, near, points


@dataclass(frozen=True)
class Manifold:
    """What shares of two sets lie within each other's neighbourhoods.

    precision: 0..1, the share of samples within reach of real ones, that is, of good quality. One stray real picture
        has a wide ball and lends it to many; 1 says nothing of diversity.
    recall: 0..1, the share of real ones within reach of samples, that is, of variety that is met. Samples that stray
        have wide balls and raise it.
    density: >= 0, about 1 if samples are where real ones are dense, more if only there; 0 if they're nowhere near.
        It counts all real balls that hold a sample, so that one stray real picture hardly matters.
    coverage: 0..1, the share of real ones with a sample near by; a perfect generator reaches 1 - 2^-k, about (k = 5:
        0.97), for as many samples as real ones. Dropped modes lower it, strays can't raise it.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold(a: Array, b: Array, k: int = 5) -> Manifold:
    """Precision, recall, density, coverage of samples a (N, d) against real ones b (M, d).

    Naeem et al. 2020 (arXiv 2002.09797), eq. 1 to 4, with their code's convention: a ball about x reaches to x's k-th
    nearest of its own set, itself not counted, and doesn't own its surface (distance < radius). All four depend on N
    and M: compare only what was measured with the same. ValueError for k or fewer samples, and for equal real ones.
    """
    a, b = sets(a, b, k)
    of_real, of_fake = reaches(a, b, k, closed=False)
    return Manifold(
        precision=share(of_real.holders),
        recall=share(of_fake.holders),
        density=of_real.holders.double().mean().item() / k,
        coverage=share(of_real.held),
    )


def precision_recall(a: Array, b: Array, k: int = 3) -> tuple[float, float]:
    """Precision and recall of samples a (N, d) against real ones b (M, d), as in Kynkäänniemi et al. 2019.

    arXiv 1904.06991, eq. 1 and 2: as `manifold`'s, but a ball owns its surface (distance <= radius), so that copies of
    real pictures that are themselves copies count as within reach. Without equal distances the two agree for equal k.
    """
    a, b = sets(a, b, k)
    of_real, of_fake = reaches(a, b, k, closed=True)
    return share(of_real.holders), share(of_fake.holders)


def sets(a: Array, b: Array, k: int) -> tuple[Tensor, Tensor]:
    one(b, "reference", varied=True)
    a, b = check(a, b)
    enough(k, min(len(a), len(b)) - 1)
    return a, b


def reaches(a: Tensor, b: Tensor, k: int, closed: bool) -> tuple[Inside, Inside]:
    """The balls of b with points of a in them, and the balls of a with points of b."""
    p, q = points(a, b)
    radii_p, radii_q = (near(x, x, k, itself=True)[0][:, -1] for x in (p, q))
    return inside(p, q, radii_p, radii_q, closed=closed)


def share(counts: Tensor) -> float:
    return (counts > 0).double().mean().item()
