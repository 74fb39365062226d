"""The page of planted faults: which metric sees which, from the trials of the claim `faults`."""

from typing import Any

from ganworks.proofs.claim import LUCK
from ganworks.proofs.faults import FAULTS, NUM
from ganworks.proofs.statistics import better_by_luck, mean, spread

UP, DOWN, BOTH = "up", "down", "both"
# What a fault does to a metric that sees it, and what the metric is.
METRICS = {
    "fd": (UP, "Fréchet distance"),
    "kd": (UP, "kernel distance (polynomial, as KID)"),
    "mmd_rbf": (UP, "kernel distance (RBF)"),
    "sliced_wasserstein": (UP, "sliced Wasserstein distance"),
    "score": (DOWN, "Inception Score"),
    "mode_score": (DOWN, "Mode Score"),
    "precision": (DOWN, "precision"),
    "recall": (DOWN, "recall"),
    "density": (DOWN, "density"),
    "coverage": (DOWN, "coverage"),
    "one_nn": (BOTH, "1-NN accuracy (0.5 is best)"),
    "memorised": (UP, "share suspiciously near the reference"),
    "duplicates": (UP, "pairs as near as the closest real ones"),
    "ms_ssim": (UP, "MS-SSIM of random pairs"),
}
EQUAL = 1e-6  # differences below this share of the value are rounding
HEAD = """# Which metric sees which fault

{num} real pictures, with a fault planted in them, are judged against other real pictures: `none` is what each metric
says when nothing is wrong. Every cell is a mean over {seeds} random splits; **bold** if the metric tells the fault from
`none` (two-sided paired permutation test, p = {least:.3f} or less in each of the {cells} cells); *italic* if it moves
the wrong way: it takes the fault for an improvement.

![faults](pictures/faults.png)

From top to bottom:

{rows}

"""
TAIL = """
{all_seen} Every other metric misses a fault, or takes one for an improvement. Copies of the reference are an
improvement to whatever measures nearness alone: judge against pictures that were held out, and look at the nearest
neighbours. A score that never looks at the reference cannot know what is missing from it.

The numbers are in [proofs/faults.json](proofs/faults.json); `ganworks prove faults --data DIR --seeds {seeds}` measures
them again.
"""


def write_fault_page(outcome: dict[str, Any]) -> str | None:
    """The page for the outcome of the claim `faults`; None as long as a fault has not been tried."""
    trials: dict[str, dict[int, dict[str, float]]] = {}
    for trial in outcome["trials"]:
        trials.setdefault(trial["arm"], {})[trial["seed"]] = trial["numbers"]
    seeds = sorted(set.intersection(*(set(trials.get(fault, {})) for fault in FAULTS)))
    if not seeds:
        return None
    faults = [fault for fault in FAULTS if fault != "none"]
    lines = ["| metric | none | " + " | ".join(faults) + " |", "|---" * (len(FAULTS) + 1) + "|"]
    all_seen = []
    for metric, (worse, words) in METRICS.items():
        none = [trials["none"][seed][metric] for seed in seeds]
        cells = [cell([trials[fault][seed][metric] for seed in seeds], none, worse) for fault in faults]
        lines.append(f"| {words} | {mean(none):.3g} ± {spread(none):.1g} | " + " | ".join(cells) + " |")
        if all(text.startswith("**") for text in cells):
            all_seen.append(words)
    rows = "\n".join(f"- *{name}*: {words}" for name, (words, _) in FAULTS.items())
    facts = {"num": NUM, "seeds": len(seeds), "least": 2 / 2 ** len(seeds), "cells": len(METRICS) * len(faults)}
    seen = f"{', '.join(all_seen)}: it tells all of these faults, though not which one it is." if all_seen else ""
    head, tail = HEAD.format(rows=rows, **facts), TAIL.format(all_seen=seen, seeds=len(seeds))
    return head + "\n".join(lines) + "\n" + tail


def cell(values: list[float], none: list[float], worse: str) -> str:
    """The mean, marked by whether the metric sees the fault."""
    text = f"{mean(values):.3g}"
    gains = [a - b if abs(a - b) > EQUAL * max(abs(a), abs(b)) else 0.0 for a, b in zip(values, none, strict=True)]
    rises, falls = (2 * better_by_luck([sign * gain for gain in gains]) <= LUCK for sign in (1, -1))
    if (worse == BOTH and (rises or falls)) or (rises and worse == UP) or (falls and worse == DOWN):
        return f"**{text}**"
    return f"*{text}*" if rises or falls else text
