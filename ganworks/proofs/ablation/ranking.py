"""What the trials of an ablation come to: differences to the baseline, paired by seed, and what they can show."""

from collections.abc import Mapping
from math import exp, log, sqrt
from typing import Any

from ganworks.proofs.ablation.arms import BASELINE
from ganworks.proofs.ablation.trial import DISTANCE
from ganworks.proofs.claim import Numbers
from ganworks.proofs.statistics import T, mean, spread

Row = dict[str, Any]
NOISE = "within the noise"


def rank(arms: Mapping[str, Mapping[int, Numbers]]) -> list[Row]:
    """The tricks, the best first; those without a pair to compare come last.

    Differences are of logarithms, as distances vary by a share of themselves, over pairs of the same seed: `change` is
    their mean, as a share, and `error` its standard error, in logarithms.
    """
    base = arms[BASELINE]
    rows = [row(name, trials, base) for name, trials in arms.items() if name != BASELINE]
    return sorted(rows, key=lambda row: (row["change"] is None, row["change"] or 0.0))


def row(name: str, trials: Mapping[int, Numbers], base: Mapping[int, Numbers]) -> Row:
    seeds = sorted(trials.keys() & base.keys())
    if not seeds:
        return {"trick": name, "seeds": 0, "change": None, "error": None, "verdict": "no trial"}
    changes = [log(trials[seed][DISTANCE] / base[seed][DISTANCE]) for seed in seeds]
    middle, error = mean(changes), spread(changes) / sqrt(len(seeds)) if len(seeds) > 1 else None
    return {
        "trick": name,
        "seeds": len(seeds),
        "change": exp(middle) - 1,
        "error": error,
        "verdict": verdict(middle, error, len(seeds)),
        "distance": mean([trials[seed][DISTANCE] for seed in seeds]),
        "steps": mean([trials[seed]["steps"] / base[seed]["steps"] for seed in seeds]),
    }


def verdict(middle: float, error: float | None, num: int) -> str:
    """Better or worse, if luck alone would make such a difference less often than 1 time in 20."""
    if error is None:
        return "one seed"
    if abs(middle) <= T[num - 2] * error:
        return NOISE
    return "better" if middle < 0 else "worse"


def distances_of_baseline(outcome: Row) -> list[float]:
    """Of an ablation as its JSON has it."""
    return [trial["numbers"][DISTANCE] for trial in outcome["trials"] if trial["arm"] == BASELINE]


def caution(rows: list[Row]) -> str:
    """What can be said with so many seeds."""
    num = max((row["seeds"] for row in rows), default=0)
    judged = [row for row in rows if row["error"] is not None]
    fewer = [f"{row['trick']} {row['seeds']}" for row in rows if row["seeds"] < num]
    if num < 2:
        return "With one seed nothing can be said: the spread between seeds is not known."
    words = (
        f"With {num} seeds a difference counts beyond {T[num - 2]:.1f} standard errors (Student's t, 5 %); among "
        f"{len(judged)} tricks luck alone makes about {len(judged) / 20:.1g} such, often several at once or none, as "
        "they share a baseline. A trick within the noise may still help, or harm, beyond what was measured by up to "
        f"{T[num - 2]:.1f} times its error."
    )
    return f"{words} Trials that diverged or are due leave fewer seeds: {', '.join(fewer)}." if fewer else words


def shown(row: Row) -> tuple[str, ...]:
    """Change, distance, steps and verdict, as texts."""
    if row["change"] is None:
        return ("", "", "", row["verdict"])
    times = 1 + row["change"]  # an error of the logarithm is a share of the whole
    error = "" if row["error"] is None else f" ± {100 * times * row['error']:.0f}"
    return (f"{100 * row['change']:+.0f}{error} %", f"{row['distance']:.3g}", f"{row['steps']:.2f}", row["verdict"])
