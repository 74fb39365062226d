"""CycleGAN: pictures of one kind as pictures of another, and back, learnt without pairs."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.history import History
from ganworks.losses.adversarial import least_squares
from ganworks.nets.dcgan import start
from ganworks.nets.patchgan import PatchDiscriminator, suiting_field
from ganworks.nets.resnet_translator import ResNetTranslator, num_blocks
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation, constant_then_down

LEAST_SQUARES = least_squares()


class CycleGAN(Translation):
    """Two translators, each the way back of the other, and two critics, one for each kind of picture.

    G: "other" -> "image", which D judges; `back_G`: "image" -> "other", which `back_D` judges; all of (N, C, H, W).
    """

    whole_batch = True  # each rank has a memory of its own

    def __init__(
        self,
        G: nn.Module,
        back_G: nn.Module,
        D: nn.Module,
        back_D: nn.Module,
        image: Image,
        *,
        cycle: float,
        identity: float,
        pool: int,
        steps: int,
    ):
        super().__init__(image)
        self.multiple = getattr(G, "multiple", 1)
        self.G, self.back_G, self.D, self.back_D = G, back_G, D, back_D
        self.cycle, self.identity, self.steps = cycle, identity, steps
        self.history, self.back_history = History(pool, image.shape), History(pool, image.shape)

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        schedule = partial(constant_then_down, steps=self.steps)
        return {
            "G": Player([self.G, self.back_G], adam, schedule=schedule),
            "D": Player([self.D, self.back_D], adam, schedule=schedule),
        }

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def draw(self, num: int) -> Batch:
        return {"place": self.history.draw(num), "back_place": self.back_history.draw(num)}

    def make(self, inputs: Batch) -> Tensor:
        return self.G(inputs["other"])

    def make_back(self, inputs: Batch) -> Tensor:
        return self.back_G(inputs["image"])

    def g_loss(self, batch: Batch) -> Terms:
        image, other = batch["image"], batch["other"]
        # A translator has norms of each picture by itself: one pass for two pictures changes nothing, and is faster.
        fake, same = self.both(self.G, other, image)
        back_fake, back_same = self.both(self.back_G, image, other)
        batch["fake"], batch["back_fake"] = fake.detach(), back_fake.detach()  # for D's turn
        # A half is in both losses of `least_squares`; the paper has none, and the authors' code one for D.
        terms = {"adversarial": 2 * (LEAST_SQUARES.g(self.D(fake)) + LEAST_SQUARES.g(self.back_D(back_fake)))}
        if self.cycle:
            terms["cycle"] = self.cycle * (distance(self.G(back_fake), image) + distance(self.back_G(fake), other))
        if self.identity:
            terms["identity"] = self.identity * (distance(same, image) + distance(back_same, other))
        return terms

    def both(self, G: nn.Module, given: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        """What G makes of pictures, and of those that it shall leave as they are, if that is asked for."""
        if not self.identity:
            return G(given), kept
        made, same = G(torch.cat([given, kept])).chunk(2)
        return made, same

    def d_loss(self, batch: Batch) -> Terms:
        shown = self.history(batch["fake"], batch["place"])
        back_shown = self.back_history(batch["back_fake"], batch["back_place"])
        image, other = (
            LEAST_SQUARES.d(*D(torch.cat([real, fake])).chunk(2))
            for D, real, fake in ((self.D, batch["image"], shown), (self.back_D, batch["other"], back_shown))
        )
        return {"image": image, "other": other}

    def scores(self, batch: Batch) -> Batch:
        """Of pictures of the first kind, which are watched."""
        with torch.no_grad():
            fake = self.make(batch)
        return {name: self.D(x).flatten(1).mean(1) for name, x in (("real", batch["image"]), ("fake", fake))}


def distance(made: Tensor, true: Tensor) -> Tensor:
    return l1_loss(made.float(), true)


@register(size=16, width=4, blocks=1, pool=10)
def cyclegan(
    *,
    size: int | tuple[int, int] = 256,
    channels: int = 3,
    width: int = 64,
    blocks: int | None = None,
    cycle: float = 10.0,
    identity: float = 5.0,
    field: int | None = None,
    pool: int = 50,
    steps: int = 20_000,
) -> CycleGAN:
    """CycleGAN, Zhu et al. 2017 (arXiv 1703.10593), eq. 3, with least squares: two translators, learnt without pairs.

    It makes pictures as those of the first set out of those of the second, and knows the way back. The learning rate is
    constant for half of the steps, and then falls to 0. The paper has batches of one picture.
    We differ, as its authors' code does, by `identity`: without it two translators can agree on a code that leads back
    and is no translation.

    size: height and width of the pictures, one number for squares; others can be translated too
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the first layers; the translators have up to 4 x as many, the critics 8 x
    blocks: residual blocks of the translators; 9 from 256 pixels on, as the paper, 6 from 64 on, else 3, if not given
    cycle: weight of the distance to where there and back should lead, the paper's lambda
    identity: weight of leaving pictures as they are that need no change; keeps colours; in the paper for paintings
    field: side of the patches that D judges: 16, 34, 70 (the paper's at 256 pixels), 142, 286; by the size if not given
    pool: how many old fakes the critics remember
    steps: of the run: over the second half of them the learning rate falls to 0; --minutes alone does not do that
    """
    height, breadth = sides(size)
    image = Image(channels, height, breadth)
    blocks = num_blocks((height, breadth)) if blocks is None else blocks
    field = suiting_field((height, breadth), field)
    if pool < 1:
        raise ValueError(f"pool is {pool}; it must be at least 1")
    nets: list[nn.Module] = [ResNetTranslator(channels, channels, blocks=blocks, width=width) for _ in range(2)]
    nets += [PatchDiscriminator(channels, field, width) for _ in range(2)]
    G, back_G, D, back_D = (net.apply(start) for net in nets)
    return CycleGAN(G, back_G, D, back_D, image, cycle=cycle, identity=identity, pool=pool, steps=steps)
