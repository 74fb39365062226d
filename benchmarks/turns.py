"""Loops of ours and of others, each in a process of its own, so that none lives off another's memory; in turns."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import torch

Turns = dict[str, list[list[float]]]  # by name, of each turn its numbers


def seconds_of(*actions: Callable[[], object]) -> list[float]:
    """How long each takes: of the processor if there is one thread, which is right on a busy machine too."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    found = []
    for action in actions:
        begin = clock()
        action()
        found.append(clock() - begin)
    return found


def answer(turn: Callable[[], Iterable[float]]) -> None:
    """In the process of a loop: a turn for each line of input, and at the end its largest memory in MB."""
    for _ in sys.stdin:
        print(*turn(), flush=True)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, flush=True)


def take(
    module: str, names: Sequence[str], rounds: int, words: Sequence[str], others: Path | None = None
) -> tuple[Turns, dict[str, float]]:
    """The turns of each loop, which `python -m MODULE WORDS --contend NAME` runs, and its memory in MB.

    The first round warms up. others: folder of packages that the loops may import.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [Path.cwd(), *([others] if others else [])]))}
    popen = partial(subprocess.Popen, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    loops = {name: popen([sys.executable, "-m", module, *words, "--contend", name]) for name in names}

    def numbers(name: str) -> list[float]:
        line = loops[name].stdout.readline()
        if not line:
            raise RuntimeError(f"{name} ended with code {loops[name].wait()}")
        return [float(word) for word in line.split()]

    turns: Turns = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names:
            loops[name].stdin.write("\n")
            loops[name].stdin.flush()
            found = numbers(name)
            if number:
                turns[name].append(found)
    for loop in loops.values():
        loop.stdin.close()
    return turns, {name: numbers(name)[0] for name in names}
