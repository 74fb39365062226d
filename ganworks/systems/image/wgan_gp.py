"""WGAN with a gradient penalty: the critic's slope is held at 1 instead of clipped."""

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.losses import penalties
from ganworks.losses.adversarial import WASSERSTEIN
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks
from ganworks.systems.tricks import apply_tricks


class WGANGP(Duel):
    """The critic's slope is drawn towards 1 between real and fake; its term `wasserstein` is minus the distance."""

    adversarial = WASSERSTEIN

    def __init__(
        self, G: nn.Module, D: nn.Module, spec: Image | Vector, latent: int, *, critic_steps: int, penalty: float
    ):
        super().__init__(G, D, spec, latent, critic_steps=critic_steps)
        self.penalty = penalty

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.0, 0.9))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def draw(self, num: int) -> Batch:
        return super().draw(num) | {"t": torch.rand(num)}

    def d_loss(self, batch: Batch) -> Terms:
        real, fake = self.pair(batch)
        penalty = penalties.wgan_gp(self.D, real, fake, batch["t"])
        return {"wasserstein": self.contest(batch, *self.both_logits(batch)), "penalty": self.penalty * penalty}


@register(size=16, width=4)
def wgan_gp(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 128,
    norm: str = "layer",
    penalty: float = 10.0,
    critic_steps: int = 5,
    **tricks: Any,
) -> WGANGP:
    """WGAN-GP, Gulrajani et al. 2017 (arXiv 1704.00028), algorithm 1 with its settings.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    norm: the critic's norm, "layer" or "none"
    penalty: weight of the gradient penalty
    critic_steps: moves of the critic for each of the generator
    """
    if norm not in ("layer", "none"):
        raise ValueError(f"norm is '{norm}'; possible: layer, none (the critic is judged example by example)")
    spec = arena(size, channels, dim)
    duel = WGANGP(*networks(spec, width, latent, norm), spec, latent, critic_steps=critic_steps, penalty=penalty)
    return apply_tricks(duel, **tricks)
