"""Which system to choose: `python -m ganworks.proofs.race.page RESULTS docs` writes docs/race.md.

RESULTS is a folder of `ganworks race`. The page says nothing that does not stand in the JSON files beside it.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from ganworks.proofs.page import measured_on
from ganworks.proofs.race.ranking import HEADINGS, caution, shown

HEAD = """# Which system to choose

All systems that learn from one set of pictures, each as `ganworks train SYSTEM PICTURES` has it, for the same processor
time on one thread, so that what a step costs counts too. Lower distances are better: Fréchet distances of {samples}
samples in the features named, where *classifier* is a small one of the same labels; they compare with nothing outside
this page. *precision* is the share of samples among real pictures, *recall* the share of real pictures among samples;
*pictures/s* are real ones seen in training, *samples/s* are made after it, *MB* is the peak of the training, less what
there was before. Systems marked * are told the labels. What is best after so short a time, at this size, need not be
after days.

`ganworks race PICTURES` measures your own.
"""
COLUMNS = 4  # of grids
COLOURS = {"L": 16, "RGB": 64}  # of a grid on the page, by its mode; the file is small so


def write_page(outcomes: list[dict[str, Any]], folder: Path) -> str:
    samples = max(outcome["judge"]["samples"] for outcome in outcomes)
    return "\n".join([HEAD.format(samples=f"{samples:,}"), *(section(outcome, folder) for outcome in outcomes)])


def section(outcome: dict[str, Any], folder: Path) -> str:
    """One race: the table, what can be said of it, who was left out, the grids, and what it was measured on."""
    marks = dict.fromkeys(outcome["labelled"], " \\*")
    rows = [
        f"| {row['entrant']}{marks.get(row['entrant'], '')} | {' | '.join(shown(row))} |" for row in outcome["rows"]
    ]
    pictures = outcome["pictures"]
    kind = {1: "grey", 3: "RGB", 4: "RGBA"}.get(pictures["channels"], "")
    classes = f" in {pictures['classes']} classes" if pictures["classes"] else ""
    told = f"{pictures['count']:,} pictures, {'x'.join(map(str, pictures['size']))} {kind}{classes}"
    width = f", all of width {outcome['width']}" if outcome["width"] else ""
    return "\n".join(
        [
            f"## {outcome['data']}, {outcome['minutes']:g} minutes{width}",
            "",
            f"{told}; features: {outcome['judge']['network']}. {caution(outcome['rows'])}",
            "",
            f"| system | {' | '.join(HEADINGS)} |",
            "|---|" + "---|" * len(HEADINGS),
            *rows,
            "",
            *[f"- {words}" for words in outcome["failed"]],
            *[f"- {name} was left out: {why}" for name, why in outcome["left_out"].items()],
            *([f"- Trainings still due: {outcome['due']}."] if outcome["due"] else []),
            "",
            *grids(outcome, folder),
            measured_on(outcome["trials"]),
            "",
        ]
    )


def grids(outcome: dict[str, Any], folder: Path) -> list[str]:
    """Tables of pictures: the real ones, then samples in the order of the ranking."""
    names = [name for name in ["pictures", *(row["entrant"] for row in outcome["rows"])] if name in outcome["grids"]]
    lines = []
    for begin in range(0, len(names), COLUMNS):
        some = names[begin : begin + COLUMNS]
        shown = [f"![{name}]({folder.name}/{copy_of(outcome, name)})" for name in some]
        heads = ["the pictures" if name == "pictures" else name for name in some]
        lines += [f"| {' | '.join(heads)} |", "|---" * len(some) + "|", f"| {' | '.join(shown)} |", ""]
    return lines


def copy_of(outcome: dict[str, Any], name: str) -> str:
    """The file name of a grid on the page."""
    return f"{outcome['name']}-{Path(outcome['grids'][name]).name}"


def shrink(source: Path, target: Path) -> None:
    """A copy in few colours."""
    picture: Image.Image = Image.open(source)
    if colours := COLOURS.get(picture.mode):
        picture = picture.quantize(colours, dither=Image.Dither.NONE)
    picture.save(target, optimize=True)


def main(results: Path, docs: Path) -> None:
    """Take over what was measured, and write the page from all that is there."""
    folder = docs / "race"
    folder.mkdir(parents=True, exist_ok=True)
    for path in results.glob("*.json"):
        outcome = json.loads(path.read_text(encoding="utf-8"))
        if outcome["trials"]:
            shutil.copy(path, folder)
            for name, place in outcome["grids"].items():
                shrink(results / place, folder / copy_of(outcome, name))
    outcomes = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    (docs / "race.md").write_text(write_page(outcomes, folder), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
