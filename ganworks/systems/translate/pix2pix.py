"""pix2pix: a picture turned into another, learned from pairs of them."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.noise import drawn, seeds
from ganworks.layers.normalization import has_state
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.nets.patchgan import PatchDiscriminator, suiting_field
from ganworks.nets.unet import LEVELS, UNet
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation


class Pix2Pix(Translation):
    """G makes an image of another one, and D judges patches of both together.

    G: (N, C, H, W) -> (N, C, H, W) in [-1, 1]. D: (N, 2 C, H, W) -> logits (N, 1, h, w).
    """

    paired = True

    def __init__(self, G: nn.Module, D: nn.Module, image: Image, l1: float, adversarial: float):
        super().__init__(image)
        self.multiple = getattr(G, "multiple", 1)
        self.G, self.D, self.l1, self.adversarial = G, D, l1, adversarial
        self.whole_batch = has_state(G) or has_state(D)

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss), *[Turn("D", self.d_loss, fresh=False)] * bool(self.adversarial)]

    def draw(self, num: int) -> Batch:
        return {"noise": seeds(num)}

    def make(self, inputs: Batch) -> Tensor:
        with drawn(self.G, inputs["noise"]):
            return self.G(inputs["other"])

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch)
        batch["fake"] = fake.detach()  # for D's turn
        terms = {"l1": self.l1 * l1_loss(fake.float(), batch["image"])}
        if self.adversarial:
            terms["adversarial"] = self.adversarial * NON_SATURATING.g(self.judge(batch, fake))
        return terms

    def d_loss(self, batch: Batch) -> Terms:
        real_logits, fake_logits = (self.judge(batch, batch[name]) for name in ("image", "fake"))
        return {"adversarial": NON_SATURATING.d(real_logits, fake_logits) / 2}

    def judge(self, batch: Batch, image: Tensor) -> Tensor:
        """D's logits for an image as what belongs to the batch's other one."""
        return self.D(torch.cat([batch["other"], image], 1))

    def scores(self, batch: Batch) -> Batch:
        with torch.no_grad():
            fake = self.make(batch)
        return {name: self.judge(batch, x).flatten(1).mean(1) for name, x in (("real", batch["image"]), ("fake", fake))}


@register(size=16, width=4)
def pix2pix(
    *,
    size: int | tuple[int, int] = 256,
    channels: int = 3,
    width: int = 64,
    l1: float = 100.0,
    adversarial: float = 1.0,
    dropout: float = 0.5,
    norm: str = "affine",
    field: int | None = None,
) -> Pix2Pix:
    """pix2pix, Isola et al. 2017 (arXiv 1611.07004), eq. 4: makes one picture of another, learnt from pairs.

    Dropout, on in use too, is all the noise there is. The paper's batch norm on a batch of one is instance norm, in
    training and in use; so is ours, at any batch. D's loss is halved, as the paper says and only one of its two
    codes does.

    size: height and width of the pictures, one number for squares; others can be translated too
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the first layers; deeper ones have up to 8 x as many
    l1: weight of the distance to the true image, the paper's lambda
    adversarial: weight of D's judgement; with 0 only the distance is learnt, and G blurs
    dropout: share of values dropped in the first three layers of the decoder
    norm: affine, which is instance norm with gains and biases; instance, batch, by running statistics in use; none
    field: side of the patches that D judges: 1, 16, 34, 70 (the paper's at 256 px), 142, 286; by the size if not given
    """
    height, breadth = sides(size)
    image = Image(channels, height, breadth)
    levels = min(LEVELS, (min(height, breadth) - 1).bit_length())
    G = UNet(channels, channels, levels=levels, width=width, norm=norm, dropout=dropout)
    D = PatchDiscriminator(2 * channels, suiting_field((height, breadth), field), width, norm)
    return Pix2Pix(G, D, image, l1, adversarial)
