"""R3GAN, the default for pictures: a relativistic loss with two penalties."""

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.losses.adversarial import RELATIVISTIC
from ganworks.losses.penalties import logits_and_gradient, squared_norm
from ganworks.nets.r3gan import Discriminator, Generator
from ganworks.nets.surgery import keep_variance
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks
from ganworks.systems.tricks import apply_tricks


class R3GAN(Duel):
    """D compares each real picture with a fake one, its slope held down at both."""

    adversarial = RELATIVISTIC
    shares_logits = False  # D's turn needs them in float32, with their slope

    def __init__(
        self, G: nn.Module, D: nn.Module, spec: Image | Vector, latent: int, *, gamma: float, lr: float, one_in: int
    ):
        super().__init__(G, D, spec, latent)
        self.gamma, self.lr, self.one_in = gamma, lr, one_in

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=self.lr, betas=(0.0, 0.99))
        return {"G": Player(self.G, adam, ema=0.999), "D": Player(self.D, adam)}

    def generate(self, inputs: Batch) -> Batch:
        made = super().generate(inputs)
        return {"image": made["image"].clamp(-1, 1)} if self.entry == "image" else made

    def d_loss(self, batch: Batch) -> Terms:
        """The loss with R1 and R2; both out of one pass in float32, if the penalties look at every example."""
        real, fake = self.pair(batch)
        logits, gradient = logits_and_gradient(self.D, torch.cat([real[:: self.one_in], fake[:: self.one_in]]))
        at_real, at_fake = squared_norm(gradient).chunk(2)
        real_logits, fake_logits = logits.chunk(2) if self.one_in == 1 else self.judge(batch, real, fake)
        return {
            "adversarial": self.contest(batch, real_logits, fake_logits),
            "r1": self.gamma / 2 * at_real.mean(),
            "r2": self.gamma / 2 * at_fake.mean(),
        }


@register(size=16, width=4)
def r3gan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 32,
    latent: int = 64,
    num_blocks: int = 1,
    group: int = 16,
    gamma: float | None = None,
    nets: str = "paper",
    **tricks: Any,
) -> R3GAN:
    """R3GAN, Huang et al. 2025 (arXiv 2501.05441), eq. 2 with R1 and R2.

    The paper's nets want a GPU. With nets "dcgan" the same losses train DCGAN's, D without norm: on one core, at
    28 px, they see about ten times the pictures. The penalties then look at one example in four, which leaves their
    mean what it is, and the learning rate is 5e-4 in place of 2e-4.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels at full size, doubled at each coarser stage
    latent: length of z
    num_blocks: residual blocks in each stage
    group: channels in each group of the 3x3 convolutions
    gamma: weight of both penalties, by default the number of pixels / 64^2, for points 0.02
    nets: "paper" or "dcgan"; blocks and groups are the paper's alone
    """
    spec = arena(size, channels, dim)
    if nets not in ("paper", "dcgan"):
        raise ValueError(f"nets is '{nets}'; possible: paper, dcgan")
    if isinstance(spec, Vector):
        G, D = networks(spec, width, latent, "none")
        duel = R3GAN(G, D, spec, latent, gamma=0.02 if gamma is None else gamma, lr=2e-4, one_in=1)
        return apply_tricks(duel, **tricks)
    gamma = spec.height * spec.width / 64**2 if gamma is None else gamma
    if nets == "dcgan":
        G, D = networks(spec, width, latent, "none")
        duel = R3GAN(G, D.apply(keep_variance), spec, latent, gamma=gamma, lr=5e-4, one_in=4)
        return apply_tricks(duel, **tricks)
    size = (spec.height, spec.width)
    G = Generator(size, channels, latent, width=width, num_blocks=num_blocks, group=group)
    D = Discriminator(size, channels, width=width, num_blocks=num_blocks, group=group)
    return apply_tricks(R3GAN(G, D, spec, latent, gamma=gamma, lr=2e-4, one_in=1), **tricks)
