"""VDSR: a deep chain of convolutions finds what an enlarged picture lacks."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.bicubic import enlarged
from ganworks.nets.vdsr import VDSR as Net
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.restoration import Restoration, luma, patch, stepped


class VDSR(Restoration):
    """G finds the residual of the brightness of a picture enlarged bicubically; colours stay as they are.

    G: (N, 1, H, W) -> (N, 1, H, W).
    """

    def __init__(self, G: Net, image: Image, scale: int, *, skip: bool, theta: float, steps: int):
        super().__init__(G, image, scale, skip)
        self.theta, self.steps = theta, steps

    def players(self) -> dict[str, Player]:
        def schedule(step: int) -> float:
            return stepped(step, self.steps, [1 / 4, 1 / 2, 3 / 4], 0.1)

        return {"G": Player(self.G, lambda params: Clipped(params, self.theta), schedule=schedule)}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.loss)]

    def restore(self, other: Tensor) -> Tensor:
        start = enlarged(other, self.scale)
        bright = luma(start)
        made = self.G(bright).float()
        return start + (made if self.skip else made - bright)

    def loss(self, batch: Batch) -> Terms:
        """Half of the squared distance of a patch, eq. 1 there, of brightness from 0 to 1."""
        errors = luma(self.restore(batch["other"]) - batch["image"]) / 2
        return {"squares": errors.square().sum() / (2 * len(errors))}


class Clipped(SGD):
    """SGD with momentum 0.9 and weight decay 1e-4, whose gradient is at most `theta` / learning rate long."""

    def __init__(self, params: Any, theta: float, lr: float = 0.1):
        super().__init__(params, lr=lr, momentum=0.9, weight_decay=1e-4)
        self.theta = theta

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        for group in self.param_groups:
            if group["lr"]:
                nn.utils.clip_grad_norm_(group["params"], self.theta / group["lr"])
        with torch.no_grad():
            return super().step(closure)


@register(size=16, width=4, layers=3)
def vdsr(
    *,
    size: int | tuple[int, int] = 48,
    channels: int = 3,
    scale: int = 2,
    degrade: str = "bicubic",
    width: int = 64,
    layers: int = 20,
    skip: bool = True,
    theta: float = 0.02,
    steps: int = 20_000,
) -> VDSR:
    """VDSR, Kim et al. 2015 (arXiv 1511.04587), sections 3 and 4: enlarges pictures; residual learning, a high rate.

    The rate of 0.1 falls to a tenth after each quarter of the run, and gradients may be longer the lower it is: clipped
    by norm at theta / rate, as in the one public code; the paper clips each value, and gives no number. That code has
    0.4, at which small nets die within a minute. We differ: one scale a net, and the last layer begins at zero, so that
    the first picture is the bicubic one.

    size: side of the patches of full resolution, the paper's 41; pictures of any size can be enlarged
    channels: 1 for grey, 3 for colour, of which the brightness is learnt
    scale: how many times larger: 2, 3 or 4; or 1, to undo a degradation alone
    degrade: how patches become what they are to be made of: bicubic, or real, jpeg:20-60, noise:25, blur, haze
    width: channels of all layers
    layers: convolutions
    skip: G learns the residual, as in the paper; without, the whole brightness
    theta: longest step that a gradient makes; 0.4 for the paper's net
    steps: of the run: after each quarter of them the learning rate falls to a tenth; --minutes alone does not do that
    """
    if layers < 2 or theta <= 0:
        raise ValueError(f"layers is {layers} and theta {theta:g}; possible: 2 or more, and above 0")
    image = patch(size, channels, scale, degrade)
    return VDSR(Net(width=width, layers=layers), image, scale, skip=skip, theta=theta, steps=steps)
