"""WGAN with clipped weights: the critic measures how far samples are from the data."""

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim import RMSprop

from ganworks.core import Player, Turn
from ganworks.losses.adversarial import WASSERSTEIN
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks
from ganworks.systems.tricks import apply_tricks


class WGAN(Duel):
    """No logarithm, no sigmoid: minus the critic's loss is the distance it sees, and it falls as fakes improve."""

    adversarial = WASSERSTEIN

    def __init__(
        self, G: nn.Module, D: nn.Module, spec: Image | Vector, latent: int, *, critic_steps: int, bound: float
    ):
        super().__init__(G, D, spec, latent, critic_steps=critic_steps)
        if bound <= 0:
            raise ValueError(f"bound is {bound:g}; it must be above 0")
        self.bound = bound

    def players(self) -> dict[str, Player]:
        rmsprop = partial(RMSprop, lr=5e-5)
        return {"G": Player(self.G, rmsprop), "D": Player(self.D, rmsprop)}

    @torch.no_grad()
    def after(self, turn: Turn) -> None:
        """Every weight of the critic back into [-bound, bound]: algorithm 1, line 7."""
        if turn.player == "D":
            for parameter in self.D.parameters():
                parameter.clamp_(-self.bound, self.bound)


@register(size=16, width=4)
def wgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    bound: float = 0.01,
    critic_steps: int = 5,
    **tricks: Any,
) -> WGAN:
    """WGAN, Arjovsky et al. 2017 (arXiv 1701.07875), algorithm 1 with its settings, on DCGAN's nets.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    bound: largest absolute value of a critic's weight
    critic_steps: moves of the critic for each of the generator
    """
    spec = arena(size, channels, dim)
    duel = WGAN(*networks(spec, width, latent), spec, latent, critic_steps=critic_steps, bound=bound)
    return apply_tricks(duel, **tricks)
