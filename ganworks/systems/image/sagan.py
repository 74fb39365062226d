"""SAGAN: attention, by which distant parts of a picture come to agree."""

from functools import partial
from typing import Any

from torch.optim import Adam

from ganworks.core import Player
from ganworks.losses.adversarial import HINGE
from ganworks.nets.sagan import QUARTER, Generator, LabelCodes, discriminator
from ganworks.nets.stages import stages
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides
from ganworks.systems.tricks import apply_tricks


class SAGAN(Duel):
    """Both nets attend to far places, both have spectral norm, and D learns four times as fast as G."""

    adversarial = HINGE

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, betas=(0.0, 0.9))
        return {"G": Player(self.G, partial(adam, lr=1e-4)), "D": Player(self.D, partial(adam, lr=4e-4))}


@register(size=16, width=4, classes=3)
def sagan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    classes: int = 0,
    width: int = 64,
    latent: int = 128,
    **tricks: Any,
) -> SAGAN:
    """SAGAN, Zhang et al. 2019 (arXiv 1805.08318), eq. 1 to 4, with the authors' nets and settings.

    Attention is at a quarter of the size, as in their code, on small pictures at half of it. With classes G's batch
    norm has a gain and a bias for each, and D a projection; without them the rest is the same.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    classes: number of classes, as the data has them; 0 for none
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    """
    image = Image(channels, *sides(size))
    shape = (image.height, image.width)
    codes = LabelCodes(latent, classes, len(stages(shape)) - 1)
    G = Generator(shape, channels, width, codes, halvings=QUARTER)
    D = discriminator(shape, channels, width, classes, QUARTER)
    return apply_tricks(SAGAN(G, D, image, latent, classes=classes), **tricks)
