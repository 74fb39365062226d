"""Runs a race: who takes part, the trials that are due, and what they come to."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ganworks import data, registry
from ganworks.engine.run import write_text
from ganworks.judge.course import NUM_SAMPLES
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import MOST_SEEDS, Claim
from ganworks.proofs.prove import Trial, numbers_of, run_due, trials_of
from ganworks.proofs.race.ranking import rank
from ganworks.proofs.race.trial import COLUMNS, NUM_SHOWN, Entrant, Plan, engine_of, network_of, trial_of

GROUPS = ("image", "baseline")
OF_CLEAN_PICTURES = ("ambientgan", "nrgan")  # from noisy ones, so that their distance to the data says little
DEFAULT = "default"
JUDGING = 0.5  # minutes of a trial besides its training; more for systems that sample slowly


def choose(text: str) -> dict[str, Entrant]:
    """The entrants that are named, with commas between; Unknown for a name that is none.

    all: every system of pictures, and default: what `ganworks train PICTURES` trains on a processor without a GPU.
    """
    found = [entrant for word in text.split(",") for entrant in named(word.strip())]
    return {entrant.name: entrant for entrant in found}


def named(word: str) -> list[Entrant]:
    if word == DEFAULT:
        return [Entrant(registry.DEFAULT, dict(registry.DEFAULT_ON_CPU))]
    if word == "all":
        entries = (entry for entry in registry.entries().values() if entry.domain in GROUPS)
        systems = sorted(entry.name for entry in entries if entry.name not in OF_CLEAN_PICTURES)
        return [*map(Entrant, systems), *named(DEFAULT)]
    return [Entrant(registry.find(word).name)]


@dataclass(frozen=True)
class Field:
    """Who takes part, who of them is told labels, and why the others are left out."""

    entrants: Mapping[str, Entrant]
    labelled: list[str]
    left_out: Mapping[str, str]


def field_of(plan: Plan, bench: Bench, entrants: Iterable[Entrant]) -> Field:
    """Those that suit the pictures."""
    if len(bench.pictures(plan.data)) < 2:
        raise ValueError(f"there is one picture in {plan.data}; at least 2 are needed to compare with")
    suited, labelled, left_out = {}, [], {}
    for entrant in entrants:
        try:
            system = engine_of(plan, bench, entrant, 0).system
        except ValueError as error:
            left_out[entrant.name] = str(error)
            continue
        suited[entrant.name] = entrant
        if "label" in system.specs:
            labelled.append(entrant.name)
    return Field(suited, labelled, left_out)


def plan_trials(plan: Plan, bench: Bench, field: Field, seeds: int) -> list[Trial]:
    """Seed by seed, all entrants."""
    arms = dict.fromkeys(field.entrants, "")
    claim = Claim("", "", arms, trial_of(plan, field.entrants), [], plan.minutes + JUDGING)
    return list(trials_of(claim, seeds, plan.folder(bench)))


def race(
    plan: Plan,
    bench: Bench,
    field: Field,
    seeds: int,
    *,
    until: float | None = None,
    started: Callable[[Trial, int, int], None] | None = None,
) -> dict[str, Any]:
    """Run the trials that are due, and write the outcome to NAME.json, which names the grids.

    until, started: as for `prove`. Trials that are done stay done.
    """
    todo = plan_trials(plan, bench, field, seeds)
    failed = run_due(todo, bench, until, started)
    known = [record for trial in plan_trials(plan, bench, field, MOST_SEEDS) if (record := trial.result())]
    pictures, network = bench.pictures(plan.data), network_of(plan, bench)
    outcome = {
        "name": plan.name(bench),
        "data": Path(plan.data).name,
        "pictures": {
            "count": len(pictures),
            "size": pictures.plan.size,
            "channels": pictures.plan.channels,
            "classes": len(pictures.labels.names) if pictures.labels else 0,
        },
        "minutes": plan.minutes,
        "width": plan.width,
        "judge": {"network": network.name, "samples": NUM_SAMPLES} | network.facts,
        "seeds": len({record["seed"] for record in known}),
        "due": sum(trial.result() is None for trial in todo),
        "rows": rank(numbers_of(known)),
        "labelled": field.labelled,
        "left_out": dict(field.left_out),
        "failed": failed,
        "grids": grids(plan, bench, known),
        "trials": [{name: value for name, value in record.items() if name != "judges"} for record in known],
    }
    bench.folder.mkdir(parents=True, exist_ok=True)
    write_text(bench.folder / f"{outcome['name']}.json", json.dumps(outcome, indent=1))
    return outcome


def grids(plan: Plan, bench: Bench, known: list[dict[str, Any]]) -> dict[str, str]:
    """The pictures themselves, and the samples of each entrant's first seed; places in the folder of the results."""
    real = plan.grid(bench, "pictures")
    pictures = bench.pictures(plan.data)
    if not real.exists():
        order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))[:NUM_SHOWN]
        data.save_grid(data.from_bytes(pictures.read(order)["image"], pictures.bits), real, COLUMNS)
    found = {"pictures": real}
    for record in known:
        path = plan.grid(bench, f"{record['arm']}-{record['seed']}")
        if record["arm"] not in found and path.exists():
            found[record["arm"]] = path
    return {name: path.relative_to(bench.folder).as_posix() for name, path in found.items()}
