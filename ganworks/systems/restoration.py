"""The family of systems that make pictures better: larger, or freed of what has befallen them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ganworks.core import Batch
from ganworks.data.degrade import Degrade
from ganworks.data.plan import LUMA
from ganworks.layers.bicubic import enlarged
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation

SCALES = (1, 2, 3, 4)


class Restoration(Translation):
    """Makes "image" (N, C, scale H, scale W) of the degraded "other" (N, C, H, W), learnt from patches.

    skip: G gives what is to be added to the picture enlarged bicubically, and begins with nothing.
    """

    restores = True
    paired = True

    def __init__(self, G: nn.Module, image: Image, scale: int, skip: bool = False):
        super().__init__(image, Image(image.channels, image.height // scale, image.width // scale))
        self.G, self.scale, self.skip = G, scale, skip
        self.multiple = getattr(G, "multiple", 1)
        if skip:
            for value in G.get_submodule("last").parameters():
                nn.init.zeros_(value)

    def make(self, inputs: Batch) -> Tensor:
        return self.restore(inputs["other"]).clamp(-1, 1)

    def restore(self, other: Tensor) -> Tensor:
        """What is made of degraded pictures; values may leave [-1, 1], so that a loss has a gradient there."""
        made = self.G(other).float()
        return made + enlarged(other, self.scale) if self.skip else made

    def blend(self, share: float) -> None:
        """Replace the weights by some between those of the first stage, at 0, and those at the end, at 1."""
        raise ValueError(f"{type(self).__name__} has not learnt in two stages that can be blended; leave out --blend")


def patch(size: int | tuple[int, int], channels: int, scale: int, degrade: str, least: int = 8) -> Image:
    """What the patches are. ValueError for sides, channels, a scale or a degradation that cannot be."""
    Degrade.parse(degrade)
    height, breadth = sides(size, least)
    if scale not in SCALES:
        raise ValueError(f"scale is {scale}; possible: {', '.join(map(str, SCALES))}")
    if height % scale or breadth % scale:
        raise ValueError(f"size is {height}x{breadth}; both sides must be multiples of the scale {scale}")
    if channels not in (1, 3):
        raise ValueError(f"channels is {channels}; possible: 1 or 3 (apply and upscale enlarge transparency besides)")
    return Image(channels, height, breadth)


def luma(x: Tensor) -> Tensor:
    """Brightness, ITU-R 601: (N, 1 or 3, H, W) -> (N, 1, H, W), of the same range.

    What is added to it may be added to red, green and blue alike: the other two of Y, Cb and Cr stay as they are.
    """
    return x if x.shape[1] == 1 else (x * x.new_tensor(LUMA).view(3, 1, 1)).sum(1, keepdim=True)


def stepped(step: int, steps: int, ends: Sequence[float], factor: float = 0.5) -> float:
    """A factor on a learning rate: multiplied by `factor` at each of `ends`, shares of all steps, that is reached."""
    return factor ** sum(step >= end * steps for end in ends)


def flat(net: nn.Module) -> Tensor:
    """All parameters of a net in a row (P,), a copy."""
    return torch.cat([param.detach().flatten() for param in net.parameters()])


@torch.no_grad()
def set_flat(net: nn.Module, values: Tensor) -> None:
    """The inverse of `flat`."""
    params = list(net.parameters())
    for param, part in zip(params, values.split([param.numel() for param in params]), strict=True):
        param.copy_(part.view(param.shape))
