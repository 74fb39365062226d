"""A toy distribution as a task: what is trained on, how samples are judged, and how the duel looks from above."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganworks.core import System
from ganworks.data import toys
from ganworks.metrics.modes import Modes, of_counts, shares

Array = npt.NDArray[np.float32]
NUM_DOTS, NUM_ARROWS = 800, 90
CELLS, PASSES = 56, 13  # of D's surface: nodes on a side, and in how many batches D sees them
MARGIN = 1.3  # what is seen of the plane, over what the modes take up
VIEW_SEED = 1  # of the latents that are watched and judged: the same in all systems whose latents are as long


@dataclass
class View:
    """One moment of a trial, in the toy's own units, seen in the plane of its modes.

    points (n, k), good (n,); k is 1 or 2. shares (m,): what the modes hold of the good samples, 1 is their fair share.
    surface: D's scores at `Task.nodes`, (cells,) or (cells, cells); None where there is no D, or too many
    dimensions. arrows (a, 2k): places of samples, and how steeply D's score rises from there in each direction.
    """

    step: int
    points: Array
    good: npt.NDArray[np.bool_]
    shares: Array
    modes: Modes
    surface: Array | None
    arrows: Array


class Task:
    """Trains on a toy. plane: (k, dim), directions in which its modes lie, all of them in one and two dimensions."""

    entry = "point"

    def __init__(self, name: str):
        self.toy = toys.find(name)
        self.facts: dict[str, Any] = {"dim": self.toy.dim}
        spread = self.toy.centres - self.toy.middle
        is_flat = self.toy.dim <= 2
        self.plane = torch.eye(self.toy.dim) if is_flat else torch.linalg.svd(spread, full_matrices=False).Vh[:2]
        self.reach = MARGIN * float((spread @ self.plane.T).abs().max())
        axis = torch.linspace(-self.reach, self.reach, CELLS if self.toy.dim == 2 else 8 * CELLS)
        grid = torch.meshgrid(*[axis] * min(self.toy.dim, 2), indexing="xy")
        self.nodes = torch.stack([value.flatten() for value in grid], 1) if is_flat else None

    def protocol(self) -> str:
        toy = self.toy
        spreads = sorted({round(float(sigma), 4) for sigma in toy.sigmas})
        return (
            f"{toy.source}; {toy.num:,} samples, {len(toy.centres)} modes, good within {toy.within:.3g} spreads "
            f"(of {', '.join(f'{sigma:g}' for sigma in spreads)}) of the nearest"
        )

    def stream(self, batch: int, seed: int) -> toys.Points:
        return toys.Points(self.toy, batch, seed)

    def sort(self, points: Tensor) -> tuple[Modes, Tensor, Tensor]:
        """How well points (n, dim) cover the modes; which of them are good (n,), and how many each mode has (m,)."""
        far, mode = torch.cdist(points.double(), self.toy.centres.double()).min(1)
        good = far <= self.toy.within * self.toy.sigmas.double()[mode]
        counts = mode[good].bincount(minlength=len(self.toy.centres))
        return of_counts(counts, good.double().mean().item(), shares(None, len(counts))), good, counts

    def judge(self, system: System) -> Modes:
        return self.sort(self.samples(system))[0]

    def samples(self, system: System) -> Tensor:
        return self.toy.from_nets(system.sample(self.toy.num, VIEW_SEED)[self.entry])

    def look(self, system: System, step: int) -> View:
        """The samples as they are now, and what D thinks of them and of the plane. Training is not disturbed."""
        points = self.samples(system)
        modes, good, counts = self.sort(points)
        system.eval()
        with torch.random.fork_rng(devices=[]):
            arrows, surface = self.arrows(system, points[:NUM_ARROWS]), self.surface(system)
        system.train()
        return View(
            step=step,
            points=self.seen(points[:NUM_DOTS]),
            good=good[:NUM_DOTS].numpy(),
            shares=(counts * len(counts) / max(1, int(counts.sum()))).float().numpy(),
            modes=modes,
            surface=surface,
            arrows=arrows,
        )

    def scores(self, system: System, points: Tensor) -> Tensor | None:
        """D's scores of points (n, dim) in the nets' units, (n,); None if there is no D.

        What else D looks at, as VEEGAN's noise, is the same for all: otherwise the surface would be that noise.
        """
        torch.default_generator.manual_seed(VIEW_SEED)
        drawn = {name: value.expand(len(points), *value.shape[1:]) for name, value in system.draw(1).items()}
        return system.scores(drawn | {self.entry: points}).get("real")

    def arrows(self, system: System, points: Tensor) -> Array:
        """Where D's score rises from these samples, and how steeply."""
        there = self.toy.to_nets(points).requires_grad_()
        scores = self.scores(system, there)
        if scores is None:
            return np.zeros((0, 2 * len(self.plane)), np.float32)
        (slope,) = torch.autograd.grad(scores.sum(), there)
        return np.concatenate([self.seen(points), (slope @ self.plane.T).numpy()], 1)

    @torch.no_grad()
    def surface(self, system: System) -> Array | None:
        """D's score at each node, in passes.

        Each sees nodes from all over the plane, for a D that looks at whole batches. Of a D that looks at packs it is
        the score of a pack with the node and nothing else.
        """
        if self.nodes is None:
            return None
        nodes, found = self.toy.to_nets(self.nodes + self.toy.middle), torch.empty(len(self.nodes))
        pack = getattr(system, "pack", 1)
        for begin in range(PASSES):
            scores = self.scores(system, nodes[begin::PASSES].repeat_interleave(pack, 0))
            if scores is None:
                return None
            found[begin::PASSES] = scores[::pack]
        return found.reshape([-1] if self.toy.dim == 1 else [CELLS, CELLS]).numpy()

    def seen(self, points: Tensor) -> Array:
        """Points (n, dim) -> their places in the plane (n, k), the toy's middle at 0."""
        return ((points - self.toy.middle) @ self.plane.T).float().numpy()
