"""Logs as a sound training writes them, made up, and how to spoil them."""

import math
from collections.abc import Callable
from typing import Any

Line = dict[str, Any]


def sound(lines: int = 40, every: int = 100) -> list[Line]:
    """G begins with one grey picture, and comes nearer to the data at a falling pace; a little noise on everything."""
    return [line(number, every) for number in range(1, lines + 1)]


def line(number: int, every: int) -> Line:
    grown = 1 - math.exp(-number / 8)
    noise = 1 + 0.05 * math.sin(7.3 * number)
    return {
        "step": number * every,
        "seconds": 2.0 * number,
        "examples": 64 * number * every,
        "terms": {"G.adversarial": 2 * noise, "D.adversarial": (0.05 + 0.8 * grown) * noise},
        "gradient_norms": {"G": 3 * noise, "D": (3 + 20 * grown) * noise},
        "rates": {"G": 2e-4, "D": 4e-4},
        "skipped": 0,
        "waited": 0.1 * number,
        "health": {
            "told_apart": 1 - 0.2 * grown,
            "chance": 2 * math.log(2),
            "flat_scores": 0.02 * noise,
            "slope": (0.5 + 2 * grown) * noise,
            "edge": 0.4 * grown,
            "edge_real": 0.45,
            "diversity": 0.02 + 0.9 * grown,
            "distance": (1.2 - 1.15 * grown - 0.001 * number) * noise,
            "twins": 1.0 if number < 3 else 0.0,
            "lost": 0.93 * (1 - grown),
            "nearest": 2.4 - grown,
            "drift": 0.15 * noise,
            "ema_samples": 0.2 * noise,
            "ema_weights": 0.05,
            "update": {"G": 0.01 * noise, "D": 0.005 * noise},
            "stride": {"G": 0.01 * noise, "D": 0.005 * noise},
        },
    }


def spoiled(change: Callable[[Line, int], None], since: int = 15) -> list[Line]:
    """A sound log, changed by `change(line, number)` from a line on."""
    log = sound()
    for number, each in enumerate(log[since:], 1):
        change(each, number)
    return log


def health(**values: Any) -> Callable[[Line, int], None]:
    """A change: these figures instead."""

    def change(each: Line, number: int) -> None:
        each["health"] |= values

    return change
