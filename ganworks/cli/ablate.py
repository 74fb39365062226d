"""`ganworks ablate`: what each trick is worth to a system, on your own pictures."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganworks import registry
from ganworks.cli.arguments import Usage, call, make_room
from ganworks.cli.prove import seconds
from ganworks.cli.trials import bar_of, check, table

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
    check(seeds, minutes, width)
    until = None if budget is None else time.monotonic() + seconds(budget)
    make_room(out / "ablation.json")

    import torch

    from ganworks.proofs.ablation.ablate import choose
    from ganworks.proofs.ablation.trial import Plan
    from ganworks.proofs.bench import Bench
    from ganworks.request import place

    names = choose(tricks)
    torch.set_num_threads(1)
    plan = Plan(system, place(pictures), minutes, {} if width is None else {"width": width})
    run(plan, Bench(out), names, seeds, until)
    return 0


def run(plan: "Plan", bench: "Bench", names: list[str], seeds: int, until: float | None) -> None:
    """The trials with a bar, and the table."""
    from ganworks.proofs.ablation.ablate import ablate, plan_trials, suited

    arms, unsuited = suited(plan, bench, names)
    if len(arms) == 1:
        raise Usage(f"none of these tricks can be tried: {'; '.join(f'{k}: {why}' for k, why in unsuited.items())}")
    due = sum(trial.result() is None for trial in plan_trials(plan, bench, arms, seeds))
    if due:
        print(f"{plan.name}: trainings due: {due}, about {max(1, round(due * plan.minutes))} min on one core")
    with bar_of(bench) as started:
        outcome = ablate(plan, bench, names, seeds, until=until, started=started)
    print(report(outcome))
    print(f"{bench.folder / plan.name}.json, {bench.folder / plan.name}.svg")


def report(outcome: dict[str, Any]) -> str:
    """The tricks, ranked, and what can be said of them."""
    from ganworks.proofs.ablation.ranking import caution, shown

    cells = [("trick", "change", "distance", "steps", "", "flipped to")]
    cells += [(row["trick"], *shown(row), outcome["words"][row["trick"]]) for row in outcome["rows"]]
    lines = table(cells) + [f"! {words}" for words in outcome["failed"]]
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
