"""PAN: the critic's own maps say how far a made picture is from the true one."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import relu
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.losses.matching import matched
from ganworks.nets.pan import TappedDiscriminator
from ganworks.nets.unet import LEVELS, UNet
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation

WEIGHTS = (5.0, 1.5, 1.5, 1.0)


class PAN(Translation):
    """G lowers the discrepancy between its image and the true one in D's maps, and D keeps it above a margin.

    G: (N, C, H, W) -> (N, C, H, W) in [-1, 1]. D: (N, C, H, W) -> logits (N,) and maps.
    """

    paired = True
    whole_batch = True  # batch norm, and a margin for the mean of the batch

    def __init__(self, G: nn.Module, D: TappedDiscriminator, image: Image, perceptual: float, margin: float):
        super().__init__(image)
        self.multiple = getattr(G, "multiple", 1)
        self.G, self.D, self.margin = G, D, margin
        self.weights = [perceptual * weight for weight in WEIGHTS]

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def make(self, inputs: Batch) -> Tensor:
        return self.G(inputs["other"])

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch)
        batch["fake"] = fake.detach()  # for D's turn
        logits, maps = self.D.look(fake)
        with torch.no_grad():
            _, real_maps = self.D.look(batch["image"])
        return {"adversarial": NON_SATURATING.g(logits), "perceptual": matched(maps, real_maps, self.weights)}

    def d_loss(self, batch: Batch) -> Terms:
        (real_logits, real_maps), (fake_logits, fake_maps) = (self.D.look(batch[name]) for name in ("image", "fake"))
        discrepancy = matched(fake_maps, real_maps, self.weights)
        return {
            "adversarial": NON_SATURATING.d(real_logits, fake_logits),
            "margin": relu(self.margin - discrepancy),
        }

    def scores(self, batch: Batch) -> Batch:
        with torch.no_grad():
            fake = self.make(batch)
        return {"real": self.D(batch["image"]), "fake": self.D(fake)}


@register(size=16, width=4)
def pan(
    *,
    size: int | tuple[int, int] = 256,
    channels: int = 3,
    width: int = 64,
    perceptual: float = 1.0,
    margin: float = 3.0,
) -> PAN:
    """PAN, Wang et al. 2017 (arXiv 1706.09138): makes one picture of another, learnt from pairs, by D's own maps.

    The discrepancy is sum_i w_i mean |d_i(y) - d_i(G(x))| over D's 1st, 4th, 6th and 8th map. It is in both losses: G
    lowers it, D has max(0, margin - it), so that its maps go on to show differences. D does not see x. The weights 5,
    1.5, 1.5, 1 and the margin are those of the one public code, which differs from the paper elsewhere: it takes no
    absolute value, has no discrepancy in G's loss, and adds a distance of pixels. G is pix2pix's U-Net without dropout.

    size: height and width of the pictures, one number for squares; others can be translated too
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the first layers; deeper ones have up to 8 x as many
    perceptual: times the weights of the discrepancy; with 0 a plain GAN is left, which ignores what it starts from
    margin: discrepancy from which on D is content
    """
    if margin < 0:
        raise ValueError(f"margin is {margin:g}; it must not be negative")
    height, breadth = sides(size)
    levels = min(LEVELS, (min(height, breadth) - 1).bit_length())
    G = UNet(channels, channels, levels=levels, width=width, norm="batch", dropout=0.0)
    D = TappedDiscriminator((height, breadth), channels, width)
    return PAN(G, D, Image(channels, height, breadth), perceptual, margin)
