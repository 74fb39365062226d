"""The first GAN: fully connected, for small pictures and points."""

from functools import partial
from math import prod
from typing import Any

from torch import nn
from torch.optim import Adam

from ganworks.core import Player
from ganworks.losses.adversarial import MINIMAX, NON_SATURATING
from ganworks.nets.mlp import Discriminator, Generator
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks
from ganworks.systems.tricks import apply_tricks

LOSSES = {"minimax": MINIMAX, "non_saturating": NON_SATURATING}


class GAN(Duel):
    """Fully connected nets against each other; G has the loss of the equation, or the one the paper trained by."""

    def __init__(self, G: nn.Module, D: nn.Module, spec: Image | Vector, latent: int, *, loss: str):
        super().__init__(G, D, spec, latent)
        if loss not in LOSSES:
            raise ValueError(f"loss is '{loss}'; possible: {', '.join(LOSSES)}")
        self.adversarial = LOSSES[loss]

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}


@register(size=8, width=8)
def gan(
    *,
    size: int | tuple[int, int] = 28,
    channels: int = 1,
    dim: int | None = None,
    width: int = 256,
    latent: int = 100,
    loss: str = "non_saturating",
    **tricks: Any,
) -> GAN:
    """GAN, Goodfellow et al. 2014 (arXiv 1406.2661), eq. 1 and section 3.

    The paper trains maxout nets with dropout by momentum; ours are leaky ReLU, G with batch norm, by Adam.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: units of the narrowest hidden layers
    latent: length of z
    loss: G's loss, "minimax" (eq. 1) or "non_saturating"
    """
    spec = arena(size, channels, dim)
    if isinstance(spec, Vector):
        G, D = networks(spec, width, latent)
    else:
        G, D = Generator(spec.shape, latent, width), Discriminator(prod(spec.shape), width)
    return apply_tricks(GAN(G, D, spec, latent, loss=loss), **tricks)
