"""What each metric takes from the two sides, and the numbers that it gives."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ganworks.judge.gathered import Gathered
from ganworks.judge.results import STANDARD
from ganworks.metrics.estimate import Estimate
from ganworks.metrics.frechet import frechet_bootstrap, frechet_distance, frechet_infinity
from ganworks.metrics.kernel import kid, mmd
from ganworks.metrics.likelihood import FLAWS, parzen
from ganworks.metrics.manifold import manifold
from ganworks.metrics.modes import modes_by_label
from ganworks.metrics.ms_ssim import ms_ssim_diversity
from ganworks.metrics.scores import inception_score, mode_score
from ganworks.metrics.similarity import birthday, nearest_training
from ganworks.metrics.two_sample import one_nearest_neighbour
from ganworks.metrics.wasserstein import sliced_wasserstein, wasserstein

DDOF = 1
POINTS = 15  # of the line to FD∞
SPLITS = 10
PAIRWISE = 10_000  # rows of a side for metrics on pairs of them
PAIRS = 1_000  # pairs of pictures for their similarity
MANY = 10_000  # samples from which on the bias of the Fréchet distance is small
OF_SPLITS = "the spread of the splits"
LOWER, HIGHER = "lower", "higher"


@dataclass(frozen=True)
class Case:
    """What a metric sees. pictures: some of the judged ones, (n, C, H, W) uint8, by number; None on bare features.

    bits: per dimension, of some of the reference, (n,) by number; None if the judged side cannot tell.
    """

    a: Gathered
    b: Gathered
    extractor: str
    standard: bool  # the standard Inception network: the usual names are right
    seed: int
    pictures: Callable[[int], Tensor] | None = None
    bits: Callable[[int], Tensor] | None = None

    def named(self, general: str, usual: str | None = None) -> str:
        """The metric's name: the extractor is a part of it, but for the standard one."""
        return (usual or general) if self.standard else f"{general}_{self.extractor}"

    @cached_property
    def pairwise(self) -> tuple[Tensor, Tensor]:
        """Features of both sides, at most PAIRWISE of each, chosen by the seed."""
        return some(self.a.features, self.seed), some(self.b.features, self.seed)

    @property
    def num_pairs(self) -> tuple[int, int]:
        return len(self.pairwise[0]), len(self.pairwise[1])

    @property
    def classes(self) -> tuple[Tensor, Tensor]:
        """Class probabilities (N, k) of both sides."""
        if self.a.logits is None or self.b.logits is None:
            raise ValueError(f"{self.extractor} knows no classes; take --features inception, or a network that does")
        return self.a.logits.double().softmax(1), self.b.logits.double().softmax(1)


def some(features: Tensor, seed: int) -> Tensor:
    if len(features) <= PAIRWISE:
        return features
    return features[torch.randperm(len(features), generator=torch.Generator().manual_seed(seed))[:PAIRWISE]]


@dataclass(frozen=True)
class Found:
    """A number before it has its protocol. judged, reference: how many of each side went into it."""

    metric: str
    value: float
    error: float | None
    better: str
    judged: int
    reference: int
    words: str = ""
    kind: str = STANDARD
    settings: dict[str, Any] = field(default_factory=dict)
    note: str = ""  # too long for a table


def frechet(case: Case) -> Iterator[Found]:
    """Fréchet distance of all features."""
    a, b = case.a, case.b
    found = frechet_and_error(case)
    few = "" if min(a.count, b.count) >= MANY else "biased up, as N is small"
    yield Found(
        case.named("fd", "fid"), found.value, found.error, LOWER, a.count, b.count, few, settings={"ddof": DDOF}
    )


def frechet_limit(case: Case) -> Iterator[Found]:
    """FD∞: what the Fréchet distance would be with endless samples, from those kept."""
    a, b = case.a, case.b
    found = frechet_infinity(a.features, b.moments, case.seed, POINTS)
    name, settings = case.named("fd_infinity", "fid_infinity"), {"ddof": DDOF, "points": POINTS}
    words = "for endless samples"
    yield Found(name, found.value, found.error, LOWER, len(a.features), b.count, words, settings=settings)


def frechet_and_error(case: Case) -> Estimate:
    """The error is that of drawing the samples again, from those kept, scaled to all."""
    a, b = case.a, case.b
    error = frechet_bootstrap(a.features, b.moments, case.seed) * math.sqrt(len(a.features) / a.count)
    return Estimate(frechet_distance(a.moments, b.moments, DDOF), error)


