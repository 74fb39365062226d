"""The film of a comparison: a panel for each system, side by side, step by step."""

from collections.abc import Iterator, Sequence
from math import ceil, isinf

from ganworks.data.film import Frame
from ganworks.lab.canvas import BAD, GOOD, HIGH, INK, LOW, MUTED, RULE, Canvas
from ganworks.lab.panels import STRIP, bars, contrasts, panel
from ganworks.lab.plan import Plan
from ganworks.lab.toy import Task, View
from ganworks.lab.trial import Trial

FPS = 12
HOLD = 24  # frames that the end stays
EDGE, GAP, HEAD, FOOT = 28, 22, 84, 44
NAME, FIGURES = 26, 26
MOST_COLUMNS = 4
SIDES = {1: 440, 2: 350, 3: 280, 4: 240}  # of a panel, by panels in a row


class Film:
    """Frames (H, W, 3) of the watched trials, one of each system."""

    def __init__(self, plan: Plan, task: Task, trials: Sequence[Trial]):
        self.plan, self.task = plan, task
        self.trials = [trial for trial in trials if trial.views]
        assert self.trials, "a film needs a trial that was watched"
        self.contrasts = [contrasts(trial.views) for trial in self.trials]
        self.columns = min(len(self.trials), MOST_COLUMNS)
        self.side = SIDES[self.columns]
        self.num = max(len(trial.views) for trial in self.trials)

    def frames(self, scale: float = 1.0) -> Iterator[Frame]:
        for number in range(self.num):
            frame = self.frame(number, scale)
            yield frame
        for _ in range(HOLD):
            yield frame

    def still(self) -> Frame:
        """The end, at twice the size."""
        return self.frame(self.num - 1, 2.0)

    def frame(self, number: int, scale: float) -> Frame:
        block = NAME + self.side + 10 + STRIP + FIGURES + GAP
        rows = ceil(len(self.trials) / self.columns)
        width = max(2 * EDGE + self.columns * (self.side + GAP) - GAP, 2 * EDGE + SIDES[1])
        on = Canvas(width, HEAD + rows * block + FOOT, scale)
        shown = [trial.views[min(number, len(trial.views) - 1)] for trial in self.trials]
        self.heading(on, width, max(view.step for view in shown))
        for index, (trial, view, contrast) in enumerate(zip(self.trials, shown, self.contrasts, strict=True)):
            row, column = divmod(index, self.columns)
            x, y = EDGE + column * (self.side + GAP), HEAD + row * block
            on.part(x, y, self.side, NAME).words(0, 14, trial.arm.label, 15)
            square = on.part(x, y + NAME, self.side, self.side)
            panel(square, self.task, view, contrast[min(number, len(contrast) - 1)])
            bars(on.part(x, y + NAME + self.side + 10, self.side, STRIP), view)
            self.figures(on, x, y + NAME + self.side + 10 + STRIP + 18, view)
        self.legend(on, HEAD + rows * block + 14)
        return on.finished()

    def heading(self, on: Canvas, width: float, step: int) -> None:
        """What is seen, the step, and how far that is."""
        toy = self.task.toy
        on.words(EDGE, 36, toy.name, 22)
        on.words(EDGE, 55, f"{len(toy.centres)} modes · {toy.source}", 11, MUTED)
        so_far = on.words(width - EDGE, 36, f" / {self.plan.steps:,}", 13, MUTED, anchor="r")
        on.words(width - EDGE - so_far, 36, f"step {step:,}", 18, INK, anchor="r")
        on.box(EDGE, 66, width - 2 * EDGE, 2, RULE)
        on.box(EDGE, 66, (width - 2 * EDGE) * step / self.plan.steps, 2, GOOD)

    def figures(self, on: Canvas, x: float, y: float, view: View) -> None:
        modes = view.modes
        kl = "-" if isinf(modes.kl) else f"{modes.kl:.2f}"
        at = x + on.words(x, y, f"{modes.fair}", 17)
        on.words(at + 3, y, f"/ {modes.total} fair modes", 11, MUTED)
        at = x + self.side - on.words(x + self.side, y, f"{modes.good:.0%} good", 11, MUTED, anchor="r")
        on.words(at - 12, y, f"KL {kl}", 11, MUTED, anchor="r")

    def legend(self, on: Canvas, y: float) -> None:
        """What colours and signs mean, as far as there is room."""
        on.box(0, y - 14, 10_000, 1, RULE)
        end, x = on.width - EDGE, float(EDGE)
        is_line, has_surface = self.task.toy.dim == 1, self.task.nodes is not None
        entries = [
            ((GOOD,), "samples" if is_line else "good samples"),
            ((INK,) if is_line else (BAD,), "data" if is_line else "bad ones"),
            *([] if is_line else [((), "arrows: where D pushes them")]),
            *([((LOW, HIGH), "D's score, low / high")] if has_surface else []),
            ((), "bars: share of each mode, dashed the fair one"),
        ]
        for colours, words in entries:
            wide = 13 * len(colours) + (4 if colours else 0) + 5.6 * len(words)
            if x + wide > end:
                return
            for colour in colours:
                on.box(x, y + 2, 11, 9, colour)
                x += 13
            x += (4 if colours else 0) + on.words(x + (4 if colours else 0), y + 11, words, 11, MUTED) + 18
