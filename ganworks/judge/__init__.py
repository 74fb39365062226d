"""Judging pictures: two sides -> features -> metrics -> a table that says by what protocol it came about.

    from ganworks.judge import evaluate, judge_features
    [result] = evaluate(["runs/a"], "photos/", features="convs")
    rows = judge_features(fake, real)  # on bare features (N, d)

Nothing is imported before it is asked for, so that the command line starts without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganworks.judge.judging import evaluate as evaluate
    from ganworks.judge.judging import judge_features as judge_features
    from ganworks.judge.results import Result as Result
    from ganworks.judge.results import Row as Row

HOMES = {"Result": "results", "Row": "results", "evaluate": "judging", "judge_features": "judging"}
__all__ = ["Result", "Row", "evaluate", "judge_features"]


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
