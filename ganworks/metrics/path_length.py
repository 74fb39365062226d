"""Perceptual path length: how much pictures change along a path between two codes."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganworks.metrics.estimate import Estimate

STEP = 1e-4
TAIL = 0.01  # the share that is left out at either end


@torch.no_grad()
def path_steps(
    make: Callable[[Tensor], Tensor],
    features: Callable[[Tensor], Tensor],
    ends: tuple[Tensor, Tensor],
    t: Tensor,
    step: float = STEP,
) -> Tensor:
    """The squared distance of features over a small step between two codes, over the step's square: (N, ...) -> (N,).

    make: codes (N, ...) -> pictures, row by row, with the same noise each time. features: pictures -> (N, ...), in
    float32 at least: bytes can't tell so small a step. t: (N,), where the step begins, from 0 to 1. Interpolation is
    linear, as is right for w.
    """
    begin, end = (codes.double() for codes in ends)
    at = t.double().view(-1, *[1] * (begin.ndim - 1))
    before, after = (features(make(begin.lerp(end, place).to(ends[0].dtype))) for place in (at, at + step))
    return (after.double() - before.double()).flatten(1).square().sum(1) / step**2


def perceptual_path_length(steps: Tensor) -> Estimate:
    """The mean of steps (N,), without the lowest and the highest hundredth.

    Karras et al. 2019, StyleGAN (arXiv 1812.04948), section 4.1, l_W; the tails as in the authors' code. There the
    distance is LPIPS of VGG16; values of other features don't compare. error: standard error of the mean.
    """
    if len(steps) < 2:
        raise ValueError(f"{len(steps)} steps were given; a mean with an error needs at least 2")
    cut = int(TAIL * len(steps))
    kept = steps.double().sort().values[cut : len(steps) - cut]
    return Estimate(kept.mean().item(), (kept.std() / len(kept) ** 0.5).item())
