"""R3GAN, the default for pictures."""

from functools import partial

import torch
from torch import nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.losses.adversarial import RELATIVISTIC
from ganworks.losses.penalties import logits_and_gradient, squared_norm
from ganworks.nets.r3gan import Discriminator, Generator
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides


class R3GAN(Duel):
    """D compares each real picture with a fake one, its slope held down at both."""

    adversarial = RELATIVISTIC
    shares_logits = False  # D's turn needs them in float32, with their slope

    def __init__(self, G: nn.Module, D: nn.Module, image: Image, latent: int, *, gamma: float):
        super().__init__(G, D, image, latent)
        self.gamma = gamma

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.0, 0.99))
        return {"G": Player(self.G, adam, ema=0.999), "D": Player(self.D, adam)}

    def generate(self, inputs: Batch) -> Batch:
        return {name: picture.clamp(-1, 1) for name, picture in super().generate(inputs).items()}

    def d_loss(self, batch: Batch) -> Terms:
        """The loss with R1 and R2, out of one pass in float32: the penalties need its logits anyway."""
        logits, gradient = logits_and_gradient(self.D, torch.cat([batch["image"], self.fakes(batch)]))
        at_real, at_fake = squared_norm(gradient).chunk(2)
        return {
            "adversarial": self.adversarial.d(*logits.chunk(2)),
            "r1": self.gamma / 2 * at_real.mean(),
            "r2": self.gamma / 2 * at_fake.mean(),
        }


@register(size=16, width=4)
def r3gan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    width: int = 32,
    latent: int = 64,
    num_blocks: int = 1,
    group: int = 16,
    gamma: float | None = None,
) -> R3GAN:
    """R3GAN, Huang et al. 2025 (arXiv 2501.05441), eq. 2 with R1 and R2.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels at full size, doubled at each coarser stage
    latent: length of z
    num_blocks: residual blocks in each stage
    group: channels in each group of the 3x3 convolutions
    gamma: weight of both penalties, by default the number of pixels / 64^2
    """
    height, breadth = sides(size)
    G = Generator((height, breadth), channels, latent, width=width, num_blocks=num_blocks, group=group)
    D = Discriminator((height, breadth), channels, width=width, num_blocks=num_blocks, group=group)
    gamma = height * breadth / 64**2 if gamma is None else gamma
    return R3GAN(G, D, Image(channels, height, breadth), latent, gamma=gamma)
