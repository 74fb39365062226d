"""Systems side by side, a process for each trial."""

import multiprocessing as mp
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import SpawnContext
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

import torch

from ganworks.engine.fit import interrupts
from ganworks.lab import stacked, toy
from ganworks.lab.findings import Findings
from ganworks.lab.plan import STACKED, Arm, Plan, check_data, check_numbers
from ganworks.lab.trial import Trial, run, task_of

Job = tuple[Plan, Arm, int, bool]
Progress = Callable[[int, int], None]
STRIDE = 20  # steps between two signs of life
POLL_SECONDS = 0.2
DEFAULTS: dict[str, dict[str, Any]] = {
    "points": {"steps": 1000, "batch": 256, "width": 128, "latent": 2, "lr": 1e-3},
    "far": {"steps": 1000, "batch": 256, "width": 128, "latent": 64, "lr": 1e-3},  # points of many dimensions
    "stacked": {"steps": 1500, "batch": 64, "width": 32, "latent": 64, "lr": 0.0},
}


def compare(
    data: str,
    systems: Sequence[str | Arm] = ("gan", "lsgan", "pacgan", "r3gan"),
    *,
    seeds: int = 4,
    steps: int | None = None,
    batch: int | None = None,
    width: int | None = None,
    latent: int | None = None,
    lr: float | None = None,
    d_lr: float | None = None,
    decay: float = 0.5,
    frames: int = 60,
    processes: int | None = None,
    judge: str | Path | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Train each system on toy data with each seed, and judge its samples by the toy's own protocol.

    All have the same nets where they take the same, the same optimiser rates, and with a seed the same data, latents
    and first G. Ctrl-C ends it with what there is. A script that calls this with several processes must guard its
    own start by `if __name__ == "__main__"`.

    data: a toy, as `data.toys.find` knows it, or `stacked:DATA` for stacks of labelled grey pictures
    systems: names of systems, or `Arm("gan", {"loss": "minimax"})` for one with settings
    seeds: trials of each system
    steps, batch, width, latent: of all systems; sensible ones for the data if not given
    lr: of all players; on points 1e-3 if not given; 0 leaves each system its own
    d_lr: of D; that of the others if not given. With 3e-4 a plain GAN collapses on the grid
    decay: the share of the steps, at the end, in which rates fall to 0
    frames: of the film
    processes: how many trials at once, each on one thread; all processors if not given
    judge: for stacked pictures the file of a classifier, by `ganworks features train`
    progress: called with steps done and steps in all
    """
    check_data(data)
    check_numbers(seeds=seeds, lr=lr, d_lr=d_lr, decay=decay, frames=frames, processes=processes)
    check_numbers(steps=steps, batch=batch, width=width, latent=latent)
    arms = [Arm(system) if isinstance(system, str) else system for system in systems]
    if not arms or len({arm.label for arm in arms}) < len(arms):
        raise ValueError(f"systems: {', '.join(arm.label for arm in arms) or 'none'} were given; name each once")
    if data.startswith(STACKED) and judge is None:
        name = data.removeprefix(STACKED)
        raise ValueError(f"{data} needs a judge: ganworks features train {name} makes one")
    given = {"steps": steps, "batch": batch, "width": width, "latent": latent, "lr": lr}
    usual = DEFAULTS["stacked" if data.startswith(STACKED) else "far" if toy.Task(data).toy.dim > 2 else "points"]
    chosen = usual | {name: value for name, value in given.items() if value is not None}
    chosen["lr"] = chosen["lr"] or None
    plan = Plan(data, **chosen, decay=decay, frames=frames, judge=Path(judge) if judge else None, d_lr=d_lr)
    task = task_of(plan)
    with torch.random.fork_rng(devices=[]):
        for arm in arms:
            plan.build(arm, task.facts)  # what can't be built is said before anything is trained
    jobs = [(plan, arm, seed, seed == 0) for seed in range(seeds) for arm in arms]
    findings = Findings(plan, arms, task.protocol())
    at_once = min(processes or num_processors(), len(jobs))
    report = progress or (lambda done, total: None)
    findings.trials += one_by_one(jobs, task, report) if at_once == 1 else side_by_side(jobs, at_once, report)
    return findings


def num_processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_by_one(jobs: list[Job], task: toy.Task | stacked.Task, progress: Progress) -> list[Trial]:
    """All trials in this process, on one thread, so that the results do not depend on how many there are."""
    total, done, trials = sum(plan.steps for plan, *_ in jobs), 0, []
    with interrupts() as stopped, one_thread():

        def tick() -> bool:
            nonlocal done
            done += 1
            if done % STRIDE == 0:
                progress(done, total)
            return not stopped.is_set()

        for plan, arm, seed, is_watched in jobs:
            if not stopped.is_set():
                trials.append(run(plan, task, arm, seed, is_watched=is_watched, tick=tick))
    return trials


@contextmanager
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def side_by_side(jobs: list[Job], num: int, progress: Progress) -> list[Trial]:
    """The trials in `num` processes. At Ctrl-C those that run end where they are, and no other begins."""
    context = mp.get_context("spawn")  # a forked torch may hang
    done, stop = context.Value("q", 0), context.Event()
    total, trials, others = sum(plan.steps for plan, *_ in jobs), [], mp.active_children()
    with interrupts() as asked, deaf_pool(context, num, done, stop) as pool:
        workers = [child for child in mp.active_children() if child not in others]
        results = pool.imap_unordered(work, jobs)
        while True:
            try:
                trial = results.next(POLL_SECONDS)
                trials += [trial] if trial else []
            except mp.TimeoutError:
                # Without its result the pool would wait for ever. A Ctrl-C may end one that has not begun yet.
                if not asked.is_set() and not all(worker.is_alive() for worker in workers):
                    raise ValueError(
                        "a process of the comparison died: a script that compares needs `if __name__ == '__main__':` "
                        "around that; if it has it, memory was short: take fewer --processes"
                    ) from None
            except StopIteration:
                break
            if asked.is_set():
                stop.set()
            progress(done.value, total)
    return trials


def deaf_pool(context: SpawnContext, num: int, *shared: Any) -> Pool:
    """Processes that don't hear Ctrl-C, which a terminal sends to all, even while they are still starting."""
    if threading.current_thread() is not threading.main_thread():
        return context.Pool(num, begin, shared)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # children inherit it
    try:
        return context.Pool(num, begin, shared)
    finally:
        signal.signal(signal.SIGINT, before)


class Worker:
    """What a process of its own knows: where to count its steps, and when to stop."""

    done: Any
    stop: threading.Event


def begin(done: Any, stop: threading.Event) -> None:
    """Of each process: one thread, and Ctrl-C is for the parent to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    Worker.done, Worker.stop = done, stop


def work(job: Job) -> Trial | None:
    plan, arm, seed, is_watched = job
    if Worker.stop.is_set():
        return None
    count = 0

    def tick() -> bool:
        nonlocal count
        count += 1
        if count % STRIDE:
            return True
        with Worker.done.get_lock():
            Worker.done.value += STRIDE
        return not Worker.stop.is_set()

    return run(plan, task_of(plan), arm, seed, is_watched=is_watched, tick=tick)
