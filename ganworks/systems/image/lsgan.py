"""LSGAN: squared errors in place of logarithms, which fade where D is sure."""

from functools import partial
from typing import Any

from torch import nn
from torch.optim import Adam

from ganworks.core import Player
from ganworks.losses.adversarial import least_squares
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks
from ganworks.systems.tricks import apply_tricks


class LSGAN(Duel):
    """D is drawn to `b` on real pictures and to `a` on fakes, G wants `c`."""

    def __init__(
        self, G: nn.Module, D: nn.Module, spec: Image | Vector, latent: int, *, targets: tuple[float, float, float]
    ):
        super().__init__(G, D, spec, latent)
        a, b, c = targets
        if a == b:
            raise ValueError(f"a and b are both {a:g}; D's targets for fake and real must differ")
        self.adversarial = least_squares(a, b, c)

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}


@register(size=16, width=4)
def lsgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    a: float = 0.0,
    b: float = 1.0,
    c: float = 1.0,
    **tricks: Any,
) -> LSGAN:
    """LSGAN, Mao et al. 2016 (arXiv 1611.04076), eq. 2, with the targets that its experiments use.

    The paper's nets have extra layers of stride 1; ours are DCGAN's. Targets -1, 1, 0 give the Pearson divergence.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    a: D's target for fakes
    b: D's target for real pictures
    c: what G wants D to say of fakes
    """
    spec = arena(size, channels, dim)
    return apply_tricks(LSGAN(*networks(spec, width, latent), spec, latent, targets=(a, b, c)), **tricks)
