"""What the folklore is worth: `python -m ganworks.proofs.ablation.page RESULTS docs` writes docs/tricks.md.

RESULTS is a folder of `ganworks ablate`. The page says nothing that does not stand in the JSON files beside it.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from ganworks.proofs.ablation.figure import draw
from ganworks.proofs.ablation.ranking import caution, distances_of_baseline, shown
from ganworks.proofs.page import measured_on
from ganworks.proofs.statistics import mean, spread

HEAD = """# What the folklore is worth, measured

Each trick alone is flipped against a system as its paper has it, and both train for the same processor time on one
thread, so that what a trick costs counts too; `steps` says how many steps it left, times the baseline's. The change is
that of the Fréchet distance of the samples, lower being better, with its standard error over pairs of the same seed;
*within the noise* is what luck would do more often than 1 time in 20. Distances are in the features of a small
classifier of the same data, and compare with nothing outside this page. What holds here, at this size and for so long,
need not elsewhere.

`ganworks ablate SYSTEM PICTURES --tricks all` measures your own; each trick is a setting, see `ganworks show SYSTEM`.
"""
BAR = "\\|"  # in a table


def write_page(outcomes: list[dict[str, Any]]) -> str:
    return "\n".join([HEAD, *map(section, outcomes)])


def section(outcome: dict[str, Any]) -> str:
    """One ablation: the table, the figure, what was left out, and what it was measured on."""
    base = distances_of_baseline(outcome)
    rows = [
        f"| {row['trick']} | {outcome['words'][row['trick']].replace('|', BAR)} | " + " | ".join(shown(row)) + " |"
        for row in outcome["rows"]
    ]
    told = [f"{outcome['system']} on {outcome['data']}", f"{outcome['minutes']:g} minutes"]
    told += [f"{name} {value}" for name, value in outcome["settings"].items()]
    name = outcome["name"]
    had = f"{mean(base):.3g} ± {spread(base):.2g} (deviation over {len(base)} seeds)" if base else "not known"
    lines = [
        f"## {', '.join(told)}",
        "",
        f"The baseline's distance is {had}.",
        caution(outcome["rows"]),
        "",
        "| trick | flipped to | change | distance | steps | |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        *[f"- {words}" for words in outcome["failed"]],
        *[f"- {trick} was left out: {why}" for trick, why in outcome["unsuited"].items()],
        "",
        f"![{name}](tricks/{name}.svg)",
        "",
        measured_on(outcome["trials"]),
        "",
    ]
    return "\n".join(lines)


def main(results: Path, docs: Path) -> None:
    """Take over what was measured, and write the page from all that is there."""
    (docs / "tricks").mkdir(parents=True, exist_ok=True)
    for path in results.glob("*.json"):
        shutil.copy(path, docs / "tricks")
    outcomes = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((docs / "tricks").glob("*.json"))]
    outcomes = [outcome for outcome in outcomes if outcome["trials"]]
    for outcome in outcomes:
        (docs / "tricks" / f"{outcome['name']}.svg").write_text(draw(outcome), encoding="utf-8")
    (docs / "tricks.md").write_text(write_page(outcomes), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
