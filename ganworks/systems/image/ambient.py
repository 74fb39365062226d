"""GANs that learn clean pictures from noisy ones: D only ever sees fakes with noise on them."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.layers.noise import rows, seeds
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.losses.penalties import logits_and_gradient, squared_norm
from ganworks.nets import dcgan
from ganworks.nets.surgery import keep_variance
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, networks, sides
from ganworks.systems.tricks import apply_tricks

BLACK = -1.0
# NR-GAN's kinds: whether the noise may depend on the picture, is normal, and by what it may be changed unnoticed.
KINDS = {
    "si1": (False, True, ()),
    "si2": (False, False, ("rotation", "order", "sign")),
    "sd2": (True, True, ()),
    "sd3": (True, False, ("sign",)),
}


class AmbientGAN(Duel):
    """G makes clean pictures; D compares the noisy data with what the same measurement would make of G's."""

    adversarial = NON_SATURATING

    def __init__(self, G: nn.Module, D: nn.Module, image: Image, latent: int, *, sigma: float, drop: float):
        super().__init__(G, D, image, latent)
        if sigma < 0 or not 0 <= drop < 1:
            raise ValueError(f"sigma is {sigma:g} and drop {drop:g}; possible: 0 or more, and 0 to below 1")
        self.sigma, self.drop = sigma, drop

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def draw(self, num: int) -> Batch:
        return super().draw(num) | {"measured": seeds(num)}

    def make(self, batch: Batch) -> Tensor:
        return self.measure(super().make(batch).float(), batch["measured"])

    def measure(self, clean: Tensor, chance: Tensor) -> Tensor:
        """What the data would show of pictures (N, C, H, W): noise, lost pixels, values cut to what a file can hold."""
        seen = clean + self.sigma * rows(torch.randn, chance, clean) if self.sigma else clean
        seen = seen.clamp(-1, 1)
        return seen.where(rows(torch.rand, chance + 1, clean[:, :1]) >= self.drop, BLACK) if self.drop else seen


class NRGAN(Duel):
    """Beside G a second generator makes the noise; D sees their sum, and what noise may be like keeps the two apart.

    N: (N, latent) -> (N, C, H, W) in [-1, 1], or of z and its own latent together, if the noise depends on the picture.
    """

    adversarial = NON_SATURATING

    def __init__(
        self,
        G: nn.Module,
        N: nn.Module,
        D: nn.Module,
        image: Image,
        latent: int,
        *,
        kind: str,
        penalty: float,
        diversity: float,
    ):
        super().__init__(G, D, image, latent)
        self.N, self.penalty, self.diversity = N, penalty, diversity
        self.depends, self.is_normal, self.changes = KINDS[kind]
        if image.height != image.width:
            self.changes = tuple(change for change in self.changes if change != "rotation")

    def look_again(self) -> None:
        super().look_again()
        self.whole_batch = True  # diversity is of pairs

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.0, 0.99))
        return {"G": Player([self.G, self.N], adam, ema=0.999), "D": Player(self.D, adam)}

    def draw(self, num: int) -> Batch:
        """Besides z: the noise's own latent, its values if it is normal, and how it is changed."""
        channels = self.specs["image"].shape[0]
        return super().draw(num) | {
            "noise_z": torch.randn(num, self.latent),
            "measured": seeds(num),
            "rotation": torch.randint(4, (num,)),
            "order": torch.rand(num, channels).argsort(1),
            "sign": 1.0 - 2 * torch.randint(2, (num, channels)),
        }

    def make(self, batch: Batch) -> Tensor:
        clean = super().make(batch).float()
        batch["noise"] = noise = self.noise(batch)
        return (clean + self.changed(noise, batch)).clamp(-1, 1)

    def noise(self, batch: Batch) -> Tensor:
        """What N makes, before it is changed; of normal noise N gives the deviation at each place."""
        z = torch.cat([batch["z"], batch["noise_z"]], 1) if self.depends else batch["noise_z"]
        made = self.N(z).float()
        return made * rows(torch.randn, batch["measured"], made) if self.is_normal else made

    def changed(self, noise: Tensor, batch: Batch) -> Tensor:
        """By a quarter turn or more, an order of the channels, and signs of theirs: no noise should be told from it."""
        if "rotation" in self.changes:
            turned = torch.stack([noise.rot90(turn, (2, 3)) for turn in range(4)])
            noise = turned[batch["rotation"], torch.arange(len(noise), device=noise.device)]
        if "order" in self.changes:
            noise = noise.gather(1, batch["order"][..., None, None].expand_as(noise))
        return noise * batch["sign"][..., None, None] if "sign" in self.changes else noise

    def g_loss(self, batch: Batch) -> Terms:
        terms = super().g_loss(batch)
        noise, z = batch.pop("noise"), batch["noise_z"]
        there = (z - z.roll(1, 0)).abs().mean(1).clamp(min=1e-6)  # of one example alone nothing is apart
        apart = (noise - noise.roll(1, 0)).abs().flatten(1).mean(1) / there
        return terms | {"diversity": -self.diversity * apart.mean()}

    def d_loss(self, batch: Batch) -> Terms:
        real, fake = self.pair(batch)
        real_logits, gradient = logits_and_gradient(self.D, real)
        fake_logits = batch["judged"] if "judged" in batch else self.judge(batch, fake)[0]
        return {
            "adversarial": self.contest(batch, real_logits, fake_logits),
            "r1": self.penalty * squared_norm(gradient).mean(),
        }


