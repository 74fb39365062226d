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
HEAD = """# Which metric sees which fault

{num} real pictures, with a fault planted in them, are judged against other real pictures: `none` is what each metric
says when nothing is wrong. Every cell is a mean over {seeds} random splits; **bold** if the metric tells the fault from
`none` (paired permutation test, p ≤ {luck}); *italic* if it moves the wrong way: it takes the fault for an improvement.

![faults](pictures/faults.png)

From top to bottom: {rows}.
"""
TAIL = """
No metric sees everything. Copies of the reference *improve* distances, precision and recall: judge against pictures
that were held out, and look at the nearest neighbours. Duplicates look like any lack of variety to distances and to
recall; precision and the Inception Score miss them; the closest pairs name them. Precision takes dropped classes for an
improvement. A score that never looks at the reference cannot know what is missing from it.

The numbers are in [proofs/faults.json](proofs/faults.json); `ganworks prove faults --data DIR` measures them again.
"""


def write_fault_page(outcome: dict[str, Any]) -> str:
    """The page for the outcome of the claim `faults`."""
    trials: dict[str, dict[int, dict[str, float]]] = {}
    for trial in outcome["trials"]:
        trials.setdefault(trial["arm"], {})[trial["seed"]] = trial["numbers"]
    seeds = sorted(set.intersection(*(set(seen) for seen in trials.values())))
    rows = "; ".join(f"{name}: {words}" for name, (words, _) in FAULTS.items())
    lines = ["| metric | " + " | ".join(FAULTS) + " |", "|---" * (len(FAULTS) + 1) + "|"]
    for metric, (worse, words) in METRICS.items():
        none = [trials["none"][seed][metric] for seed in seeds]
        cells = [
            cell([trials[fault][seed][metric] for seed in seeds], none, worse) for fault in FAULTS if fault != "none"
        ]
        lines.append(f"| {words} | {mean(none):.3g} ± {spread(none):.1g} | " + " | ".join(cells) + " |")
    return HEAD.format(num=NUM, seeds=len(seeds), luck=LUCK, rows=rows) + "\n" + "\n".join(lines) + "\n" + TAIL


def cell(values: list[float], none: list[float], worse: str) -> str:
    """The mean, marked by whether the metric sees the fault."""
    text = f"{mean(values):.3g}"
    rises = better_by_luck([a - b for a, b in zip(values, none, strict=True)]) <= LUCK
    falls = better_by_luck([b - a for a, b in zip(values, none, strict=True)]) <= LUCK
    if (worse == BOTH and (rises or falls)) or (rises and worse == UP) or (falls and worse == DOWN):
        return f"**{text}**"
    return f"*{text}*" if rises or falls else text
