"""What the verbs that run trials have in common: what may be asked for, a bar, and a table."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ganworks.cli.arguments import Usage

if TYPE_CHECKING:
    from ganworks.proofs.bench import Bench
    from ganworks.proofs.prove import Trial

    Started = Callable[[Trial, int, int], None]


def check(seeds: int, minutes: float, width: int | None) -> None:
    """Usage for what no trial can have."""
    for name, value, most in (("seeds", seeds, 16), ("width", 1 if width is None else width, 4096)):
        if not 1 <= value <= most:
            raise Usage(f"--{name}: {value} was given; possible: 1 to {most}")
    if minutes <= 0:
        raise Usage(f"--minutes: {minutes:g} was given; it must be above 0")


@contextmanager
def bar_of(bench: "Bench") -> Iterator["Started"]:
    """A bar for the trial that runs; gives what is to be told of each that begins."""
    from rich.progress import Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        bench.progress = lambda share: bar.update(task, completed=share)

        def started(trial: "Trial", number: int, total: int) -> None:
            words = f"  {number} of {total}: {trial.arm}, seed {trial.seed}"
            bar.reset(task, description=words)
            if not bar.console.is_terminal:
                print(words, flush=True)

        try:
            yield started
        except KeyboardInterrupt:
            bar.console.print("  stopped; what is done is kept, and the same command goes on")
            raise


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with columns of one width, the heading first."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
