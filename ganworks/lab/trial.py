"""One system, one seed: training, with a look at it now and then, and the judgement at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ganworks.core import Player
from ganworks.engine.engine import Diverged, Engine
from ganworks.lab import stacked, toy
from ganworks.lab.plan import STACKED, Arm, Plan
from ganworks.lab.toy import View
from ganworks.metrics.modes import Modes

NUM_SHOWN = 64
EARLY = 1.6  # views lie closer together where more happens: the k-th of n is at (k / n)^1.6 of the steps


@dataclass
class Trial:
    """What came out. seconds: of processor time, in steps alone. end: steps, interrupt or diverged."""

    arm: Arm
    seed: int
    step: int
    seconds: float
    modes: Modes
    end: str = "steps"
    views: list[View] = field(default_factory=list)
    samples: Tensor | None = None  # (n, 3, H, W), of stacked pictures


def task_of(plan: Plan) -> toy.Task | stacked.Task:
    if plan.judge and plan.is_stacked:
        return stacked.Task(plan.data.removeprefix(STACKED), plan.judge)
    return toy.Task(plan.data)


def run(
    plan: Plan,
    task: toy.Task | stacked.Task,
    arm: Arm,
    seed: int,
    *,
    is_watched: bool = False,
    tick: Callable[[], bool] = lambda: True,
) -> Trial:
    """Train and judge; everything random follows from the seed.

    is_watched: keep views for a film. tick: called at each step; False ends the trial where it is.
    """
    engine = engine_of(plan, task, arm, seed)
    system, views, end, seconds = engine.system, [], "steps", 0.0
    marks = marks_of(plan) if is_watched and isinstance(task, toy.Task) else set()
    while engine.step < plan.steps:
        if engine.step in marks and isinstance(task, toy.Task):
            views.append(task.look(system, engine.step))
        begin = time.process_time()
        try:
            engine.take_step()
        except Diverged:
            end = "diverged"
            break
        seconds += time.process_time() - begin
        if not tick() and engine.step < plan.steps:
            end = "interrupt"
            break
    if marks and isinstance(task, toy.Task):
        views.append(task.look(system, engine.step))
    samples = system.sample(NUM_SHOWN, stacked.SEED)["image"] if is_watched and task.entry == "image" else None
    return Trial(arm, seed, engine.step, seconds, task.judge(system), end, views, samples)


def engine_of(plan: Plan, task: toy.Task | stacked.Task, arm: Arm, seed: int) -> Engine:
    """An engine without averaging, in float32, whose rates fall to 0 in the end."""
    torch.manual_seed(seed)  # G comes first, and so begins the same in all systems with the same G
    system = plan.build(arm, task.facts)
    rates = {} if plan.lr is None else dict.fromkeys(system.players(), plan.lr)
    if plan.d_lr is not None:
        rates["D"] = plan.d_lr
    stream = task.stream(plan.batch, seed)
    engine = Engine(system, stream, seed=seed, device="cpu", precision="float32", lr=rates, ema=0)
    engine.players = {name: falling(player, plan) for name, player in engine.players.items()}
    return engine


def falling(player: Player, plan: Plan) -> Player:
    """The player with a rate that falls in a line to 0 over the last `decay` of the steps."""
    own, last = player.schedule or (lambda step: 1.0), max(1.0, plan.decay * plan.steps)
    return replace(player, schedule=lambda step: own(step) * min(1.0, (plan.steps - step) / last))


def marks_of(plan: Plan) -> set[int]:
    """The steps before which to look."""
    return {round(plan.steps * (k / plan.frames) ** EARLY) for k in range(plan.frames)}
