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

    def run(self, steps: int) -> tuple[float, float]:
        """Seconds a step, and those of the processor."""
        self.input.write(f"{steps}\n")
        self.input.flush()
        wall, cpu = self.answer()
        return wall / steps, cpu / steps

    def finish(self) -> float:
        """Its largest resident memory in MB."""
        self.input.close()
        return self.answer()[0]

    def answer(self) -> list[float]:
        line = self.output.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with code {self.process.wait()}")
        return [float(word) for word in line.split()]


def race(
    names: Sequence[str], pictures: Path, rounds: int, steps: int = 2, by_processor: bool = False
) -> dict[str, dict[str, Any]]:
    """For each contender the milliseconds a step, the pictures a second and the peak memory; and the ratios.

    by_processor: take the processor's time in place of the clock's; right for a single thread on a busy machine.
    """
    racers = {name: Racer(name, pictures) for name in names}
    warm_up = {name: racer.run(WARM_UP)[0] * WARM_UP for name, racer in racers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 else reversed(names):  # nobody always follows the same neighbour
            seconds[name].append(racers[name].run(steps)[by_processor])
    found: dict[str, dict[str, Any]] = {
        name: {
            "ms_per_step": spread([1e3 * s for s in seconds[name]]),
            "pictures_per_second": round(BATCH / median(seconds[name]), 1),
            "warm_up_seconds": round(warm_up[name], 2),
            "peak_mb": round(racers[name].finish(), 1),
        }
        for name in names
    }
    for slow in ("plain", "bare"):
        if slow in names:
            found[f"speed_over_{slow}"] = {name: ratio(seconds[slow], seconds[name]) for name in names if name != slow}
    return found


def ratio(slow: list[float], fast: list[float]) -> dict[str, float]:
    """How many times as fast, as the median over rounds: each round is its own comparison."""
    return spread([s / f for s, f in zip(slow, fast, strict=True)])


def spread(values: list[float]) -> dict[str, float]:
    return {"median": round(median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}
