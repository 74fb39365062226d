"""A claim: what a paper says, the experiment that would show it, and the thresholds that decide."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ganworks.lab.noise import lower_by_luck
from ganworks.proofs.bench import Bench
from ganworks.proofs.statistics import mean, spread

Numbers = dict[str, float]
Trials = Mapping[str, Mapping[int, Numbers]]  # by arm and seed
ENOUGH = 3  # seeds: with fewer, any difference is luck more often than that
MOST_SEEDS = 16
LUCK = 0.05  # a difference that luck would make more often than that shows nothing


@dataclass(frozen=True)
class Finding:
    """One check, looked at: whether it holds, and the numbers in words."""

    holds: bool
    words: str


class Check(Protocol):
    """A part of a claim that trials can bear out or not. `number` is the one that it looks at."""

    @property
    def number(self) -> str: ...

    def look(self, trials: Trials) -> Finding: ...


@dataclass(frozen=True)
class Lower:
    """`arm` has less of a number than the arm `than`, by a share of at least `by`.

    With by < 0 it may have more, by that share of it.
    """

    number: str
    arm: str
    than: str
    by: float = 0.0
    sign = 1.0

    def look(self, trials: Trials) -> Finding:
        ours, theirs = ([numbers[self.number] for numbers in trials[arm].values()] for arm in (self.arm, self.than))
        bound = [(1 - self.sign * self.by) * value for value in theirs]
        luck = lower_by_luck(*([self.sign * value for value in values] for values in (ours, bound)))
        return Finding(
            luck <= LUCK,
            f"{self.number}: {self.arm} {around(ours)}, {self.than} {around(theirs)}{self.wanted} "
            f"({number_of(ours)}, permutation test p = {luck:.3f})",
        )

    @property
    def wanted(self) -> str:
        if not self.by:
            return ""
        word = "lower" if self.sign * self.by > 0 else "higher"
        return f", {'at most ' * (self.by < 0)}{abs(self.by):.0%} {word} wanted"


@dataclass(frozen=True)
class Higher(Lower):
    """`arm` has more of a number than the arm `than`, by a share of at least `by`."""

    sign = -1.0


@dataclass(frozen=True)
class AtLeast:
    """The mean of a number over an arm's seeds is not below `value`."""

    number: str
    arm: str
    value: float
    sign = 1.0

    def look(self, trials: Trials) -> Finding:
        values = [numbers[self.number] for numbers in trials[self.arm].values()]
        word = "least" if self.sign > 0 else "most"
        return Finding(
            self.sign * (mean(values) - self.value) >= 0,
            f"{self.number}: {self.arm} {around(values)}, at {word} {self.value:g} wanted ({number_of(values)})",
        )


@dataclass(frozen=True)
class AtMost(AtLeast):
    """The mean of a number over an arm's seeds is not above `value`."""

    sign = -1.0


def around(values: Sequence[float]) -> str:
    return f"{mean(values):.4g}" + (f" ± {spread(values):.2g}" if len(values) > 1 else "")


def number_of(seeds: Sequence[float]) -> str:
    return f"{len(seeds)} seed{'s' * (len(seeds) != 1)}"


@dataclass(frozen=True)
class Claim:
    """What is claimed, and how it is tried.

    says: the claim in one sentence. source: paper and place.
    arms: the variants that are compared, in words, by name; the ablation is one of them.
    trial: (bench, arm, seed) -> what was measured.
    checks: all must hold for the claim to be shown.
    minutes: about how much processor time a trial takes.
    needs: data that is not built in, by the names that the bench knows.
    remarks: where we differ from the paper, what was tried, for the results page.
    """

    says: str
    source: str
    arms: Mapping[str, str]
    trial: Callable[[Bench, str, int], Numbers]
    checks: Sequence[Check]
    minutes: float
    needs: Sequence[str] = ()
    remarks: str = ""

    def judge(self, trials: Trials) -> tuple[str, list[Finding]]:
        """The verdict, "shown" or "not shown", and what each check found.

        "not yet run" if an arm has no trials, "too few seeds" if they could not show a difference.
        """
        if any(not trials.get(arm) for arm in self.arms):
            return "not yet run", []
        findings = [check.look(trials) for check in self.checks]
        if min(map(len, trials.values())) < ENOUGH and any(isinstance(check, Lower) for check in self.checks):
            return "too few seeds", findings
        return ("shown" if all(finding.holds for finding in findings) else "not shown"), findings
