"""Shows a run while it trains: a bar on a terminal, a plain line every ten seconds elsewhere."""

import os
import sys
import time
from collections import deque
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ganworks.engine.engine import Engine

RECENT = 15.0  # seconds over which speed is averaged


class Watch:
    """What `api.train` calls. Only the first of several processes shows anything.

    The figures are read a few times a second at most: reading one waits for the device.
    """

    def __init__(self, console: Console | None = None):
        self.shows = os.environ.get("RANK", "0") == "0"
        self.console = console or Console(highlight=False)
        self.every = 0.25 if self.console.is_terminal else 10.0
        self.live: Live | None = None
        self.share, self.heading, self.figures = 0.0, "", ""

    def say(self, line: str) -> None:
        if self.shows:
            self.console.print(line, markup=False, soft_wrap=True)
            sys.stdout.flush()

    def start(self, engine: "Engine", steps: int, minutes: float | None) -> None:
        self.steps, self.seconds = steps, None if minutes is None else 60 * minutes
        self.begun = self.next = time.monotonic()
        self.next += min(self.every, 2.0)  # the first line comes soon, to show that all is well
        self.past = deque([(self.begun, engine.step, engine.stream.position)])
        if self.shows and self.console.is_terminal:
            self.heading = "the first step …"
            self.live = Live(get_renderable=self.render, console=self.console, refresh_per_second=4)
            self.live.start()

    def show(self, engine: "Engine") -> None:
        """Called after every step."""
        if not self.shows or (time.monotonic() < self.next and not engine.notes):
            return
        while engine.notes:
            self.say(engine.notes.pop(0))
        now = time.monotonic()
        if now >= self.next:
            self.next = now + self.every
            self.measure(engine, now)
            if not self.live:
                self.say(f"{self.heading}   {self.figures}")

    def stop(self) -> None:
        if self.live:
            self.live.stop()
            self.live = None

    def measure(self, engine: "Engine", now: float) -> None:
        """Turn the engine's state into what is shown."""
        if self.past and engine.step < self.past[-1][1]:
            self.past.clear()  # the doctor went back
        self.past.append((now, engine.step, engine.stream.position))
        while len(self.past) > 2 and now - self.past[1][0] > RECENT:
            self.past.popleft()
        then, step, position = self.past[0]
        span = max(now - then, 1e-9)
        left = self.left(engine.step, (engine.step - step) / span, now)
        self.heading = f"step {engine.step:,}/{self.steps:,}   {duration(left)} left"
        parts = [f"{(engine.stream.position - position) / span:,.0f} pictures/s"]
        parts += [f"{player} {loss:.3f}" for player, loss in losses(engine).items()]
        if (diversity := engine.figures.get("diversity")) is not None:
            parts.append(f"diversity {diversity:.2f}")
        parts += [f"{name.replace('_', ' ')} {value:.3g}" for name, value in engine.system.readings().items()]
        if engine.skipped:
            parts.append(f"{engine.skipped} updates skipped")
        self.figures = "   ".join(parts)

    def left(self, step: int, speed: float, now: float) -> float:
        """Seconds until the end by steps or by time, whichever comes first; also sets the share that is done."""
        by_steps = (self.steps - step) / speed if speed else float("inf")
        self.share = step / max(self.steps, 1)
        if self.seconds is None:
            return by_steps
        self.share = max(self.share, min((now - self.begun) / max(self.seconds, 1e-9), 1.0))
        return max(min(by_steps, self.seconds - (now - self.begun)), 0.0)

    def render(self) -> Group:
        """Two lines: the bar with step and time left, then the figures."""
        width = min(max(self.console.width - len(self.heading) - 3, 10), 40)
        first = Table.grid(padding=(0, 2))
        first.add_row(ProgressBar(total=1.0, completed=self.share, width=width), self.heading)
        return Group(first, Text(self.figures, no_wrap=True, overflow="ellipsis"))


def losses(engine: "Engine") -> dict[str, float]:
    """The sum of each player's last terms."""
    sums: dict[str, float] = {}
    for name, value in engine.terms.items():
        player = name.partition(".")[0]
        sums[player] = sums.get(player, 0.0) + value.item()
    return sums


def duration(seconds: float) -> str:
    """75 -> 1:15, 3700 -> 1:01:40."""
    if seconds == float("inf"):
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