def kernel(case: Case) -> Iterator[Found]:
    """KID: polynomial kernel, in subsets of 1,000, or of half of what there is."""
    a, b = case.a.features, case.b.features
    fewest = min(len(a), len(b))
    size = 1000 if fewest >= 1000 else max(2, fewest // 2)
    found = kid(a, b, subsets=100, subset_size=size, seed=case.seed)
    settings = {"subsets": 100, "subset_size": size}
    num, kind = (len(a), len(b)), "the spread of its subsets"
    yield Found(case.named("kd", "kid"), found.value, found.error, LOWER, *num, "unbiased", kind, settings)


def precision_recall(case: Case) -> Iterator[Found]:
    """Precision and density: how real samples look; recall and coverage: how much of the real they show."""
    k = min(5, *(len(side) - 1 for side in case.pairwise))
    found = manifold(*case.pairwise, k=k)
    words = {
        "precision": "share of samples near real ones",
        "recall": "share of real ones near samples",
        "density": "1: as thick as the real",
        "coverage": "share of real ones with a sample close by",
    }
    for name, text in words.items():
        value = Estimate(getattr(found, name))
        yield of_pairs(case, case.named(name), value, HIGHER, text, k=k)


def two_sample(case: Case) -> Iterator[Found]:
    """Leave-one-out 1-NN accuracy, best at 0.5."""
    found = one_nearest_neighbour(*case.pairwise, seed=case.seed)
    num = found.count
    words = f"{found.verdict()} (real {found.on_real:.2f}, samples {found.on_fake:.2f})"
    yield Found(case.named("one_nn"), found.accuracy, found.accuracy_error, "0.5", num, num, words)


def memorised(case: Case) -> Iterator[Found]:
    """Samples closer to a real picture than real pictures are to each other."""
    ours, theirs = case.pairwise[0], case.b.features  # all that are kept: a copy is seen only beside its original
    found = nearest_training(ours, theirs)
    words = "nearer to a real one than real ones are; chance: 0.01, more are copies"
    yield Found(case.named("memorised"), found.share, None, "", len(ours), len(theirs), words)


def score(case: Case) -> Iterator[Found]:
    """Inception Score, on the classes of any classifier."""
    splits = min(SPLITS, len(case.a.features))
    found = inception_score(case.classes[0], splits)
    num, words = (len(case.a.features), 0), "sure of each, and many classes"
    name, settings = case.named("score", "inception_score"), {"splits": splits}
    yield Found(name, found.value, found.error, HIGHER, *num, words, OF_SPLITS, settings)


def score_of_modes(case: Case) -> Iterator[Found]:
    """Mode Score: the Inception Score, less what the classes' shares differ from the real ones."""
    splits = min(SPLITS, len(case.a.features))
    found = mode_score(*case.classes, splits)
    num, words = (len(case.a.features), len(case.b.features)), "the same, less what shares differ from the real ones"
    settings = {"splits": splits}
    yield Found(case.named("mode_score"), found.value, found.error, HIGHER, *num, words, OF_SPLITS, settings)


def modes(case: Case) -> Iterator[Found]:
    """How many classes the samples have, against those of the reference."""
    ours, theirs = (sides.argmax(1) for sides in case.classes)
    total = case.classes[0].shape[1]
    found = modes_by_label(ours, total, reference=theirs.bincount(minlength=total))
    words = f"of {found.total:,} classes that the reference has; {found.fair:,} with a fair share"
    yield of(case, case.named("modes"), Estimate(found.count), HIGHER, words)
    yield of(case, case.named("modes_kl"), Estimate(found.kl), LOWER, "0: shares as in the reference")


def kernel_rbf(case: Case) -> Iterator[Found]:
    found = mmd(*case.pairwise, kernel="rbf", seed=case.seed)
    yield of_pairs(case, case.named("mmd_rbf"), found, LOWER, "squared; 0: alike")


def sliced(case: Case) -> Iterator[Found]:
    found = sliced_wasserstein(*case.pairwise, seed=case.seed)
    num, kind = case.num_pairs, "that of the choice of directions"
    yield Found(case.named("sliced_wasserstein"), found.value, found.error, LOWER, *num, kind=kind)


def transport(case: Case) -> Iterator[Found]:
    """Exact optimal transport, of a part of large sets; needs POT."""
    found = wasserstein(*case.pairwise, seed=case.seed)
    name, settings = case.named("wasserstein"), {"p": 1}
    yield Found(name, found.value, None, LOWER, found.judged, found.reference, settings=settings)


def likelihood(case: Case) -> Iterator[Found]:
    found = parzen(*case.pairwise, seed=case.seed)
    num, words = case.num_pairs, "nats; half of the real ones chose the width; a poor judge: see the note"
    yield Found(case.named("parzen"), found.value, found.error, HIGHER, *num, words, note=FLAWS)


def similarity(case: Case) -> Iterator[Found]:
    """MS-SSIM of random pairs; needs pictures, not features."""
    if case.pictures is None:
        raise ValueError("ms_ssim needs pictures; bare features have none")
    pictures = case.pictures(2 * PAIRS)
    found = ms_ssim_diversity(pictures, pairs=PAIRS, seed=case.seed)
    yield Found("ms_ssim", found.value, found.error, LOWER, len(pictures), 0, "likeness of pairs; low: diverse")


def duplicates(case: Case) -> Iterator[Found]:
    """The birthday paradox: pairs of samples that are as near as the closest pair of as many real ones."""
    found = birthday(case.pairwise[0], real=case.pairwise[1], seed=case.seed)
    words = (
        f"pairs as near as the closest of {found.size:,} real ones; at least {found.at_least:,.0f} different samples"
    )
    yield Found(case.named("duplicates"), found.duplicates, None, LOWER, found.size, found.size, words)


def of(case: Case, metric: str, found: Estimate, better: str, words: str = "", **settings: Any) -> Found:
    """A number that took all features kept."""
    num = len(case.a.features), len(case.b.features)
    return Found(metric, found.value, found.error, better, *num, words, settings=settings)


def of_pairs(case: Case, metric: str, found: Estimate, better: str, words: str = "", **settings: Any) -> Found:
    """A number that took pairs of features."""
    return Found(metric, found.value, found.error, better, *case.num_pairs, words, settings=settings)


Measure = Callable[[Case], Iterator[Found]]
MEASURES: dict[str, Measure] = {
    "fd": frechet,
    "fd_infinity": frechet_limit,
    "kd": kernel,
    "score": score,
    "prdc": precision_recall,
    "one_nn": two_sample,
    "memorised": memorised,
    "mode_score": score_of_modes,
    "modes": modes,
    "mmd": kernel_rbf,
    "sliced_wasserstein": sliced,
    "wasserstein": transport,
    "parzen": likelihood,
    "ms_ssim": similarity,
    "duplicates": duplicates,
}
