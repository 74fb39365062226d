"""SRGAN: enlarged pictures with the detail that a critic misses in merely true ones."""

from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import mse_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.losses.perceptual import features_squared
from ganworks.nets.edsr import SRResNet
from ganworks.nets.restoration_critics import SRCritic
from ganworks.nets.vgg import VGG
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.restoration import Restoration, patch, stepped

FEATURES = 0.006  # weight of the distance of feature maps, which brings it near that of pixels


class SRGAN(Restoration):
    """G first comes near to the true picture, then to what VGG sees in it, while D tells both apart.

    G: (N, C, H, W) -> (N, C, scale H, scale W). D: (N, C, scale H, scale W) -> logits (N,).
    """

    whole_batch = True  # batch norm

    def __init__(
        self,
        G: SRResNet,
        D: SRCritic,
        eyes: VGG,
        image: Image,
        scale: int,
        *,
        skip: bool,
        tap: str,
        adversarial: float,
        first_steps: int,
        steps: int,
    ):
        super().__init__(G, image, scale, skip)
        self.D, self.eyes, self.tap, self.adversarial = D, eyes, tap, adversarial
        self.first_steps, self.steps = first_steps, steps

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.9, 0.999))
        later = (1 + self.first_steps / self.steps) / 2  # the middle of the second stage

        def schedule(step: int) -> float:
            return stepped(step, self.steps, [later], 0.1)

        return {"G": Player(self.G, adam, schedule=schedule), "D": Player(self.D, adam, schedule=schedule)}

    def turns(self, step: int) -> list[Turn]:
        if step < self.first_steps:
            return [Turn("G", self.first_loss)]
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def first_loss(self, batch: Batch) -> Terms:
        """SRResNet's, eq. 4."""
        return {"squares": mse_loss(self.restore(batch["other"]), batch["image"])}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.restore(batch["other"])
        batch["fake"] = fake.detach()  # for D's turn
        with torch.no_grad():
            wanted = self.eyes(batch["image"], [self.tap])
        return {
            "perceptual": FEATURES * features_squared(self.eyes(fake, [self.tap]), wanted),
            "adversarial": self.adversarial * NON_SATURATING.g(self.D(fake)),
        }

    def d_loss(self, batch: Batch) -> Terms:
        return {"adversarial": NON_SATURATING.d(self.D(batch["image"]), self.D(batch["fake"]))}

    def scores(self, batch: Batch) -> Batch:
        with torch.no_grad():
            fake: Tensor = self.restore(batch["other"])
        return {"real": self.D(batch["image"]), "fake": self.D(fake)}


@register(size=16, width=4, blocks=1, vgg="random", first_steps=2)
def srgan(
    *,
    size: int | tuple[int, int] = 96,
    channels: int = 3,
    scale: int = 4,
    degrade: str = "bicubic",
    width: int = 64,
    blocks: int = 16,
    vgg: str = "vgg19",
    tap: str = "relu5_4",
    adversarial: float = 1e-3,
    skip: bool = True,
    first_steps: int | None = None,
    steps: int = 20_000,
) -> SRGAN:
    """SRGAN, Ledig et al. 2016 (arXiv 1609.04802), eq. 3 to 6: enlarges pictures, and makes up detail.

    At first G, the SRResNet, learns by squared distances of pixels alone; then by those of VGG's maps, times 0.006, and
    by D's judgement. The means of the maps are over their channels too: only so are they, as the paper says, about as
    large as those of pixels. The rate, 1e-4, is a tenth in the second half of the second stage. We differ by `skip`.

    size: side of the patches of full resolution, at least 16; pictures of any size can be enlarged
    channels: 1 for grey, 3 for colour
    scale: how many times larger: 2, 3 or 4; or 1, to undo a degradation alone
    degrade: how patches become what they are to be made of: bicubic, or real, jpeg:20-60, noise:25, blur, haze
    width: channels of G; D has up to 8 x as many
    blocks: residual blocks of G
    vgg: the network whose maps are compared: vgg19, downloaded once, or a file of weights
    tap: which of its maps: relu5_4, after activation; conv5_4, before; relu2_2 for less detail and less time
    adversarial: weight of D's judgement
    skip: G adds to the picture enlarged bicubically; the paper's does without, and learns far more slowly
    first_steps: steps of the first stage; half of all if not given, in the paper five sixths; all: SRResNet
    steps: of the run
    """
    image = patch(size, channels, scale, degrade, least=16)
    return SRGAN(
        SRResNet(channels, scale, width=width, blocks=blocks),
        SRCritic((image.height, image.width), channels, width),
        VGG(vgg),
        image,
        scale,
        skip=skip,
        tap=tap,
        adversarial=adversarial,
        first_steps=steps // 2 if first_steps is None else first_steps,
        steps=steps,
    )
