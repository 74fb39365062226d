"""DCGAN: the small convolutional GAN that most others build on."""

from functools import partial
from typing import Any

from torch.optim import Adam

from ganworks.core import Player
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, networks, sides
from ganworks.systems.tricks import apply_tricks


class DCGAN(Duel):
    """Convolutional nets with batch norm, against each other with the non-saturating loss."""

    adversarial = NON_SATURATING

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}


@register(size=16, width=4)
def dcgan(
    *, size: int | tuple[int, int] = 64, channels: int = 3, width: int = 64, latent: int = 100, **tricks: Any
) -> DCGAN:
    """DCGAN, Radford et al. 2015 (arXiv 1511.06434), with the paper's five rules and Adam.

    The paper has width 128 and z uniform in [-1, 1]; ours are 64, as in the code that everybody runs, and normal.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    """
    height, breadth = sides(size)
    image = Image(channels, height, breadth)
    return apply_tricks(DCGAN(*networks(image, width, latent), image, latent), **tricks)
