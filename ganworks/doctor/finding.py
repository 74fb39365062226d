"""What a finding is, and the curves of a log from which it is made."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

Point = tuple[int, float]
Curve = list[Point]
NOTE, WARNING, SERIOUS = SEVERITIES = ("note", "warning", "serious")
Settings = dict[str, Any]
YOUNG = 1000  # steps after which something may be expected of samples
LONG = 300  # steps that a symptom lasts at least, as in the pilots: lines lie but one step apart on a slow machine


@dataclass(frozen=True)
class Advice:
    """A change to make. `setting` and `value` are those of `train`; without them the words say it all."""

    words: str
    setting: str = ""
    value: float | None = None

    def __str__(self) -> str:
        given = f"--{self.setting.replace('_', '-')} {self.value:.3g}: " if self.value is not None else ""
        return given + self.words


@dataclass(frozen=True)
class Finding:
    """A symptom, from step `since` on; over at step `until`, if it is.

    evidence: the figure in words, `curve` the one it is taken from, called `figure`. advice: what to try first, first.
    """

    name: str
    severity: str
    since: int
    evidence: str
    figure: str
    curve: Curve
    cause: str
    advice: tuple[Advice, ...] = ()
    until: int | None = None

    @property
    def is_alarm(self) -> bool:
        """Whether somebody should look: above a note, and not over."""
        return self.until is None and self.severity != NOTE

    def __str__(self) -> str:
        first = f"; try {self.advice[0]}" if self.advice else ""
        return f"{self.severity}: {self.name} since step {self.since:,}: {self.evidence}{first}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"advice": [asdict(each) | {"line": str(each)} for each in self.advice]}


class Record:
    """The lines of a log as curves. Whatever is no line, or no number, is passed over.

    settings: those of the training, as `run.json` has them, where they are known.
    """

    def __init__(self, lines: Iterable[object], settings: Settings | None = None):
        found = [line for line in lines if isinstance(line, dict) and is_number(line.get("step"))]
        self.lines: list[dict[str, Any]] = sorted(found, key=lambda line: line["step"])
        self.settings = settings or {}

    @property
    def players(self) -> list[str]:
        return self.names("gradient_norms")

    def names(self, *path: str) -> list[str]:
        groups = [group for line in self.lines if isinstance(group := look_up(line, path), dict)]
        return list(dict.fromkeys(str(name) for group in groups for name in group))

    def curve(self, *path: str) -> Curve:
        """The finite numbers at a place of the lines, by step; of two lines of a step the later one."""
        found = ((line["step"], look_up(line, path)) for line in self.lines)
        return list({int(step): float(value) for step, value in found if is_number(value)}.items())

    def rate(self, player: str) -> float | None:
        """The present learning rate."""
        return self.curve("rates", player)[-1][1] if self.curve("rates", player) else None

    def change_rate(self, player: str, factor: float, words: str) -> tuple[Advice, ...]:
        """The rate times a factor; nothing if it is not known, or the setting does not exist."""
        rate = self.rate(player)
        if not rate or player not in ("G", "D"):
            return ()
        return (Advice(words, f"{player.lower()}_lr", float(f"{rate * factor:.2g}")),)


def look_up(line: Any, path: Sequence[str]) -> Any:
    for name in path:
        line = line.get(name) if isinstance(line, dict) else None
    return line


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def smooth(curve: Curve, over: int = 5) -> Curve:
    """The median of each point and those just before it: one odd batch is no symptom."""
    values = [value for _, value in curve]
    return [(step, median(values[max(0, i + 1 - over) : i + 1])) for i, (step, _) in enumerate(curve)]


def without_start(curve: Curve, share: float = 0.2, least: int = 5) -> Curve:
    """The curve without what every training does at first."""
    return curve[max(least, round(share * len(curve))) :]


def joined(*curves: Curve) -> list[tuple[int, tuple[float, ...]]]:
    """Several curves at the steps that all of them have."""
    found = [dict(curve) for curve in curves]
    steps = sorted(set.intersection(*(set(each) for each in found))) if found else []
    return [(step, tuple(each[step] for each in found)) for step in steps]


def held(curve: Iterable[tuple[int, bool]], points: int, steps: int | None = None) -> tuple[int, int | None] | None:
    """The last time that something held for at least so many points on end: since when, and until when if it is over.

    steps: that it must last besides; LONG if not given.
    One exception among them ends nothing.
    """
    least = LONG if steps is None else steps
    best: tuple[int, int | None] | None = None
    begin, count, misses = 0, 0, 0
    for step, holds in curve:
        if holds:
            begin, count, misses = (step if not count else begin), count + 1, 0
            if count >= points and step - begin >= least:
                best = (begin, None)
        else:
            misses += 1
            if count and misses > 1:
                if best and best[1] is None:
                    best = (best[0], step)
                count = 0
    return best


def found(
    name: str,
    severity: str,
    when: tuple[int, int | None] | None,
    *,
    evidence: str,
    figure: str,
    curve: Curve,
    cause: str,
    advice: Iterable[Advice],
) -> list[Finding]:
    """The finding, if it held at all; what is over is but a note."""
    if when is None:
        return []
    since, until = when
    return [
        Finding(name, severity if until is None else NOTE, since, evidence, figure, curve, cause, tuple(advice), until)
    ]


def last(curve: Curve) -> float:
    """The present value; not a number, if there is none."""
    return curve[-1][1] if curve else math.nan


def falls(curve: Curve, by: float = 0.1) -> dict[int, bool]:
    """By step: whether a figure has fallen by a tenth within the last third of the time up to there."""
    answer: dict[int, bool] = {}
    steps = [step for step, _ in curve]
    for step, value in curve:
        past = bisect_right(steps, step * 2 / 3)
        answer[step] = not past or value < (1 - by) * curve[past - 1][1]
    return answer
