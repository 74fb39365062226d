"""CoGAN: pairs of pictures, learned from two sets in which nothing is paired."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.nets.coupled import Discriminators, Generators
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides


class CoGAN(Duel):
    """Two GANs with common layers draw one thing in two domains from one z, though no pair was ever shown to them.

    G: (N, latent) -> (N, 2 C, H, W), the channels of "image", then of "other". D: (N, 2 C, H, W) -> (N, 2).
    """

    adversarial = NON_SATURATING

    def __init__(self, G: nn.Module, D: nn.Module, image: Image, latent: int):
        super().__init__(G, D, image, latent)
        self.specs = {"image": image, "other": image}

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999), weight_decay=5e-4)
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def generate(self, inputs: Batch) -> Batch:
        return dict(zip(self.specs, self.G(inputs["z"]).chunk(2, 1), strict=True))

    def real(self, batch: Batch) -> Tensor:
        return torch.cat([batch["image"], batch["other"]], 1)

    def scores(self, batch: Batch) -> Batch:
        """Of the first domain, whose pictures are watched."""
        return {name: logits[:, 0] for name, logits in super().scores(batch).items()}


@register(size=16, width=4)
def cogan(
    *, size: int | tuple[int, int] = 64, channels: int = 3, width: int = 16, latent: int = 100, tied: bool = True
) -> CoGAN:
    """CoGAN, Liu & Tuzel 2016 (arXiv 1606.07536), eq. 2, in G's turn with flipped labels, by the authors' Adam.

    The paper sums over the two domains; we take the mean, as its authors' code. Nets as there, for any size: only
    the last layer of the two Gs and the first of the two Ds are a domain's own. G has a quarter of the channels.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of D's first layer, the authors have 20; G's finest have twice as many, theirs 128
    latent: length of z
    tied: whether the GANs have layers in common; without, they have only z
    """
    image = Image(channels, *sides(size))
    both = (image.height, image.width)
    G = Generators(both, channels, latent, 2 * width, tied)
    return CoGAN(G, Discriminators(both, channels, width, tied), image, latent)
