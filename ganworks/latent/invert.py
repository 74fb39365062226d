"""From a picture to the code that makes it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import Any, cast

import torch
from torch import Tensor

from ganworks.core import AT_ONCE, Batch, System
from ganworks.latent.codes import draw, make, rows, space_of, typical_length
from ganworks.latent.perceptual import Perceive, convs, distance

APART = 1_000_003  # from the seeds of samples, which could be the pictures themselves
RISE = 0.05  # of the steps, in which the rate comes up
FALL = 0.25  # at the end, in which it goes down


@dataclass(frozen=True)
class Inversion:
    """inputs: a row for each picture. images: what they make. start: what the search began with. psnr: in dB, (N,)."""

    inputs: Batch
    images: Tensor
    start: Tensor
    psnr: Tensor
    seconds: float


def invert(
    system: System,
    pictures: Tensor,
    *,
    perceive: Perceive | None = convs,
    steps: int = 300,
    restarts: int = 2,
    draws: int = 256,
    rate: float = 0.2,
    prior: float = 0.1,
    seed: int = 0,
    given: Batch | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Inversion:
    """Search the codes that make these pictures (N, C, H, W), by Adam, from the best of many.

    Zhu et al. 2016 (arXiv 1609.03552), and with styles Abdal et al. 2019 (arXiv 1904.03189), who let each
    style move alone. The loss is the squared error of pixels and of features, as shares of the picture's own; `prior`
    times the squared distance from where drawn codes lie keeps the search there: the shell of z, the cloud of w.

    perceive: pictures -> features, `perceptual.convs` unless given; None for pixels alone.
    restarts: how many starts are followed for each picture: what the system's `encode` says, if it has one, and the
    nearest of `draws` random samples. given: one row of inputs for all of them, as a label.
    """
    begin = time.perf_counter()
    assert steps >= 1 and restarts >= 1
    likeness = Likeness(pictures, perceive)
    search = Search(system, likeness, steps=steps, rate=rate, prior=prior)
    was_training = system.training
    system.eval()
    try:
        starts = search.starts(max(draws, restarts), restarts, seed, given or {})
        codes, losses = search.run(starts, progress)
    finally:
        system.train(was_training)
    best = losses.view(len(pictures), restarts).argmin(1) + torch.arange(len(pictures)) * restarts
    inputs = rows(starts | {search.space: codes}, best)
    images = make(system, inputs)
    start = make(system, rows(starts, best))
    return Inversion(inputs, images, start, psnr(images, pictures), time.perf_counter() - begin)


class Likeness:
    """How unlike pictures are to the wanted ones: of pixels, and of features."""

    def __init__(self, pictures: Tensor, perceive: Perceive | None):
        self.views: list[Perceive] = [lambda images: [images]] + ([perceive] if perceive else [])
        self.pictures = pictures
        with torch.no_grad():
            self.wanted = [view(pictures) for view in self.views]

    def __call__(self, images: Tensor, which: Tensor) -> Tensor:
        """Of pictures (N, C, H, W) to the wanted ones of these numbers, (N,)."""
        each = [
            distance(view(images), [feature[which].to(images.device) for feature in wanted])
            for view, wanted in zip(self.views, self.wanted, strict=True)
        ]
        return torch.stack(each).sum(0)


class Search:
    """Adam on codes; each row goes its own way."""

    def __init__(self, system: System, likeness: Likeness, *, steps: int, rate: float, prior: float):
        self.system, self.likeness = system, likeness
        self.steps, self.rate, self.prior = steps, rate, prior
        self.space, self.device = space_of(system), next(system.parameters()).device
        drawn = draw(system, 1000, 0)[self.space]
        centre = drawn.mean(0) if self.space == "w" else torch.zeros_like(drawn[0])
        self.centre = centre.to(self.device)
        self.length = float(typical_length(drawn - centre))
        self.scale = float((drawn - centre).square().mean().sqrt())  # the rate is a share of it

    @torch.no_grad()
    def starts(self, draws: int, restarts: int, seed: int, given: Batch) -> Batch:
        """Inputs of some starts for each picture: of the encoder, if there is one, then of the nearest samples."""
        pool = draw(self.system, draws, seed + APART, **{name: value.expand(draws) for name, value in given.items()})
        images, num = make(self.system, pool), len(self.likeness.pictures)
        far = [
            torch.cat([self.likeness(part, torch.full((len(part),), n)) for part in images.split(AT_ONCE)])
            for n in range(num)
        ]
        nearest = torch.stack(far).topk(restarts, largest=False).indices  # (num, restarts)
        found = rows(pool, nearest.flatten())
        if hasattr(self.system, "encode") and self.space == "z":
            encode = cast(Any, self.system).encode
            found["z"][::restarts] = encode(self.likeness.pictures.to(self.device)).float().cpu()
        return found

    def run(self, starts: Batch, progress: Callable[[int, int], None] | None) -> tuple[Tensor, Tensor]:
        """The codes that each start leads to, and their losses (N,)."""
        num = len(starts[self.space])
        which = torch.arange(len(self.likeness.pictures)).repeat_interleave(num // len(self.likeness.pictures))
        parts = torch.arange(num).split(AT_ONCE)
        tell = Steps(len(parts) * self.steps, progress)
        codes, losses = zip(*[self.follow(rows(starts, part), which[part], tell) for part in parts], strict=True)
        return torch.cat(codes), torch.cat(losses)

    def follow(self, starts: Batch, which: Tensor, tell: Callable[[], None]) -> tuple[Tensor, Tensor]:
        """The best codes on the way of some rows to the pictures of these numbers, and their losses."""
        inputs = {name: value.to(self.device) for name, value in starts.items()}
        code = inputs[self.space].clone().requires_grad_()
        adam = torch.optim.Adam([code], lr=1.0)
        best, least = code.detach().clone(), torch.full((len(code),), torch.inf, device=self.device)
        for step in range(self.steps):
            images = self.system.generate(inputs | {self.space: code})["image"].float()
            loss = self.likeness(images, which) + self.prior * self.beyond(code)
            better = loss < least
            best[better], least = code.detach()[better], loss.detach().minimum(least)
            (code.grad,) = torch.autograd.grad(loss.sum(), [code])
            adam.param_groups[0]["lr"] = self.rate * self.scale * pace((step + 1) / self.steps)
            adam.step()
            tell()
        return best.cpu(), least.cpu()

    def beyond(self, code: Tensor) -> Tensor:
        """How far codes are from where drawn ones lie, squared, in their lengths: (N,)."""
        length = (code - self.centre).flatten(1).norm(dim=1) / self.length
        return (length - 1).square() if self.space == "z" else (length - 1).relu().square()


class Steps:
    """Counts steps, and says so."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None):
        self.done, self.total, self.progress = 0, total, progress

    def __call__(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)


def pace(share: float) -> float:
    """The factor on the rate when this share of the steps is done."""
    return min(1.0, share / RISE) * (0.5 - 0.5 * cos(pi * min(1.0, (1 - share) / FALL)))


def psnr(images: Tensor, pictures: Tensor) -> Tensor:
    """Of each picture (N, C, H, W) in [-1, 1], in dB: (N,)."""
    return 10 * (4 / (images - pictures).flatten(1).square().mean(1).clamp_min(1e-12)).log10()
