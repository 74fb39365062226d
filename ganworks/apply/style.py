"""Neural style: a photograph painted as another picture is, by changing its pixels until a network sees both in it."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
import torch
from torch import Tensor

from ganworks.apply.files import TO_RGB, apart
from ganworks.apply.tiles import integers, tensor_of
from ganworks.data.decode import Pixels
from ganworks.data.plan import with_channels
from ganworks.engine.precision import autocast, choose_precision
from ganworks.losses.perceptual import gram, total_variation
from ganworks.losses.style import content_share, style_share

Names = Sequence[str]  # of layers
Eyes = Callable[[Tensor, Names], list[Tensor]]  # pictures -> maps, as nets.vgg
CONTENT = ("relu4_2",)
STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
STRENGTH, SMOOTH = 3.0, 0.1  # weights of style, and of steps from pixel to pixel, beside content
MEMORY = 20  # steps that L-BFGS remembers


class Enough(Exception):
    """All looks are taken; L-BFGS itself ends only after a step."""


class Aim:
    """The content of a photograph (1, 3, H, W), and the style of a painting (1, 3, h, w), as a network sees them."""

    def __init__(self, eyes: Eyes, photo: Tensor, painting: Tensor, content: Names = CONTENT, style: Names = STYLE):
        self.eyes, self.taps, self.num_content = eyes, [*content, *style], len(content)
        with torch.no_grad():
            self.content = eyes(photo, content)
            self.grams = [gram(maps) for maps in eyes(painting, style)]

    def __call__(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """How far a picture is from both, as shares of what is there: 0 if it agrees."""
        maps = self.eyes(picture, self.taps)
        content, style = maps[: self.num_content], maps[self.num_content :]
        return content_share(content, self.content), style_share(style, self.grams)


def search(
    aim: Aim,
    start: Tensor,
    *,
    strength: float = STRENGTH,
    smooth: float = SMOOTH,
    steps: int = 300,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[Tensor, int]:
    """The best picture on the way from `start`, by L-BFGS, and after how many looks of the network it ended.

    Gatys et al. 2015 (arXiv 1508.06576), eq. 7: content + strength x style; and smooth x total variation. An interrupt
    ends it early. We differ in the shares, see `losses.style`, and in that VGG takes maxima, as it was trained, where
    the paper prefers means.
    """
    picture = start.clone(memory_format=torch.contiguous_format).requires_grad_()
    best, least, done = picture.detach().clone(), float("inf"), 0
    lbfgs = torch.optim.LBFGS(
        [picture],
        max_iter=steps,
        max_eval=2 * steps,
        history_size=MEMORY,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )
    precision = choose_precision("auto", start.device)

    def look() -> float:
        nonlocal least, done
        if done == steps:
            raise Enough
        with autocast(precision, start.device):
            content, style = aim(picture)
        loss = content + strength * style + smooth * total_variation(picture)
        (picture.grad,) = torch.autograd.grad(loss, [picture])
        value, done = loss.item(), done + 1
        if value < least:
            least = value
            best.copy_(picture.detach())
        progress(done)
        return value

    with suppress(KeyboardInterrupt, Enough):
        lbfgs.step(look)
    return best.clamp(-1, 1), done


def seen(pixels: Pixels) -> Tensor:
    """A picture of any kind as the network is given it: (1, 3, H, W) in [-1, 1]."""
    return tensor_of(with_channels(pixels, 3))


def finished(picture: Tensor, photo: Pixels, keep_colours: bool) -> Pixels:
    """The result (1, 3, H, W), with the photograph's transparency if it has any, and its colours if they are to stay.

    Gatys et al. 2016 (arXiv 1606.05897), section 4.2: then only the brightness is the painter's.
    """
    made = integers(picture[0].float().cpu(), photo.dtype)
    _, alpha = apart(photo)
    if keep_colours:
        top = np.iinfo(photo.dtype).max
        back = np.linalg.inv(TO_RGB).T.astype(np.float32)
        bright, colours = (pixels.astype(np.float32) @ back for pixels in (made, with_channels(photo, 3)))
        both = np.concatenate([bright[:, :, :1], colours[:, :, 1:]], 2) @ TO_RGB.T
        made = both.round().clip(0, top).astype(photo.dtype)
    return made if alpha is None else np.concatenate([made, alpha], 2)
