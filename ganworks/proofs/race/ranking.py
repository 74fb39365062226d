"""What the trials of a race come to: means over seeds, their errors, and what these can show."""

from collections.abc import Mapping
from math import hypot, sqrt
from typing import Any

from ganworks.proofs.claim import Numbers
from ganworks.proofs.race.trial import DISTANCE, ERROR
from ganworks.proofs.statistics import T, mean, spread

Row = dict[str, Any]
NORMAL = 1.96  # beyond it lie 5 % of what luck does, both sides, where the error is known
HEADINGS = ("distance", "precision", "recall", "steps", "pictures/s", "samples/s", "MB")


def rank(trials: Mapping[str, Mapping[int, Numbers]]) -> list[Row]:
    """The entrants, the best first. error: of the distance; of several seeds that of their mean, which holds all.

    apart: whether its distance differs from the best one's by more than luck does 1 time in 20, as far as errors tell.
    """
    rows = sorted((row(name, list(seeds.values())) for name, seeds in trials.items()), key=lambda row: row[DISTANCE])
    for each in rows:
        each["apart"] = is_apart(each, rows[0])
    return rows


def row(name: str, trials: list[Numbers]) -> Row:
    """Means of what was measured of an entrant."""
    known = {number: [trial[number] for trial in trials if number in trial] for number in trials[0]}
    means = {number: mean(values) for number, values in known.items() if values}
    num = len(trials)
    error = means[ERROR] if num == 1 else spread(known[DISTANCE]) / sqrt(num)
    return {"entrant": name, "seeds": num} | means | {ERROR: error}


def is_apart(row: Row, best: Row) -> bool:
    freedom = row["seeds"] + best["seeds"] - 2
    limit = T[min(freedom, len(T)) - 1] if row["seeds"] > 1 < best["seeds"] else NORMAL
    return bool(row[DISTANCE] - best[DISTANCE] > limit * hypot(row[ERROR], best[ERROR]))


def shown(row: Row) -> tuple[str, ...]:
    """The numbers below the headings, as texts; empty where there are none."""
    distance = f"{row[DISTANCE]:.4g} ± {row[ERROR]:.2g}"
    shares = [f"{row[name]:.2f}" if name in row else "" for name in ("precision", "recall")]
    counts = [count(row.get(name)) for name in ("steps", "pictures a second", "samples a second", "MB")]
    return (distance, *shares, *counts)


def count(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def caution(rows: list[Row]) -> str:
    """What can be said with so many seeds."""
    if not rows:
        return ""
    num = max(row["seeds"] for row in rows)
    if num == 1:
        words = (
            "With one seed the error is that of the measurement alone. Another seed trains another model (dcgan's "
            "distance on garments varies by 8 %), so that neighbours may change places: --seeds 3 says more."
        )
    else:
        words = f"With {num} seeds the error is that of their mean: luck in training and in measuring."
    if near := [row["entrant"] for row in rows[1:] if not row["apart"]]:
        words += f" Not told apart from {rows[0]['entrant']} at the 5 % level: {', '.join(near)}."
    fewer = [f"{row['entrant']} {row['seeds']}" for row in rows if row["seeds"] < num]
    return words + (f" Fewer seeds: {', '.join(fewer)}." if fewer else "")
