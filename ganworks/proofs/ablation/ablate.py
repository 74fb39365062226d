"""Runs an ablation: which tricks suit the system, their trials, and what they come to."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ganworks.core import System
from ganworks.engine.run import write_text
from ganworks.proofs.ablation.arms import ARMS, BASELINE, Arm
from ganworks.proofs.ablation.figure import draw
from ganworks.proofs.ablation.ranking import rank
from ganworks.proofs.ablation.trial import Plan, trial_of
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import MOST_SEEDS, Claim
from ganworks.proofs.prove import Trial, numbers_of, run_due, trials_of
from ganworks.registry import Unknown

OF_NETS = {"g_norm", "d_norm", "g_activation", "d_activation", "up", "down", "output"}


def choose(text: str) -> list[str]:
    """The tricks that are named, with commas between, or all. Unknown for a name that is none."""
    names = list(ARMS) if text == "all" else [name.strip().replace("-", "_") for name in text.split(",")]
    for name in names:
        if name not in ARMS:
            raise Unknown("trick", name, ARMS)
    return list(dict.fromkeys(names))


def suited(plan: Plan, bench: Bench, names: Iterable[str]) -> tuple[dict[str, Arm], dict[str, str]]:
    """The arms that can be tried, the baseline first, and why the others can't."""
    baseline = Arm("as its paper and code have it")
    had = repr(plan.build(bench, baseline, 0))
    arms, unsuited = {BASELINE: baseline}, {}
    for name in names:
        arm = ARMS[name]
        if arm.system and plan.system != "dcgan":
            unsuited[name] = f"{arm.system} is compared with dcgan alone"
            continue
        try:
            system = plan.build(bench, arm, 0)
        except ValueError as error:
            unsuited[name] = str(error)
            continue
        players = system.players()
        if (arm.rates or arm.ema is not None) and not {"G", "D"} <= players.keys():
            unsuited[name] = f"the players of {plan.system} are {', '.join(players)}, not G and D"
        elif is_same(arm, system, had):
            unsuited[name] = f"{plan.system} has it already"
        else:
            arms[name] = arm
    return arms, unsuited


def is_same(arm: Arm, system: System, had: str) -> bool:
    """Whether the arm is the baseline, whose nets are `had`, under another name."""
    if arm.ema is not None:
        return {player.ema for player in system.players().values() if player.ema} == {arm.ema}
    return bool(arm.settings) and arm.settings.keys() <= OF_NETS and repr(system) == had


def plan_trials(plan: Plan, bench: Bench, arms: dict[str, Arm], seeds: int) -> list[Trial]:
    """Seed by seed, all arms; the results of other pictures with the same name are others."""
    folder = bench.folder / plan.name / bench.pictures(plan.data).facts["fingerprint"]
    return list(trials_of(claim_of(plan, arms), seeds, folder))


def claim_of(plan: Plan, arms: dict[str, Arm]) -> Claim:
    """The ablation as what runs trials knows it; there is nothing to show, so no check."""
    keyed = {arm.key(name): arm for name, arm in arms.items()}
    words = {key: arm.words for key, arm in keyed.items()}
    return Claim(f"what tricks are worth to {plan.system}", "", words, trial_of(plan, keyed), [], plan.minutes)


def ablate(
    plan: Plan,
    bench: Bench,
    names: Iterable[str],
    seeds: int,
    *,
    until: float | None = None,
    started: Callable[[Trial, int, int], None] | None = None,
) -> dict[str, Any]:
    """Run the trials that are due, and write the outcome to `PLAN.json` and `PLAN.svg`.

    until, started: as for `prove`. Trials that are done stay done.
    """
    arms, unsuited = suited(plan, bench, names)
    todo = plan_trials(plan, bench, arms, seeds)
    failed = run_due(todo, bench, until, started)
    known = [record for trial in plan_trials(plan, bench, arms, MOST_SEEDS) if (record := trial.result())]
    numbers = numbers_of(known)
    outcome = {
        "name": plan.name,
        "system": plan.system,
        "data": Path(plan.data).name,
        "minutes": plan.minutes,
        "settings": plan.settings,
        "seeds": len({record["seed"] for record in known}),
        "due": sum(trial.result() is None for trial in todo),
        "rows": rank({name: numbers.get(arm.key(name), {}) for name, arm in arms.items()}),
        "words": {name: arm.words for name, arm in arms.items()},
        "unsuited": unsuited,
        "failed": failed,
        "trials": known,
    }
    bench.folder.mkdir(parents=True, exist_ok=True)
    write_text(bench.folder / f"{plan.name}.json", json.dumps(outcome, indent=1))
    write_text(bench.folder / f"{plan.name}.svg", draw(outcome))
    return outcome
