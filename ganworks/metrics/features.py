"""Features as every metric takes them: (N, d), finite, of two sides that agree. Bad ones get their sentence here."""

from typing import overload

import numpy as np
import torch
from torch import Tensor

ROWS = 16384  # looked at together: bounds the memory
Array = Tensor | np.ndarray


@overload
def check(a: Array, b: None = None, least: int = 2, varied: bool = False) -> Tensor: ...
@overload
def check(a: Array, b: Array, least: int = 2, varied: bool = False) -> tuple[Tensor, Tensor]: ...


def check(a: Array, b: Array | None = None, least: int = 2, varied: bool = False) -> Tensor | tuple[Tensor, Tensor]:
    """Features of the judged set, and of the reference, as (N, d) tensors on the CPU, float32 or float64.

    float32 and float64 stay what they are, and aren't copied; half precision and bytes become float32, which holds
    them exactly; integers become float64. ValueError for fewer than `least` samples, for NaN or infinite features, for
    unlike d and, if the metric needs `varied` samples, for a set of equal ones.
    """
    ours = one(a, "judged", least, varied)
    if b is None:
        return ours
    theirs = one(b, "reference", least, varied)
    if ours.shape[1] != theirs.shape[1]:
        raise ValueError(
            f"judged features have {ours.shape[1]:,} numbers each and reference features {theirs.shape[1]:,}: "
            "take both with the same extractor"
        )
    return ours, theirs


def one(features: Array, side: str, least: int = 2, varied: bool = False) -> Tensor:
    """One side's features, checked; side: its name in the sentences."""
    tensor = as_floats(features, side)
    if tensor.ndim != 2:
        raise ValueError(f"{side} features have shape {tuple(tensor.shape)}, wanted is (N, d): use x.flatten(1)")
    if tensor.shape[1] == 0:
        raise ValueError(f"{side} features have 0 numbers each: give at least 1")
    if len(tensor) < least:
        plural = "sample" if len(tensor) == 1 else "samples"
        raise ValueError(f"{len(tensor):,} {side} {plural}: at least {least:,} are needed")
    # The sum is quick, and never finite if a number is not; it may overflow of itself, so the rows decide.
    if not tensor.sum(dtype=torch.float64).isfinite() and (bad := num_bad(tensor)):
        raise ValueError(f"{bad:,} of {len(tensor):,} {side} samples have NaN or infinite features: leave them out")
    if varied and all(bool((rows == tensor[0]).all()) for rows in tensor.split(ROWS)):
        raise ValueError(f"all {len(tensor):,} {side} samples are the same, which leaves this metric without a meaning")
    return tensor


def num_bad(rows: Tensor) -> int:
    return sum(int((~torch.isfinite(part).all(1)).sum()) for part in rows.split(ROWS))


def as_floats(features: Array, side: str) -> Tensor:
    tensor = torch.as_tensor(features).detach().cpu()
    if tensor.is_complex():
        raise ValueError(f"{side} features are complex numbers: give real ones")
    if tensor.dtype in (torch.float32, torch.float64):
        return tensor
    return (
        tensor.float() if tensor.is_floating_point() or tensor.dtype in (torch.uint8, torch.bool) else tensor.double()
    )
