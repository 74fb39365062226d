"""`ganworks race`: all systems on your own pictures, at equal processor time: which one to choose."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganworks import registry
from ganworks.cli.arguments import Usage, call, make_room
from ganworks.cli.prove import seconds
from ganworks.cli.trials import bar_of, check, table

if TYPE_CHECKING:
    from ganworks.proofs.bench import Bench
    from ganworks.proofs.race.trial import Entrant, Plan


def main(words: Sequence[str], line: str) -> int:
    return call(race, words, line)


def race(
    pictures: str,
    *,
    systems: str = "all",
    minutes: float = 3.0,
    seeds: int = 1,
    width: int | None = None,
    size: int | tuple[int, int] | None = None,
    features: str | None = None,
    weights: Path | None = None,
    budget: str | None = None,
    out: Path | None = None,
) -> int:
    """Train all systems on the same pictures for the same processor time, each on one thread, and rank them.

    Each is as `ganworks train SYSTEM PICTURES` has it. What is done stays done: the same command goes on after an
    interrupt, and more --seeds add to those there are. Pictures with labels are judged by a classifier trained on them,
    others by random convolutions. Beside the table there are grids of samples, and all numbers as JSON.

    systems: names with commas between; all, those of pictures; default, what is trained without a name where no GPU is
    minutes: processor time of each training
    seeds: trainings of each system; with 1 nothing is known of the spread between trainings
    width: of all nets; each system's own if not given
    size: side of the pictures, or height and width; chosen from the data if not given
    features: by what is judged, as for ganworks evaluate, instead
    weights: file with the weights of the features
    budget: no training begins that would not be done within this time, such as 90m or 2h
    out: the folder of the results; runs/race if not given
    """
    if not Path(pictures).exists() and pictures in registry.entries():
        raise Usage(f"{pictures} is a system; give pictures: ganworks race FOLDER --systems {pictures}")
    check(seeds, minutes, width)
    if weights and not features:
        raise Usage("--weights: they are of a network; name it by --features, such as efficientnet_lite0")
    out = out or Path("runs/race")
    until = None if budget is None else time.monotonic() + seconds(budget)
    make_room(out / "race.json")

    import torch

    from ganworks.proofs.bench import Bench
    from ganworks.proofs.race.race import choose
    from ganworks.proofs.race.trial import Plan
    from ganworks.request import place

    entrants = choose(systems)
    torch.set_num_threads(1)
    plan = Plan(place(pictures), minutes, width, features, str(weights) if weights else None)
    run(plan, Bench(out, size=size), entrants, seeds, until)
    return 0


def run(plan: "Plan", bench: "Bench", entrants: "dict[str, Entrant]", seeds: int, until: float | None) -> None:
    """The trials with a bar, and the table."""
    from ganworks.proofs.race.race import field_of, plan_trials, race

    field = field_of(plan, bench, entrants.values())
    if not field.entrants:
        raise Usage(f"none of these systems can be trained: {'; '.join(map(': '.join, field.left_out.items()))}")
    todo = plan_trials(plan, bench, field, seeds)
    due = sum(trial.result() is None for trial in todo)
    if due:
        minutes = max(1, round(due * todo[0].claim.minutes))
        print(f"{plan.name(bench)}: trainings due: {due}, about {minutes} min on one core")
    with bar_of(bench) as started:
        outcome = race(plan, bench, field, seeds, until=until, started=started)
    print(report(outcome))
    print(f"{bench.folder / outcome['name']}.json; samples: {(bench.folder / outcome['grids']['pictures']).parent}")


def report(outcome: dict[str, Any]) -> str:
    """The systems, ranked, and what can be said of them."""
    from ganworks.proofs.race.ranking import HEADINGS, caution, shown

    marks = dict.fromkeys(outcome["labelled"], " *")
    cells = [("system", *HEADINGS)]
    cells += [(row["entrant"] + marks.get(row["entrant"], ""), *shown(row)) for row in outcome["rows"]]
    lines = table(cells) + [f"! {words}" for words in outcome["failed"]]
    lines += [f"{name} was left out: {why}" for name, why in outcome["left_out"].items()]
    lines += [
        f"distance: Fréchet, in features of {outcome['judge']['network']}, lower is better; "
        f"steps, pictures/s, MB: of the training{'; *: is told the labels' if marks else ''}.",
        caution(outcome["rows"]),
        f"Trainings still due: {outcome['due']}." if outcome["due"] else "",
    ]
    return "\n".join(line for line in lines if line)
