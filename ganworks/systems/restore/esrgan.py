"""ESRGAN: SRGAN with a stronger net and a relative critic; near to the truth, or sharp."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses.perceptual import features_l1
from ganworks.losses.relativistic_average import relativistic_average_d, relativistic_average_g
from ganworks.nets.restoration_critics import SRCritic, UNetCritic
from ganworks.nets.rrdb import RRDBNet
from ganworks.nets.vgg import VGG
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.restoration import Restoration, flat, patch, set_flat, stepped

HALVED = (1 / 8, 1 / 4, 1 / 2, 3 / 4)  # where in the second stage the rate is halved
CRITICS = ("vgg", "unet")


class ESRGAN(Restoration):
    """G first comes near to the true picture, then to what VGG sees in it, while D says which of two is more real.

    G: (N, C, H, W) -> (N, C, scale H, scale W). D: (N, C, scale H, scale W) -> logits (N,) or (N, 1, scale H, scale W).
    `first` has G's weights at the end of the first stage.
    """

    whole_batch = True  # D compares with means over the batch
    first: Tensor

    def __init__(
        self,
        G: RRDBNet,
        D: nn.Module,
        eyes: VGG,
        image: Image,
        scale: int,
        *,
        skip: bool,
        tap: str,
        adversarial: float,
        pixel: float,
        first_steps: int,
        steps: int,
    ):
        super().__init__(G, image, scale, skip)
        self.D, self.eyes, self.tap = D, eyes, tap
        self.adversarial, self.pixel = adversarial, pixel
        self.first_steps, self.steps = first_steps, steps
        self.register_buffer("first", flat(G))

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.9, 0.99))
        return {"G": Player(self.G, adam, schedule=self.schedule), "D": Player(self.D, adam, schedule=self.schedule)}

    def schedule(self, step: int) -> float:
        """Twice the rate in the first stage, halved after each fifth of it."""
        if step < self.first_steps:
            return 2 * stepped(step, self.first_steps, [fifth / 5 for fifth in range(1, 5)])
        return stepped(step - self.first_steps, self.steps - self.first_steps, HALVED)

    def turns(self, step: int) -> list[Turn]:
        if step < self.first_steps:
            return [Turn("G", self.first_loss)]
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def after(self, turn: Turn) -> None:
        if turn.loss == self.first_loss:
            self.first.copy_(flat(self.G))

    def blend(self, share: float) -> None:
        """Network interpolation, eq. 4 there."""
        if not self.first_steps:
            raise ValueError("--blend: it has learnt without a first stage, so that there is nothing to blend with")
        if not 0 <= share <= 1:
            raise ValueError(f"--blend: {share:g} was given; possible: 0, near to the truth, to 1, sharp")
        set_flat(self.G, self.first.lerp(flat(self.G), share))

    def first_loss(self, batch: Batch) -> Terms:
        return {"l1": l1_loss(self.restore(batch["other"]), batch["image"])}

    def g_loss(self, batch: Batch) -> Terms:
        fake, true = self.restore(batch["other"]), batch["image"]
        batch["fake"] = fake.detach()  # for D's turn
        with torch.no_grad():
            wanted, real_logits = self.eyes(true, [self.tap]), self.D(true)
        return {
            "perceptual": features_l1(self.eyes(fake, [self.tap]), wanted),
            "adversarial": self.adversarial * relativistic_average_g(self.D(fake), real_logits),
            "l1": self.pixel * l1_loss(fake, true),
        }

    def d_loss(self, batch: Batch) -> Terms:
        return {"adversarial": relativistic_average_d(self.D(batch["image"]), self.D(batch["fake"]))}

    def scores(self, batch: Batch) -> Batch:
        with torch.no_grad():
            fake = self.restore(batch["other"])
        return {name: self.D(x).reshape(len(x), -1).mean(1) for name, x in (("real", batch["image"]), ("fake", fake))}


@register(size=16, width=4, blocks=1, vgg="random", first_steps=2)
def esrgan(
    *,
    size: int | tuple[int, int] = 128,
    channels: int = 3,
    scale: int = 4,
    degrade: str = "bicubic",
    width: int = 64,
    blocks: int = 23,
    critic: str = "vgg",
    vgg: str = "vgg19",
    tap: str = "conv5_4",
    adversarial: float = 5e-3,
    pixel: float = 1e-2,
    skip: bool = True,
    first_steps: int | None = None,
    steps: int = 20_000,
) -> ESRGAN:
    """ESRGAN, Wang et al. 2018 (arXiv 1809.00219), eq. 1 to 4: enlarges pictures, and makes up detail.

    At first G learns by the L1 distance alone; then by that of VGG's maps before activation, by D, which compares with
    the average of the other side, and by a little of L1. G's relativistic loss is the sum of both halves, as the paper
    has it; its code takes their mean, and has the 0.99 of Adam here. The weights of both stages are kept: `ganworks
    upscale --blend 0.8` uses some between. Real-ESRGAN (Wang et al. 2021, arXiv 2107.10833) is --degrade real
    --critic unet --adversarial 0.1 --pixel 1; there D is not relativistic, five maps of VGG count, and G's aim is
    sharpened. We differ by `skip`.

    size: side of the patches of full resolution, at least 16; pictures of any size can be enlarged
    channels: 1 for grey, 3 for colour
    scale: how many times larger: 2, 3 or 4; or 1, to undo a degradation alone
    degrade: how patches become what they are to be made of: bicubic, or real, jpeg:20-60, noise:25, blur, haze
    width: channels of G's blocks; D has up to 8 x as many
    blocks: residual in residual dense blocks of G
    critic: vgg judges the whole patch, unet each of its pixels, with spectral norm, as Real-ESRGAN
    vgg: the network whose maps are compared: vgg19, downloaded once, or a file of weights
    tap: which of its maps: conv5_4, before activation
    adversarial: weight of D's judgement
    pixel: weight of L1 in the second stage
    skip: G adds to the picture enlarged bicubically; the paper's does without, and learns far more slowly
    first_steps: steps of the first stage; half of all if not given, the paper's are five sevenths
    steps: of the run: the learning rate falls in both stages; --minutes alone does not do that
    """
    if critic not in CRITICS:
        raise ValueError(f"critic is '{critic}'; possible: {', '.join(CRITICS)}")
    image = patch(size, channels, scale, degrade, least=16)
    return ESRGAN(
        RRDBNet(channels, scale, width=width, blocks=blocks),
        UNetCritic(channels, width) if critic == "unet" else SRCritic((image.height, image.width), channels, width),
        VGG(vgg),
        image,
        scale,
        skip=skip,
        tap=tap,
        adversarial=adversarial,
        pixel=pixel,
        first_steps=steps // 2 if first_steps is None else first_steps,
        steps=steps,
    )
