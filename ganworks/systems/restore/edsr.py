"""EDSR: pictures enlarged by a plain residual net, as near to the truth as it gets."""

from functools import partial

from torch.nn.functional import l1_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.nets.edsr import EDSR as Net
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.restoration import Restoration, patch, stepped


class EDSR(Restoration):
    """G lowers the distance of its picture to the true one.

    G: (N, C, H, W) -> (N, C, scale H, scale W).
    """

    def __init__(self, G: Net, image: Image, scale: int, skip: bool, steps: int):
        super().__init__(G, image, scale, skip)
        self.steps = steps

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.9, 0.999))
        return {"G": Player(self.G, adam, schedule=lambda step: stepped(step, self.steps, [2 / 3]))}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.loss)]

    def loss(self, batch: Batch) -> Terms:
        return {"l1": l1_loss(self.restore(batch["other"]), batch["image"])}


@register(size=16, width=4, blocks=1)
def edsr(
    *,
    size: int | tuple[int, int] = 96,
    channels: int = 3,
    scale: int = 2,
    degrade: str = "bicubic",
    width: int = 64,
    blocks: int = 16,
    share: float = 1.0,
    skip: bool = True,
    steps: int = 20_000,
) -> EDSR:
    """EDSR, Lim et al. 2017 (arXiv 1707.02921), section 3: enlarges pictures; L1, no batch norm.

    The settings are those of the paper's baseline; its largest net has width 256, 32 blocks and share 0.1. The rate of
    1e-4 is halved after two thirds of the run; small nets bear ten times as much (--g-lr 1e-3). We differ by `skip`,
    and the mean colour is not subtracted, as our range has 0 in its middle.

    size: side of the patches of full resolution, 48 x the scale in the paper; pictures of any size can be enlarged
    channels: 1 for grey, 3 for colour
    scale: how many times larger: 2, 3 or 4; or 1, to undo a degradation alone
    degrade: how patches become what they are to be made of: bicubic, or real, jpeg:20-60, noise:25, blur, haze
    width: channels of all layers
    blocks: residual blocks
    share: of what a block computes, that is added
    skip: G adds to the picture enlarged bicubically; the paper's does without, and learns far more slowly
    steps: of the run: after two thirds of them the learning rate is halved
    """
    image = patch(size, channels, scale, degrade)
    return EDSR(Net(channels, scale, width=width, blocks=blocks, share=share), image, scale, skip, steps)
