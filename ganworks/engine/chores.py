"""What a run does besides training: log, draw grids, save. Each chore is due by steps or by time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ganworks import data
from ganworks.core import Batch
from ganworks.engine import ranks
from ganworks.engine.engine import Engine
from ganworks.engine.report import write_report
from ganworks.engine.run import Run
from ganworks.specs import Image

Figure = Callable[[Tensor, Tensor], float]  # (samples, real) -> how good or how diverse


@dataclass
class Chore:
    """`do` is called every `steps` steps, or every `seconds`; by time it never takes more than 2 % of the run.

    Its interval by time also grows with the age of the run, so that a long one does not fill the disk.
    With several ranks all of them call it, at the same step. A disk that is full loses nothing: what was written
    before stays, the run goes on and says so.
    """

    do: Callable[[Engine], None]
    steps: int | None = None
    seconds: float | None = None
    begun: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)
    cost: float = 0.0

    def due(self, step: int) -> bool:
        if self.steps:
            return step % self.steps == 0
        now = time.monotonic()
        wait = max(self.seconds or 0.0, 50 * self.cost, 0.02 * (now - self.begun))
        return now - self.last >= wait

    def __call__(self, engine: Engine) -> None:
        begin = time.monotonic()
        try:
            self.do(engine)
        except OSError as error:  # a full disk: what was written before is kept, and the next time may go well
            engine.notes.append(
                f"step {engine.step}: not everything could be written ({error.strerror}); training goes on"
            )
        self.last = time.monotonic()
        self.cost = self.last - begin


def log_to(run: Run, also: dict[str, Any] | None = None) -> Callable[[Engine], None]:
    """A line of `log.jsonl`: losses by term, gradient norms, rates, speed, the latest figures, and what is `also` so.

    also: entries that every line has, as the protocol of the figures.
    """

    def log(engine: Engine) -> None:
        if ranks.rank() == 0:
            run.write_log(engine.measured() | (also or {}))
            engine.health = {}

    return log


def draw_to(
    run: Run, num: int = 64, figures: dict[str, Figure] | None = None, real: Batch | None = None
) -> Callable[[Engine], None]:
    """A grid of samples from the same seed each time, and figures that compare them with real pictures."""

    def draw(engine: Engine) -> None:
        engine.synchronise()
        if ranks.rank():
            return
        outputs = engine.sample(num, seed=0)
        specs = {**engine.system.specs, **engine.system.shows}
        pictures = {name: value for name, value in outputs.items() if isinstance(specs.get(name), Image)}
        if not pictures:
            return
        data.save_grid(data.side_by_side(pictures), run.samples / f"{engine.step:08d}.png")
        first = "image" if "image" in pictures else next(iter(pictures))
        for title, figure in (figures or {}).items():
            if real and first in real:
                engine.figures[title] = figure(pictures[first], real[first][:num])

    return draw


def save_to(
    run: Run, figure: Figure | None = None, real: Batch | None = None, name: str = "image"
) -> Callable[[Engine], None]:
    """A checkpoint; the best one by `figure` (lower is better) on as many samples as there are real pictures."""

    def save(engine: Engine) -> None:
        value = None
        if figure and real and name in real:
            engine.synchronise()
            if ranks.rank() == 0:
                samples = [engine.sample(64, seed)[name] for seed in range(1, 1 + len(real[name]) // 64)]
                value = engine.figures["distance"] = figure(torch.cat(samples), real[name][: 64 * len(samples)])
        run.save(engine, value)

    return save


def judge_to(
    run: Run, judge: Callable[[Engine], dict[str, float]], also: dict[str, Any] | None = None
) -> Callable[[Engine], None]:
    """Figures that take many samples; the first of them (lower is better) decides which checkpoint is the best.

    They stand in the log before the checkpoint is written: a run that goes on from it finds both. A judge that fails
    does so on all ranks. also: as for the log.
    """
    log = log_to(run, also)

    def evaluate(engine: Engine) -> None:
        engine.synchronise()
        value = None
        try:
            figures = ranks.first(lambda: judge(engine))
            engine.figures |= figures
            value = next(iter(figures.values()))
            log(engine)
        finally:  # whatever rank 0 could not do, the others come here
            if engine.saved_at == engine.step:
                engine.saved_at = None  # saved, but not yet judged
            run.save(engine, value)

    return evaluate


def report_to(run: Run, also: Callable[[Run], str] | None = None) -> Callable[[Engine], None]:
    """The page that tells the run's story so far, and a section that is `also` so."""

    def report(engine: Engine) -> None:
        if ranks.rank() == 0:
            write_report(run, also)

    return report
