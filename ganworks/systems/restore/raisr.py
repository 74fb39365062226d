"""RAISR: pictures enlarged by a bank of filters learnt by least squares; no network."""

import torch
from torch import Tensor
from torch.nn.functional import mse_loss
from torch.optim import SGD

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.bicubic import enlarged
from ganworks.nets.filter_bank import FilterBank
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.restoration import Restoration, luma, patch

EVERY = 64  # steps from one solution to the next, after the first few


class RAISR(Restoration):
    """G, a bank of filters, adds to the brightness of an enlarged picture what it lacks.

    G's parameters are the sums of the normal equations, and what a batch adds to them is handed to the engine as their
    gradient: so parts of a batch and ranks add up as they always do. The filters follow from the sums in `after`.
    """

    G: FilterBank
    updates: Tensor

    def __init__(self, G: FilterBank, image: Image, scale: int):
        super().__init__(G, image, scale)
        self.register_buffer("updates", torch.tensor(0))

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.G, lambda params: SGD(params, lr=1.0, maximize=True))}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.loss)]

    def restore(self, other: Tensor) -> Tensor:
        start = enlarged(other, self.scale)
        return start + self.add(luma(start))

    def add(self, bright: Tensor) -> Tensor:
        with torch.autocast(bright.device.type, enabled=False):
            return self.G(bright)

    def loss(self, batch: Batch) -> Terms:
        """The squared distance that the filters leave; its gradient is not that, but the batch's normal equations."""
        start = luma(enlarged(batch["other"], self.scale))
        missing = luma(batch["image"]) - start
        with torch.autocast(start.device.type, enabled=False):
            carrier = (self.G.sums * self.G.equations(start, missing)).sum()
        return {"squares": mse_loss(self.add(start), missing) + carrier - carrier.detach()}

    def after(self, turn: Turn) -> None:
        self.updates += 1
        num = int(self.updates)
        if num % EVERY == 0 or num & (num - 1) == 0:
            self.G.solve()


@register(size=16, filter=5, angles=4)
def raisr(
    *,
    size: int | tuple[int, int] = 48,
    channels: int = 3,
    scale: int = 2,
    degrade: str = "bicubic",
    filter: int = 11,
    angles: int = 24,
    levels: int = 3,
) -> RAISR:
    """RAISR, Romano et al. 2016 (arXiv 1606.01299), section III: enlarges pictures by filters, quickly.

    A filter for each angle, strength and coherence of the edges at a place, and for each pixel that one becomes; all
    by least squares, exactly. Learnt on brightness. We differ: what is filtered is enlarged bicubically, not linearly;
    filters are drawn towards that where places are few; targets are not sharpened, so blending by the census transform,
    which takes back what sharpening spoils, is left out. A minute is enough; more only adds patches.

    size: side of the patches of full resolution; pictures of any size can be enlarged
    channels: 1 for grey, 3 for colour
    scale: how many times larger: 2, 3 or 4; or 1, to undo a degradation alone
    degrade: how patches become what they are to be made of: bicubic, or real, jpeg:20-60, noise:25, blur, haze
    filter: side of the filters, odd
    angles: how many directions of edges
    levels: of strength, and of coherence: 3, or 1 to tell neither apart
    """
    if filter < 3 or filter % 2 == 0 or angles < 1 or levels not in (1, 3):
        raise ValueError(
            f"filter is {filter}, angles {angles}, levels {levels}; possible: an odd number from 3, 1 or more, 1 or 3"
        )
    return RAISR(
        FilterBank(scale, side=filter, angles=angles, levels=levels), patch(size, channels, scale, degrade), scale
    )
