"""Bits per dimension: what a system that knows likelihoods says of pictures that are not its own."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from ganworks import data
from ganworks.core import AT_ONCE, System
from ganworks.judge.measures import LOWER, Case, Found

MOST = 500  # pictures


def bits_of(system: System, device: torch.device) -> Callable[[Tensor], Tensor] | None:
    """Pictures (N, C, H, W) uint8 -> bits (N,), in float32; None for systems without a method `bits`."""
    bits: Any = getattr(system, "bits", None)
    if bits is None:
        return None

    @torch.no_grad()
    def compute(pictures: Tensor) -> Tensor:
        return torch.cat([bits(data.from_bytes(part).to(device)).cpu() for part in pictures.split(AT_ONCE)])

    return compute


def bits(case: Case) -> Iterator[Found]:
    """Of pictures of the reference, by the judged system itself."""
    if case.bits is None:
        raise ValueError("only the run of a system that knows likelihoods, such as pixelcnn or vae, can tell")
    found = case.bits(MOST)
    error = found.std().item() / math.sqrt(len(found))
    words = "of real ones, by the system itself; too low if it has learnt from them"
    yield Found("bits_per_dimension", found.mean().item(), error, LOWER, 0, len(found), words)
