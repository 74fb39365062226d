"""Photographs repaired at their own size: nine to learn from, and patches of three others to measure on."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from ganworks import data
from ganworks.core import Batch
from ganworks.data import Patches
from ganworks.data.patches import PatchStream
from ganworks.metrics.restoration import PairProtocol, psnr
from ganworks.proofs.bench import Bench
from ganworks.proofs.restored import PHOTOS

ALL = PairProtocol(luma=False)  # all channels, of 8-bit values
SIDE, NUM = 96, 48  # of what is measured


@cache
def photographs(bench: Bench, degrade: str, patch: int) -> Patches:
    """To learn from; three are `apart`."""
    patch = patch if bench.scale >= 0.1 else 24
    place = bench.find("photos")
    return data.open_patches(place, patch=patch, scale=1, degrade=degrade, channels=3, leave_out=PHOTOS)


def held_out(bench: Bench, degrade: str) -> Batch:
    """Patches of the photographs kept apart, and what was made of them: always the same."""
    apart = photographs(bench, degrade, SIDE).apart
    assert apart is not None
    return next(PatchStream(apart, NUM if bench.scale >= 0.1 else 2, seed=0, workers=0))


def decibels(made: Tensor, true: Tensor) -> float:
    """The mean PSNR of all channels over pictures."""
    return psnr(made, true, ALL).mean().item()


def in_parts(function: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """What a function makes of pictures, a few at a time."""
    with torch.no_grad():
        return torch.cat([function(part) for part in pictures.split(16)])
