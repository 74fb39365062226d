"""Whether more steps of a run still help, from a figure that is measured again and again."""

import math
from collections.abc import Sequence
from statistics import fmean

RECENT = 5  # evaluations in which something must have happened
SURE = 2.0  # standard errors of a difference, or of a slope


def verdict(steps: Sequence[int], values: Sequence[float], errors: Sequence[float]) -> str | None:
    """A sentence if the figure (lower is better) has stopped to improve, or None.

    It has stopped if none of the last 5 values is lower than the best one before them by more than 2 standard errors of
    the difference, sqrt(e^2 + e'^2), and the last 6 do not surely fall. Evaluations share the reference and the seeds,
    which makes their differences surer than those errors: a slow fall would be taken for none. The trend of the values
    themselves shows it. steps, values, errors: one entry an evaluation, in order; no step twice.
    """
    assert len(steps) == len(values) == len(errors), "one entry an evaluation"
    if len(values) <= RECENT:
        return None
    past = min(range(len(values) - RECENT), key=lambda i: values[i])
    recent = range(len(values) - RECENT, len(values))
    if any(surely_below(values[i], errors[i], values[past], errors[past]) for i in recent):
        return None
    if surely_falling(steps[-RECENT - 1 :], values[-RECENT - 1 :]):
        return None
    best = min(range(len(values)), key=lambda i: values[i])
    words = f"no better than at step {steps[past]:,} in the last {RECENT} evaluations"
    if surely_below(values[past], errors[past], min(values[i] for i in recent), max(errors[i] for i in recent)):
        return f"{words}, and surely worse since: going on as it is does not help; the best is step {steps[best]:,}"
    return f"{words}, beyond the error: more steps hardly help; the best is step {steps[best]:,}"


def surely_below(value: float, error: float, other: float, other_error: float) -> bool:
    return value < other - SURE * math.hypot(error, other_error)


def surely_falling(steps: Sequence[int], values: Sequence[float]) -> bool:
    """Whether the least-squares slope is below 0 by more than 2 standard errors, as the scatter about the line says."""
    middle, mean = fmean(steps), fmean(values)
    spread = sum((step - middle) ** 2 for step in steps)
    slope = sum((step - middle) * (value - mean) for step, value in zip(steps, values, strict=True)) / spread
    left = [value - mean - slope * (step - middle) for step, value in zip(steps, values, strict=True)]
    error = math.sqrt(sum(each**2 for each in left) / (len(left) - 2) / spread)
    return slope < -SURE * error
