"""DCPDN: clears haze, by nets for what light comes through and for that of the air."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.losses.perceptual import features_squared
from ganworks.nets.dense_pyramid import DensePyramid
from ganworks.nets.patchgan import PatchDiscriminator, suiting_field
from ganworks.nets.unet import LEVELS, UNet
from ganworks.nets.vgg import VGG
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.restoration import Restoration, patch

SLOPES, FEATURES = 0.5, 0.8  # weights within the edge-preserving loss; not checked against the authors' code
TAPS = ("relu1_1", "relu2_1")
LEAST = 0.05  # of the light comes through, so that nothing is divided by 0


class DCPDN(Restoration):
    """G sees how much light comes through, `air` what light the haze has; D judges transmission and clear picture.

    G: (N, C, H, W) -> (N, 1, H, W), what stands before a sigmoid. air: (N, C, H, W) -> the same, of which the mean
    counts. D: (N, 1 + C, H, W) -> logits (N, 1, h, w). Transmissions and colours are in [-1, 1], as everywhere.
    """

    whole_batch = True  # batch norm
    whole = True  # one air light

    def __init__(
        self, G: nn.Module, air: nn.Module, D: nn.Module, eyes: VGG, image: Image, *, joint: float, first: int
    ):
        super().__init__(G, image, scale=1)
        channels = image.channels
        self.specs |= {"transmission": Image(1, image.height, image.width), "airlight": Image(channels, 1, 1)}
        self.air, self.D, self.eyes, self.joint, self.first = air, D, eyes, joint, first

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-3, betas=(0.5, 0.999))
        slower = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player([self.G, self.air], adam), "D": Player(self.D, slower)}

    def turns(self, step: int) -> list[Turn]:
        """At first each net alone, then both for the clear picture, and D."""
        if step < self.first:
            return [Turn("G", self.first_loss)]
        return [Turn("G", self.g_loss), *[Turn("D", self.d_loss, fresh=False)] * bool(self.joint)]

    def seen(self, hazy: Tensor) -> tuple[Tensor, Tensor]:
        """Transmission (N, 1, H, W) and air light (N, C, 1, 1)."""
        transmission = LEAST + (1 - LEAST) * self.G(hazy).float().sigmoid()
        return 2 * transmission - 1, self.air(hazy).float().mean((2, 3), keepdim=True)

    def restore(self, other: Tensor) -> Tensor:
        return cleared(other, *self.seen(other))

    def generate(self, inputs: Batch) -> Batch:
        transmission, airlight = self.seen(inputs["other"])
        clear = cleared(inputs["other"], transmission, airlight).clamp(-1, 1)
        return {"other": inputs["other"], "transmission": transmission, "image": clear}

    def first_loss(self, batch: Batch) -> Terms:
        return self.parts_loss(batch, *self.seen(batch["other"]))

    def parts_loss(self, batch: Batch, transmission: Tensor, airlight: Tensor) -> Terms:
        """The edge-preserving loss of the transmission, eq. 4 and 5, and the distance of the air light."""
        true = batch["transmission"]
        with torch.no_grad():
            wanted = self.eyes(true, TAPS)
        return {
            "transmission": mse_loss(transmission, true),
            "slopes": SLOPES * slopes_apart(transmission, true),
            "features": FEATURES * features_squared(self.eyes(transmission, TAPS), wanted),
            "airlight": mse_loss(airlight, batch["airlight"]),
        }

    def g_loss(self, batch: Batch) -> Terms:
        transmission, airlight = self.seen(batch["other"])
        clear = cleared(batch["other"], transmission, airlight)
        terms = self.parts_loss(batch, transmission, airlight) | {"clear": mse_loss(clear, batch["image"])}
        if self.joint:
            fake = torch.cat([transmission, clear.clamp(-1, 1)], 1)
            batch["fake"] = fake.detach()  # for D's turn
            terms["joint"] = self.joint * NON_SATURATING.g(self.D(fake))
        return terms

    def d_loss(self, batch: Batch) -> Terms:
        real = torch.cat([batch["transmission"], batch["image"]], 1)
        return {"joint": NON_SATURATING.d(self.D(real), self.D(batch["fake"]))}


def slopes_apart(made: Tensor, true: Tensor) -> Tensor:
    """Mean squared difference of the steps downwards, plus that of those to the right."""
    return mse_loss(made.diff(dim=2), true.diff(dim=2)) + mse_loss(made.diff(dim=3), true.diff(dim=3))


def cleared(hazy: Tensor, transmission: Tensor, airlight: Tensor) -> Tensor:
    """J = (I - A (1 - t)) / t, with t = (transmission + 1) / 2; eq. 1 and 2. It holds in [-1, 1] as in [0, 1]."""
    through = (transmission + 1) / 2
    return (hazy - airlight * (1 - through)) / through.clamp_min(LEAST)


@register(size=16, width=4, vgg="random", steps=4)
def dcpdn(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    degrade: str = "haze",
    width: int = 64,
    vgg: str = "vgg16",
    joint: float = 0.25,
    first: float = 0.5,
    steps: int = 20_000,
) -> DCPDN:
    """DCPDN, Zhang & Patel 2018 (arXiv 1803.08396), eq. 3 to 8: clears haze by the law that makes it.

    It is made of photographs without haze, to which it is added: I = J t + A (1 - t). In stages: transmission and air
    light alone, then all together with D. Their dense encoder is the first part of an ImageNet network, ours is smaller
    and begins at random; their patches are whole pictures of 512 pixels; D's rate, 2e-4, is our choice; their code
    refines the clear picture by more layers, ours is the law's. The air light is one colour, as they assume: the mean
    of a U-Net's map, so that pictures are not cut into tiles, unless --tile says so.

    size: side of the patches that it learns from; pictures of any size can be cleared
    channels: 1 for grey, 3 for colour
    degrade: how haze is added: haze, or haze:0.4-1.6 for another range of density; nothing else has what it learns from
    width: channels of the transmission net; the others have up to 8 x as many
    vgg: the network whose first maps are compared: vgg16, downloaded once, or a file of weights
    joint: weight of D, the paper's lambda_j; with 0 there is no D
    first: share of the steps before all parts learn together
    steps: of the run, which the first stage is a share of
    """
    image = patch(size, channels, 1, degrade, least=16)
    if degrade.partition(":")[0] != "haze":
        raise ValueError(f"degrade is {degrade}; dcpdn clears haze: leave it out, or give a density, as haze:0.4-1.6")
    shape = (image.height, image.width)
    levels = min(LEVELS, (min(shape) - 1).bit_length())
    air = UNet(channels, channels, levels=levels, width=width, norm="batch", dropout=0)
    D = PatchDiscriminator(1 + channels, suiting_field(shape), width, "batch")
    G = DensePyramid(channels, 1, width)
    return DCPDN(G, air, D, VGG(vgg), image, joint=joint, first=round(first * steps))