@register(size=16, width=4, sigma=0.3, drop=0.2)
def ambientgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    width: int = 64,
    latent: int = 100,
    sigma: float = 0.0,
    drop: float = 0.0,
    **tricks: Any,
) -> AmbientGAN:
    """AmbientGAN, Bora et al. 2018 (ICLR, openreview Hy7fDog0b), section 3, on DCGAN.

    For noisy data whose noise is known. Samples are clean, so their distance to the data says little. Of the paper's
    measurements it has additive noise and lost pixels (Block-Pixels), which are black. Measured pictures are cut to
    what a file can hold, as the data are.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    sigma: deviation of the data's normal noise, in pictures from -1 to 1: of 8-bit values, divided by 127.5
    drop: share of the data's pixels that are lost, and black
    """
    if not (sigma or drop):
        raise ValueError("ambientgan must know the noise: give --sigma, --drop or both; nrgan learns it from the data")
    image = Image(channels, *sides(size))
    duel = AmbientGAN(*networks(image, width, latent), image, latent, sigma=sigma, drop=drop)
    return apply_tricks(duel, **tricks)


@register(size=16, width=4)
def nrgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    width: int = 64,
    latent: int = 128,
    kind: str = "si1",
    penalty: float = 0.1,
    diversity: float = 0.02,
    **tricks: Any,
) -> NRGAN:
    """NR-GAN, Kaneko & Harada 2020 (arXiv 1911.11776), SI-NR-GAN-I and II, SD-NR-GAN-II and III.

    For noisy data whose noise is not known. Samples are clean, so their distance to the data says little. DCGAN's
    nets, D without norm, stand in for the paper's residual ones, and G's batch is no larger than D's. The paper's
    penalty is 10, for a D that takes means over places; ours sees each of them. "Changed" is by turns (of square
    pictures), other signs and exchanged channels, in sd3 by other signs alone.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z, and of the noise's
    kind: si1, normal at each pixel; si2, like itself when changed; sd2, sd3, the same but dependent on the picture
    penalty: weight of the squared slope at real pictures
    diversity: weight of how far apart two noises are
    """
    if kind not in KINDS:
        raise ValueError(f"kind is '{kind}'; possible: {', '.join(KINDS)}")
    image = Image(channels, *sides(size))
    shape = (image.height, image.width)
    G, D = networks(image, width, latent, "none")
    N = dcgan.Generator(shape, channels, latent * (2 if KINDS[kind][0] else 1), width)
    N.apply(keep_variance)  # noise from the start: what G has once learned of it, it gives up slowly
    duel = NRGAN(G, N, D.apply(keep_variance), image, latent, kind=kind, penalty=penalty, diversity=diversity)
    return apply_tricks(duel, **tricks)
