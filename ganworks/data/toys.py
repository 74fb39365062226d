"""Toy distributions whose modes are known: what a generator misses of them can be counted, not guessed."""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi
from typing import Self

import torch
from torch import Tensor

from ganworks.core import Batch
from ganworks.data.stream import key
from ganworks.registry import Unknown
from ganworks.specs import Spec, Vector


@dataclass(frozen=True)
class Toy:
    """A mixture of Gaussians of equal weight, with the protocol by which its samples are judged.

    centres: (m, dim). sigmas: (m,), spreads of the modes. within: how many spreads from its centre a sample is still
    good. num: samples that the protocol draws. axes: (k, dim) orthonormal directions of the noise, where not all.
    """

    name: str
    source: str
    centres: Tensor
    sigmas: Tensor
    within: float = 3.0
    num: int = 2500
    axes: Tensor | None = None

    @property
    def dim(self) -> int:
        return self.centres.shape[1]

    @property
    def scale(self) -> float:
        """What points are divided by for nets to see a standard deviation of about 1."""
        return float((self.centres - self.centres.mean(0)).square().mean().sqrt())

    @property
    def middle(self) -> Tensor:
        """What is taken away from points before that, (dim,)."""
        return self.centres.mean(0)

    def draw(self, num: int, generator: torch.Generator) -> Tensor:
        """Points (num, dim) of the distribution."""
        mode = torch.randint(len(self.centres), (num,), generator=generator)
        if self.axes is None:
            noise = torch.randn(num, self.dim, generator=generator)
        else:
            noise = torch.randn(num, len(self.axes), generator=generator) @ self.axes
        return self.centres[mode] + self.sigmas[mode, None] * noise

    def to_nets(self, points: Tensor) -> Tensor:
        return (points - self.middle) / self.scale

    def from_nets(self, points: Tensor) -> Tensor:
        return points * self.scale + self.middle


def ring8() -> Toy:
    """Eight modes on a circle of radius 2, spread 0.02: Metz et al. 2017 (arXiv 1611.02163), section 3.1.

    The authors' notebook has radius 1, and its angles from 0 to 2 pi with both ends: seven modes.
    """
    return ring("ring8", "Metz et al. 2017 (arXiv 1611.02163), section 3.1", 8, 2.0, 0.02)


def grid25() -> Toy:
    """25 modes on a square grid from -4 to 4, spread 0.05: Lin et al. 2018 (PacGAN, arXiv 1712.04086), section 4.1."""
    ticks = torch.arange(-4.0, 5.0, 2.0)
    return Toy(
        "grid25", "Lin et al. 2018 (arXiv 1712.04086), section 4.1", torch.cartesian_prod(ticks, ticks), same(25, 0.05)
    )


def spiral() -> Toy:
    """A spiral of two turns, spread 0.05; its hundred modes are places at equal distances along it.

    No paper's: it shows a data set that is one thin line, and a generator that tears it.
    """
    angle = torch.linspace(0, 4 * pi, 20_001, dtype=torch.float64)
    path = (0.25 + angle / pi)[:, None] * torch.stack([angle.cos(), angle.sin()], 1) / 2
    length = path.diff(dim=0).norm(dim=1).cumsum(0)
    places = torch.searchsorted(length, torch.linspace(0, float(length[-1]), 100, dtype=torch.float64))
    return Toy("spiral", "no paper's", path[places].float(), same(100, 0.05))


def mixture1d() -> Toy:
    """Five modes on a line, at 10, 20, 60, 80 and 110, spreads 3, 3, 2, 2, 1.

    Ghosh et al. 2018 (MAD-GAN, arXiv 1704.02906), section 5.1.
    """
    centres = torch.tensor([10.0, 20.0, 60.0, 80.0, 110.0])
    return Toy(
        "mixture1d",
        "Ghosh et al. 2018 (arXiv 1704.02906), section 5.1",
        centres[:, None],
        torch.tensor([3.0, 3.0, 2.0, 2.0, 1.0]),
    )


def ring1200() -> Toy:
    """Ten modes in 1,200 dimensions, each with noise of 700: Srivastava et al. 2017 (arXiv 1705.07761), section 4.1.

    The paper says neither where the modes lie nor how wide they are: ours lie on a circle of radius 2 in a plane drawn
    at random, with spread 0.02 in 700 directions. A good sample is within 10 spreads of the distance that noise has.
    """
    generator = torch.Generator().manual_seed(0)
    axes = torch.linalg.qr(torch.randn(1200, 702, generator=generator))[0].T
    flat = ring("ring1200", "Srivastava et al. 2017 (arXiv 1705.07761), section 4.1", 10, 2.0, 0.02)
    return Toy(flat.name, flat.source, flat.centres @ axes[:2], flat.sigmas, 700**0.5 + 10, axes=axes[2:])


def ring(name: str, source: str, num: int, radius: float, sigma: float) -> Toy:
    angle = torch.arange(num) * (2 * pi / num)
    return Toy(name, source, radius * torch.stack([angle.cos(), angle.sin()], 1), same(num, sigma))


def same(num: int, sigma: float) -> Tensor:
    return torch.full((num,), sigma)


TOYS: dict[str, Callable[[], Toy]] = {make.__name__: make for make in (ring8, grid25, spiral, mixture1d, ring1200)}


def find(name: str) -> Toy:
    """The toy of this name. Unknown if there is none."""
    if name not in TOYS:
        raise Unknown("toy", name, TOYS)
    return TOYS[name]()


class Points:
    """An endless stream of points of a toy: {"point": (batch, dim)}, centred and scaled for nets.

    A batch is a function of seed and position.
    """

    def __init__(self, toy: Toy, batch: int, seed: int = 0):
        self.toy, self.batch, self.seed, self.position = toy, batch, seed, 0
        self.specs: dict[str, Spec] = {"point": Vector(toy.dim)}

    def seek(self, position: int) -> None:
        self.position = position

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        generator = torch.Generator().manual_seed(key(self.seed, "toy", self.position))
        self.position += self.batch
        return {"point": self.toy.to_nets(self.toy.draw(self.batch, generator))}
