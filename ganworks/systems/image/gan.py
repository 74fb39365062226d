"""The first GAN."""

from functools import partial
from math import prod

from torch import nn
from torch.optim import Adam

from ganworks.core import Player
from ganworks.losses.adversarial import MINIMAX, NON_SATURATING
from ganworks.nets.mlp import Discriminator, Generator
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides

LOSSES = {"minimax": MINIMAX, "non_saturating": NON_SATURATING}


class GAN(Duel):
    """Fully connected nets against each other; G has the loss of the equation, or the one the paper trained by."""

    def __init__(self, G: nn.Module, D: nn.Module, image: Image, latent: int, *, loss: str):
        super().__init__(G, D, image, latent)
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
    width: int = 256,
    latent: int = 100,
    loss: str = "non_saturating",
) -> GAN:
    """GAN, Goodfellow et al. 2014 (arXiv 1406.2661), eq. 1 and section 3.

    The paper trains maxout nets with dropout by momentum; ours are leaky ReLU, G with batch norm, by Adam.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: units of the narrowest hidden layers
    latent: length of z
    loss: G's loss, "minimax" (eq. 1) or "non_saturating"
    """
    height, breadth = sides(size)
    image = Image(channels, height, breadth)
    G, D = Generator(image.shape, latent, width), Discriminator(prod(image.shape), width)
    return GAN(G, D, image, latent, loss=loss)
