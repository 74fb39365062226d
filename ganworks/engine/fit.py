"""The loop around the engine: steps, chores, the end by time, and a quiet stop by Ctrl-C or SIGTERM."""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ganworks.engine import ranks
from ganworks.engine.chores import Chore
from ganworks.engine.engine import Engine


def fit(engine: Engine, steps: int, chores: Sequence[Chore] = (), minutes: float | None = None) -> str:
    """Train until `engine.step` is `steps`, or for `minutes`; the reason for the end: steps, time or interrupt."""
    begun = time.monotonic()
    with interrupts() as interrupted:
        while engine.step < steps:
            before = time.monotonic()
            engine.take_step()
            now = time.monotonic()
            engine.seconds += now - before  # the chores have their own time
            late = minutes is not None and now - begun >= 60 * minutes
            due = ranks.agree(
                [interrupted.is_set(), late, *(chore.due(engine.step) for chore in chores)], engine.device
            )
            for chore, is_due in zip(chores, due[2:], strict=True):
                if is_due:
                    chore(engine)
            if due[0] or due[1]:
                return "interrupt" if due[0] else "time"
    return "steps"


@contextmanager
def interrupts() -> Iterator[threading.Event]:
    """Turns the first Ctrl-C or SIGTERM into an event, so that the step is finished; the second one stops at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
