"""The results page: `python -m ganworks.proofs.page RESULTS docs [DATA]` takes over what was measured.

It writes proofs.md, and metrics.md from the proof `faults`.
The page says nothing that does not stand in the JSON files beside it.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from ganworks.proofs import titles
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import number_of
from ganworks.proofs.confusion import write_confusion_page
from ganworks.proofs.fault_page import write_fault_page
from ganworks.proofs.faults import draw
from ganworks.proofs.plot import plot
from ganworks.proofs.prove import code_of, find, numbers_of
from ganworks.proofs.statistics import mean, spread

MANY = 12  # numbers of an arm
HEAD = """# Proofs

What the papers claim, tried on one processor in minutes, each against its ablation in the same run, over seeds. A claim
is *shown* if every line under it holds (✓); a difference holds if the values of both arms, dealt out at random, differ
as much at most once in 20 times (p, by Fisher's permutation test; with three seeds it cannot be below 0.05).
The test was of pairs until 2026-11-22, which five seeds at least can pass; no verdict then published changed with it.
Thresholds were set before the trials, and stay. The claims on the grid are an exception: they first counted fair modes
after equal time, then held ones, and none was shown ([the log](log.md) has the numbers of both): at equal rates a plain
GAN does not collapse there. They now have equal steps, and a rate of D with which it does, found on seeds 100 to 102;
they count modes as the papers do, ask that samples be no cloud, and seeds 0 to 4 decide. The claims on stacked digits
had a D twice as wide at first, before which DCGAN finds nine modes of ten. `vaegan`, `cyclegan`, `fast_style`, `edsr`,
`srgan` and `esrgan` were not shown at first, either; what was changed then, arms, the number compared, sizes or
minutes, is said with them. What was tried on other seeds to choose budgets and settings is said with each. Trainings
have equal budgets of processor time on one thread, so that arms compare on a busy machine. Fréchet distances are in the
features of a small classifier of the same data, or of EfficientNet-lite0 for emoji; the JSON files name it. The numbers
compare with nothing outside this page.

`ganworks prove NAME --seeds 5` repeats a proof; this page is written by `python -m ganworks.proofs.page`.
"""


def write_page(docs: Path) -> str:
    """The page for the JSON files in docs/proofs."""
    outcomes = {name: read(docs / "proofs" / f"{name}.json") for name in titles()}
    outcomes = {name: outcome if outcome and outcome["trials"] else None for name, outcome in outcomes.items()}
    rows = [
        f"| [{name}](#{name}) | {title} | {outcome['verdict'] if outcome else 'not yet run'} |"
        for (name, title), outcome in zip(titles().items(), outcomes.values(), strict=True)
    ]
    table = "\n".join(["| proof | claim | verdict |", "|---|---|---|", *rows])
    sections = [section(outcome) for outcome in outcomes.values() if outcome]
    return "\n".join([HEAD, table, "", *sections])


def section(outcome: dict[str, Any]) -> str:
    """One claim: the verdict, what each check found, the arms, the plot, and what it was measured on."""
    name = outcome["name"]
    arms = [f"- **{arm}**: {words}{numbers(outcome, arm)}" for arm, words in outcome["arms"].items()]
    checks = [f"- {'✓' if finding['holds'] else '✗'} {finding['words']}" for finding in outcome["findings"]]
    due = [f" Trials still due: {outcome['due']}."] if outcome["due"] else []
    remarks = [outcome["remarks"], ""] if outcome["remarks"] else []
    return "\n".join(
        [
            f"## {name}",
            "",
            f"{outcome['says']} ({outcome['source']})",
            "",
            f"**{outcome['verdict'].capitalize()}.**{''.join(due)}",
            "",
            *checks,
            "",
            *arms,
            "",
            *remarks,
            f"![{name}](proofs/{name}.svg)",
            "",
            measured_on(outcome["trials"]),
            "",
        ]
    )


def numbers(outcome: dict[str, Any], arm: str) -> str:
    """Everything that was measured of an arm, decisive or not; of very many numbers those that are not 0."""
    trials = [trial["numbers"] for trial in outcome["trials"] if trial["arm"] == arm]
    if not trials:
        return ""
    values = {name: [trial[name] for trial in trials] for name in trials[0]}
    told = {name: seen for name, seen in values.items() if any(seen) or len(values) <= MANY}
    return "; " + ", ".join(f"{name} {mean(seen):.4g} ± {spread(seen):.2g}" for name, seen in told.items())


def measured_on(trials: list[dict[str, Any]]) -> str:
    """Seeds, time, processor, versions and commits."""
    seeds = number_of(sorted({trial["seed"] for trial in trials}))
    minutes = sum(trial["processor_seconds"] for trial in trials) / 60
    where = sorted({f"{t['processor']}, {t['threads']} thread, torch {t['versions']['torch']}" for t in trials})
    commits = ", ".join(sorted({trial["commit"] for trial in trials if trial["commit"]}))
    return (
        f"{seeds}, {max(1, round(minutes))} min of {'; '.join(where)}, {max(t['date'][:10] for t in trials)}"
        f"{', commit ' + commits if commits else ''}."
    )


def read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def main(results: Path, docs: Path, data: Path | None = None) -> None:
    """data: the folder of the proofs' data, for the picture of the faults."""
    (docs / "proofs").mkdir(parents=True, exist_ok=True)
    for name in titles():
        outcome = read(results / f"{name}.json")
        if outcome and outcome["trials"]:
            shutil.copy(results / f"{name}.json", docs / "proofs")
            figure = plot(find(name), numbers_of(outcome["trials"]))
            (docs / "proofs" / f"{name}.svg").write_text(figure, encoding="utf-8")
            if {trial["code"] for trial in outcome["trials"]} != {code_of(find(name).trial)}:
                print(f"{name} was measured by another version of its trial; run it again")
    (docs / "proofs.md").write_text(write_page(docs), encoding="utf-8")
    faults = read(docs / "proofs" / "faults.json")
    if faults and (page := write_fault_page(faults)):
        (docs / "metrics.md").write_text(page, encoding="utf-8")
    doctor = read(docs / "proofs" / "doctor.json")
    if doctor and (page := write_confusion_page(doctor)):
        (docs / "doctor.md").write_text(page, encoding="utf-8")
    if data:
        draw(Bench(results, data), docs / "pictures" / "faults.png")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
