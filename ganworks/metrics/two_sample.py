"""Can a nearest neighbour tell samples from real data?"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ganworks.metrics.features import Array, check
from ganworks.metrics.neighbours import near, near_both, points

DOUBT = 3.0  # standard errors from a half that are still called a half
SLIGHT = 0.05  # from a half: whatever the errors, nothing that deserves a word
LARGE = 0.2  # from a half, deserving a strong word; and doubts as large say nothing
CLEAR = 0.9  # both at least this: hardly any point has a neighbour of the other set

WORDS = {  # by whether a nearest neighbour recognises real ones, and samples: below, at or above a half
    (-1, -1): "memorised: real ones' nearest neighbours are samples and the other way round, as with copies",
    (-1, 0): "collapsed: samples crowd together near real ones, with less variety than those have",
    (-1, 1): "collapsed: samples crowd together near real ones, with less variety than those have",
    (0, 1): "collapsed: samples crowd together near real ones, with less variety than those have",
    (0, -1): "too wide: samples spread more than real ones do",
    (1, -1): "too wide: samples spread more than real ones do",
    (1, 0): "too wide: samples spread more than real ones do",
    (0, 0): "fine: a nearest neighbour can't tell samples from real ones",
    (1, 1): "told apart in part: poor samples, or modes that are missing",
}
SOFTLY = {
    "memorised": "nearly fine: some real ones' nearest neighbours are samples, more than by chance",
    "collapsed": "nearly fine: samples lie a little closer together than real ones",
    "too wide": "nearly fine: samples spread a little more than real ones",
}
APART = "told apart: samples lie away from real ones, or all at a few points"
FEW = "too few samples to say"


@dataclass(frozen=True)
class TwoSample:
    """Shares of points whose nearest other point is of their own set: all points, real ones, samples.

    count: N of each set. error: one standard error of `on_real` and of `on_fake` if both sets are of one distribution
    (`chance`). It exceeds the binomial sqrt(0.25 / N) if some points are everybody's nearest, as in many dimensions:
    by 8 % for Gaussians in 8 dimensions, 2 to 3 times in 256 to 1,024. accuracy_error: of `accuracy`, which does not
    vary with that.
    """

    accuracy: float
    on_real: float
    on_fake: float
    count: int
    error: float
    accuracy_error: float

    def verdict(self) -> str:
        """In words. "Below" and "above" mean: by more than 3 standard errors, and 0.05, from a half.

        Both below: memorised (at least 1 - 2 on_real of the real ones have a copy, if the others are at a half).
        on_real below or on_fake above, and not the other likewise: collapsed, as samples of less spread are. The other
        way round: too wide. Both above: told apart, in part if one is below 0.9. None: fine, as far as N can show.
        Within 0.2 of a half, all of it is said softly; with so few samples that this is within their error, not at all.
        """
        if min(self.on_real, self.on_fake) >= CLEAR:
            return APART
        if DOUBT * self.error > LARGE:
            return FEW
        words = WORDS[self.side(self.on_real), self.side(self.on_fake)]
        if max(abs(self.on_real - 0.5), abs(self.on_fake - 0.5)) < LARGE:
            return SOFTLY.get(words.partition(":")[0], words)
        return words

    def side(self, value: float) -> int:
        if abs(value - 0.5) <= max(DOUBT * self.error, SLIGHT):
            return 0
        return 1 if value > 0.5 else -1


def one_nearest_neighbour(a: Array, b: Array, seed: int = 0) -> TwoSample:
    """Leave-one-out accuracy of a 1-nearest-neighbour classifier between samples a (N, d) and real ones b (M, d).

    Lopez-Paz and Oquab 2017 (arXiv 1610.06545); on real and fake apart as in Xu et al. 2018 (arXiv 1806.07755). 0.5
    is ideal, 1 is told apart, 0 is copied. The larger set is cut to the smaller one's size, by `seed`.
    Ties: a point with copies in the other set, or in both, counts for the share of its own set among its copies (what
    picking one at random gives on average); other ties count for half.
    """
    a, b = check(a, b)
    count = min(len(a), len(b))
    a, b = (some(x, count, seed) for x in (a, b))
    p, q = points(a, b)
    across_a, in_b, across_b, in_a = (found[:, 0] for found in near_both(p, q))
    (own_a, by_a), (own_b, by_b) = ((far[:, 0], by[:, 0]) for far, by in (near(x, x, itself=True) for x in (p, q)))
    right_a, right_b = own_set(own_a, across_a), own_set(own_b, across_b)
    nearest_of = torch.cat([by_a.where(own_a <= across_a, in_b + count), (by_b + count).where(own_b <= across_b, in_a)])
    is_copy = torch.cat([own_a.minimum(across_a), own_b.minimum(across_b)]) == 0
    errors = chance(nearest_of.where(~is_copy, torch.arange(2 * count)))  # copies are each other's nearest, as often
    copied_a, copied_b = across_a == 0, across_b == 0
    if copied_a.any():
        right_a[copied_a], right_b[copied_b] = copies(a[copied_a], b[copied_b])
    on_fake, on_real = right_a.mean().item(), right_b.mean().item()
    return TwoSample((on_fake + on_real) / 2, on_real, on_fake, count, *errors)


def some(rows: Tensor, count: int, seed: int) -> Tensor:
    if len(rows) == count:
        return rows
    return rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))[:count]]


def own_set(own: Tensor, across: Tensor) -> Tensor:
    """(N,): 1 where the nearest of the own set is nearer than the nearest of the other one, 0.5 where as near."""
    return (own < across).double() + 0.5 * (own == across).double()


def chance(nearest_of: Tensor) -> tuple[float, float]:
    """Standard errors of `on_real` and of `accuracy` if labels were drawn by lot, for this graph of neighbours (2 N,).

    Of real ones (1 + e_i) (1 + e_nn(i)) / 4 are counted for signs e of sum 0. Its part linear in e varies as the number
    of points that a point is nearest to, its quadratic part by edges, and twice by those that go both ways. Of all
    points (1 + e_i e_nn(i)) / 2 are counted: there is no linear part.
    """
    both = len(nearest_of)
    degrees = nearest_of.bincount(minlength=both).double()
    mutual = (nearest_of[nearest_of] == torch.arange(both)).double().mean()
    of_one = math.sqrt((degrees.var(correction=0) + 1 + mutual).item() / (4 * both))
    return of_one, math.sqrt((1 + mutual.item()) / (4 * both))


def copies(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """For rows that occur in both sets: the share of the own set among the copies of each, itself not counted."""
    _, place = torch.unique(torch.cat([a, b]), dim=0, return_inverse=True)
    num = int(place.max()) + 1
    of_a, of_b = (part.bincount(minlength=num).double() for part in (place[: len(a)], place[len(a) :]))
    all_others = of_a + of_b - 1
    return ((of_a - 1) / all_others)[place[: len(a)]], ((of_b - 1) / all_others)[place[len(a) :]]
