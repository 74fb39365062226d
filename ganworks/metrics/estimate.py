"""A number and how far to trust it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A metric's value with one standard error, where the metric can tell it.

    error: one standard deviation of the value over what the metric's docstring names (resampled sets, subsets, slices,
    splits); None if it isn't known.
    """

    value: float
    error: float | None = None

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return f"{self.value:.6g}" if self.error is None else f"{self.value:.6g} ± {self.error:.2g}"
