"""Progressive growing: small pictures first, then finer ones, stage by stage."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses import penalties
from ganworks.losses.adversarial import WASSERSTEIN
from ganworks.nets.progan import Discriminator, Generator, Growth, enlarged, halved
from ganworks.nets.stages import Size, stages
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides
from ganworks.systems.tricks import apply_tricks


class ProGAN(Duel):
    """Both nets begin with small pictures and grow; a new stage is faded in, in fakes and in real pictures alike.

    The loss is WGAN-GP's with a drift: D's logits of real pictures are held near 0. D sees each example beside others
    of its batch, so its slope at one example is that of all their logits.
    """

    adversarial = WASSERSTEIN

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        image: Image,
        latent: int,
        *,
        sizes: list[Size],
        growth: Growth,
        phase: int,
        penalty: float,
        drift: float,
    ):
        super().__init__(G, D, image, latent)
        self.sizes, self.growth, self.phase = sizes, growth, phase
        self.penalty, self.drift = penalty, drift

    def look_again(self) -> None:
        super().look_again()
        self.whole_batch = True

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-3, betas=(0.0, 0.99))
        return {"G": Player(self.G, adam, ema=0.999), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        self.growth.set(*grown(step, self.phase, len(self.sizes) - 1))
        return super().turns(step)

    def readings(self) -> dict[str, float]:
        """The height of the pictures that are trained now, and how much of the last stage is faded in."""
        level, fade = self.growth.now()
        return super().readings() | {"resolution": self.sizes[level][0], "fade": fade}

    def draw(self, num: int) -> Batch:
        return super().draw(num) | {"t": torch.rand(num)}

    def generate(self, inputs: Batch) -> Batch:
        picture = super().generate(inputs)["image"]
        for size in self.sizes[self.growth.now()[0] + 1 :]:
            picture = enlarged(picture, size)
        return {"image": picture.clamp(-1, 1)}

    def real(self, batch: Batch) -> Tensor:
        """The data as small, and as blurred, as the fakes of this step."""
        picture = super().real(batch)
        level, fade = self.growth.now()
        for _ in self.sizes[level + 1 :]:
            picture = halved(picture)
        if level and fade < 1:
            picture = enlarged(halved(picture), self.sizes[level]).lerp(picture, fade)
        return picture

    def judge(self, batch: Batch, *pictures: Tensor) -> tuple[Tensor, ...]:
        """The logits of each set of pictures, each in a pass of its own: real ones are not compared with fakes."""
        return tuple(self.D(x) for x in pictures)

    def d_loss(self, batch: Batch) -> Terms:
        real, fake = self.pair(batch)
        real_logits, fake_logits = self.both_logits(batch)
        return {
            "wasserstein": self.contest(batch, real_logits, fake_logits),
            "penalty": self.penalty * penalties.wgan_gp(self.D, real, fake, batch["t"]),
            "drift": self.drift * real_logits.float().square().mean(),
        }


def grown(step: int, phase: int, top: int) -> tuple[int, float]:
    """Level and fade at a step: `phase` steps at level 0, as many to fade in level 1, as many with it, and so on."""
    count, into = divmod(step, phase) if phase else (2 * top, 0)
    level = (count + 1) // 2
    if level > top:
        return top, 1.0
    return level, into / phase if count % 2 else 1.0


@register(size=16, width=4, phase=2)
def progan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    width: int = 16,
    latent: int = 256,
    phase: int = 250,
    steps: int = 20_000,
    penalty: float = 10.0,
    drift: float = 1e-3,
    **tricks: Any,
) -> ProGAN:
    """Progressive growing, Karras et al. 2018 (arXiv 1710.10196), with WGAN-GP's loss and the drift of appendix A.1.

    Pictures begin at 4 px or a little more (28 px: 7), and samples are enlarged while the nets grow. All stages exist
    from the start; a stage that is not in use has no gradient and does not move. The paper's phases are 800,000
    pictures; and its code forgets Adam's moments at each new size, where we keep those of the stages in use: without
    momentum they forget within a hundred steps anyway.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    phase: steps in which a stage is faded in, and for which it then stays the finest; 0 begins at full size
    steps: of the run; phases are shortened so that it has half of them at full size; --minutes alone does not do that
    penalty: weight of the gradient penalty
    drift: weight of D's squared logits of real pictures
    """
    if phase < 0:
        raise ValueError(f"phase is {phase}; it must not be negative, and 0 is for no growing at all")
    if phase and tricks.get("replay"):
        raise ValueError("replay keeps old fakes, whose size grows here; give --phase 0 too")
    image = Image(channels, *sides(size))
    sizes = stages((image.height, image.width), least=1)
    top = len(sizes) - 1
    phase = min(phase, max(1, steps // (4 * top)))
    growth = Growth(grown(0, phase, top)[0])
    G = Generator(sizes, channels, latent, width, growth)
    D = Discriminator(sizes, channels, width, growth)
    duel = ProGAN(G, D, image, latent, sizes=sizes, growth=growth, phase=phase, penalty=penalty, drift=drift)
    return apply_tricks(duel, **tricks)
