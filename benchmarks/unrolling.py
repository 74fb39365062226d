"""What looking ahead costs, by the number of D's steps: python -m benchmarks.unrolling [points pictures] [--steps 0 5].

`points`: grid25, width 128, batch 512. `pictures`: 16 px in grey, width 32, batch 64, in float32. Prints JSON: the
milliseconds a step, as the median of some rounds, the processor's with one thread; what a step costs more than without
looking ahead; and the memory that training adds at most to what the process held before its first step, in MB. Each
case runs in a process of its own, so that none lives off another's memory.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

from ganworks.data import Stream, open_pictures, toys
from ganworks.engine.engine import Engine
from ganworks.registry import build

STEPS = [0, 1, 2, 5, 10]
ARENAS: dict[str, dict[str, Any]] = {
    "points": {"dim": 2, "width": 128},
    "pictures": {"size": 16, "channels": 1, "width": 32},
}


def engine(arena: str, unroll: int) -> Engine:
    torch.manual_seed(0)
    system, _ = build("unrolled", ARENAS[arena] | {"unroll": unroll})
    pictures = open_pictures("fashion_mnist_10k", size=16, channels=1) if arena == "pictures" else None
    stream = Stream(pictures, 64) if pictures else toys.Points(toys.find("grid25"), 512)
    return Engine(system, stream, device="cpu", precision="float32")


def peak_mb() -> float:
    """The process's largest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def milliseconds(step: Callable[[], object], num: int) -> float:
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    for _ in range(num):
        step()
    return 1e3 * (clock() - start) / num


def one(arena: str, unroll: int, rounds: int) -> dict[str, float]:
    """A single case, in this process."""
    step = engine(arena, unroll).take_step
    before = peak_mb()
    milliseconds(step, 3)  # to warm up
    times = [milliseconds(step, 3) for _ in range(rounds)]
    return {"ms_per_step": round(median(times), 2), "added_mb": round(peak_mb() - before, 1)}


def measure(arena: str, steps: list[int], rounds: int) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for unroll in sorted({0, *steps}):
        command = [sys.executable, "-m", "benchmarks.unrolling", arena, "--rounds", str(rounds), "--one", str(unroll)]
        answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        plain = found["0"]["ms_per_step"] if found else answer["ms_per_step"]
        found[str(unroll)] = answer | {"times_plain": round(answer["ms_per_step"] / plain, 2)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arenas", nargs="*", default=list(ARENAS), help="by default both: " + ", ".join(ARENAS))
    parser.add_argument("--steps", nargs="+", type=int, default=STEPS, help="of D that G looks ahead")
    parser.add_argument("--rounds", type=int, default=9, help="of three training steps each")
    parser.add_argument("--threads", type=int, help="by default what torch takes")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := [name for name in asked.arenas if name not in ARENAS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(ARENAS)}")
    if asked.threads:
        os.environ["OMP_NUM_THREADS"] = str(asked.threads)  # for the cases' processes
    if asked.one is not None:
        found: dict[str, Any] = one(asked.arenas[0], asked.one, asked.rounds)
    else:
        found = {name: measure(name, asked.steps, asked.rounds) for name in asked.arenas}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
