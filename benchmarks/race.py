"""Training loops against each other, in turns, so that a busy machine slows all of them alike."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import IO, Any

BATCH = 64
WARM_UP = 4


class Racer:
    """A contender's process, waiting for its turn."""

    def __init__(self, name: str, pictures: Path):
        self.name = name
        command = [sys.executable, "-m", "benchmarks.contender", name, str(pictures)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin and self.process.stdout
        self.input: IO[str] = self.process.stdin
        self.output: IO[str] = self.process.stdout

    def run(self, steps: int) -> float:
        """Seconds a step."""
        self.input.write(f"{steps}\n")
        self.input.flush()
        return self.answer() / steps

    def finish(self) -> float:
        """Its largest resident memory in MB."""
        self.input.close()
        return self.answer()

    def answer(self) -> float:
        line = self.output.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with code {self.process.wait()}")
        return float(line)


def race(names: Sequence[str], pictures: Path, rounds: int, steps: int = 2) -> dict[str, dict[str, Any]]:
    """For each contender the milliseconds a step, the pictures a second and the peak memory; ratios to the first."""
    racers = {name: Racer(name, pictures) for name in names}
    warm_up = {name: racer.run(WARM_UP) * WARM_UP for name, racer in racers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 else reversed(names):  # nobody always follows the same neighbour
            seconds[name].append(racers[name].run(steps))
    return {
        name: {
            "ms_per_step": spread([1e3 * s for s in seconds[name]]),
            "pictures_per_second": round(BATCH / median(seconds[name]), 1),
            "warm_up_seconds": round(warm_up[name], 2),
            "peak_mb": round(racers[name].finish(), 1),
        }
        for name in names
    } | {"speed_ratios": {f"{a}_over_{b}": ratio(seconds[b], seconds[a]) for a in names for b in names if a != b}}


def ratio(slow: list[float], fast: list[float]) -> dict[str, float]:
    """How many times as fast, as the median over rounds: each round is its own comparison."""
    return spread([s / f for s, f in zip(slow, fast, strict=True)])


def spread(values: list[float]) -> dict[str, float]:
    return {"median": round(median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}
