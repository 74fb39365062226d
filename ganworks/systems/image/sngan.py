"""SNGAN: spectral norm bounds the slope of the critic, at little cost."""

from functools import partial
from typing import Any

from torch.optim import Adam

from ganworks.core import Player
from ganworks.losses.adversarial import HINGE
from ganworks.nets import resnet
from ganworks.registry import register
from ganworks.specs import Vector
from ganworks.systems.duel import Duel, arena, networks
from ganworks.systems.tricks import apply_tricks

NETS = ("dcgan", "resnet")


class SNGAN(Duel):
    """Each layer of D has spectral norm 1, so that D is Lipschitz, with the hinge loss."""

    adversarial = HINGE

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.0, 0.9))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}


@register(size=16, width=4)
def sngan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 128,
    nets: str = "resnet",
    critic_steps: int = 5,
    **tricks: Any,
) -> SNGAN:
    """SNGAN, Miyato et al. 2018 (arXiv 1802.05957), eq. 16 and 17, with its residual nets and their settings.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    nets: "resnet" or "dcgan"
    critic_steps: moves of D for each of G
    """
    if nets not in NETS:
        raise ValueError(f"nets is '{nets}'; possible: {', '.join(NETS)}")
    spec = arena(size, channels, dim)
    if nets == "dcgan" or isinstance(spec, Vector):
        G, D = networks(spec, width, latent, "spectral")
    else:
        G = resnet.Generator((spec.height, spec.width), channels, latent, width)
        D = resnet.Discriminator((spec.height, spec.width), channels, width, norm="spectral")
    return apply_tricks(SNGAN(G, D, spec, latent, critic_steps=critic_steps), **tricks)
