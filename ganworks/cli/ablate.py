"""`ganworks ablate`: what each trick is worth to a system, on your own pictures."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganworks import registry
from ganworks.cli.arguments import Usage, call, make_room
from ganworks.cli.prove import seconds

if TYPE_CHECKING:
    from ganworks.proofs.ablation.trial import Plan
    from ganworks.proofs.bench import Bench


def main(words: Sequence[str], line: str) -> int:
    return call(ablate, words, line)


def ablate(
    system: str,
    pictures: str = "",
    *,
    tricks: str = "all",
    seeds: int = 3,
    minutes: float = 3.0,
    width: int | None = None,
    budget: str | None = None,
    out: Path | None = None,
) -> int:
    """Train with each trick flipped against the system as it is, at equal processor time, and rank the tricks.

    SYSTEM is dcgan if only PICTURES are given. What is done stays done: the same command goes on after an interrupt,
    and more --seeds add to those there are. Pictures with labels are judged by a classifier trained on them, others by
    random convolutions.

    tricks: all, or names with commas between, such as soft_labels,instance_norm
    seeds: trainings of each trick and of the baseline; with 1 nothing can be said, with 3 only of large differences
    minutes: processor time of each training
    width: of the nets; the system's own if not given
    budget: no training begins that would not be done within this time, such as 90m or 2h
    out: the folder of the results; runs/ablations if not given
    """
    system, pictures = (system, pictures) if pictures else ("dcgan", system)
    if not Path(pictures).exists() and pictures in registry.entries():
        raise Usage(f"{pictures} is a system; give it pictures too: ganworks ablate {pictures} FOLDER")
    registry.find(system)
    out = out or Path("runs/ablations")
    for name, value, most in (("seeds", seeds, 16), ("width", 1 if width is None else width, 4096)):
        if not 1 <= value <= most:
            raise Usage(f"--{name}: {value} was given; possible: 1 to {most}")
    if minutes <= 0:
        raise Usage(f"--minutes: {minutes:g} was given; it must be above 0")
    until = None if budget is None else time.monotonic() + seconds(budget)
    make_room(out / "ablation.json")

    import torch

    from ganworks.proofs.ablation.ablate import choose
    from ganworks.proofs.ablation.trial import Plan
    from ganworks.proofs.bench import Bench

    names = choose(tricks)
    torch.set_num_threads(1)
    run(Plan(system, pictures, minutes, {} if width is None else {"width": width}), Bench(out), names, seeds, until)
    return 0


def run(plan: "Plan", bench: "Bench", names: list[str], seeds: int, until: float | None) -> None:
    """The trials with a bar, and the table."""
    from rich.progress import Progress, TimeRemainingColumn

    from ganworks.proofs.ablation.ablate import ablate, plan_trials, suited
    from ganworks.proofs.prove import Trial

    arms, unsuited = suited(plan, bench, names)
    if len(arms) == 1:
        raise Usage(f"none of these tricks can be tried: {'; '.join(f'{k}: {why}' for k, why in unsuited.items())}")
    due = sum(trial.result() is None for trial in plan_trials(plan, bench, arms, seeds))
    if due:
        print(f"{plan.name}: trainings due: {due}, about {max(1, round(due * plan.minutes))} min on one core")
    columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        bench.progress = lambda share: bar.update(task, completed=share)

        def started(trial: Trial, number: int, total: int) -> None:
            words = f"  {number} of {total}: {trial.arm}, seed {trial.seed}"
            bar.reset(task, description=words)
            if not bar.console.is_terminal:
                print(words, flush=True)

        try:
            outcome = ablate(plan, bench, names, seeds, until=until, started=started)
        except KeyboardInterrupt:
            bar.console.print("  stopped; what is done is kept, and the same command goes on")
            raise
    print(report(outcome))
    print(f"{bench.folder / plan.name}.json, {bench.folder / plan.name}.svg")


def report(outcome: dict[str, Any]) -> str:
    """The tricks, ranked, and what can be said of them."""
    from ganworks.proofs.ablation.ranking import caution, shown

    cells = [("trick", "change", "distance", "steps", "", "flipped to")]
    cells += [(row["trick"], *shown(row), outcome["words"][row["trick"]]) for row in outcome["rows"]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    lines += [f"! {words}" for words in outcome["failed"]]
    lines += [f"{name} was left out: {why}" for name, why in outcome["unsuited"].items()]
    due = [f"Trainings still due: {outcome['due']}."] if outcome["due"] else []
    return "\n".join([*lines, baseline(outcome), caution(outcome["rows"]), *due])


def baseline(outcome: dict[str, Any]) -> str:
    """What the columns say, and the distance that all are compared with."""
    from ganworks.proofs.ablation.ranking import distances_of_baseline
    from ganworks.proofs.claim import around

    distances = distances_of_baseline(outcome)
    had = f", which had {around(distances)}" if distances else ""
    return (
        "distance: Fréchet, lower is better; change: of the distance, against the system as it is"
        f"{had}; steps: in the same time, as a share of its."
    )
