"""Degradation as pictures from the net have it: blurred, resized, noisy and compressed, more than once."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganworks.data.decode import Pixels
from ganworks.data.kernels import Range, draw_kernel, filtered, sinc
from ganworks.data.lossy import compressed, resized, to_image, to_pixels
from ganworks.data.plan import LUMA

Rng = np.random.Generator
Floats = npt.NDArray[np.float32]
MODES = ("area", "bilinear", "bicubic")


@dataclass(frozen=True)
class Stage:
    """Ranges and probabilities of one of the two rounds of Real-ESRGAN's degradation."""

    blurred: float  # probability
    sigma: Range  # of the blur, pixels
    larger: float  # probabilities; the size stays in the other cases
    smaller: float
    zoom: Range
    noise: Range  # Gaussian, standard deviation of 255
    shot: Range  # times Poisson noise
    quality: Range = (30, 95)


FIRST = Stage(1.0, (0.2, 3.0), 0.2, 0.7, (0.15, 1.5), (1, 30), (0.05, 3.0))
SECOND = Stage(0.8, (0.2, 1.5), 0.3, 0.4, (0.3, 1.2), (1, 25), (0.05, 2.5))


def real(pixels: Pixels, scale: int, rng: Rng) -> Pixels:
    """(H, W, C) uint8 -> (H / scale, W / scale, C): blur, resizing, noise and JPEG, twice, and ringing.

    Wang et al. 2021 (Real-ESRGAN, arXiv 2107.10833), section 3 and figure 2, with the ranges of the authors' x4 model.
    We differ: JPEG is a real encoder's, and the picture is not sharpened first.
    """
    size = (pixels.shape[0] // scale, pixels.shape[1] // scale)
    image = round_of(FIRST, to_image(pixels), pixels.shape[:2], rng)
    image = to_image(compressed(to_pixels(image), round(rng.uniform(*FIRST.quality))))
    image = round_of(SECOND, image, size, rng)
    quality, mode = round(rng.uniform(*SECOND.quality)), MODES[rng.integers(3)]
    ringing = None
    if rng.random() < 0.8:
        ringing = sinc(2 * int(rng.integers(3, 11)) + 1, rng.uniform(math.pi / 3, math.pi))
    last = rng.random() < 0.5
    if not last:
        image = to_image(compressed(to_pixels(image), quality))
    image = resized(image, size, mode)
    result = to_pixels(image if ringing is None else filtered(image, ringing))
    return compressed(result, quality) if last else result


def round_of(stage: Stage, image: Tensor, size: tuple[int, ...], rng: Rng) -> Tensor:
    """Blur, size and noise; (C, H, W) from 0 to 255. size: what the drawn zoom is relative to."""
    if rng.random() < stage.blurred:
        image = filtered(image, draw_kernel(rng, stage.sigma))
    what, mode = rng.random(), MODES[rng.integers(3)]
    zoom = 1.0
    if what < stage.larger:
        zoom = rng.uniform(1, stage.zoom[1])
    elif what < stage.larger + stage.smaller:
        zoom = rng.uniform(stage.zoom[0], 1)
    image = resized(image, tuple(max(1, int(side * zoom)) for side in size), mode).clamp(0, 255)
    grain = gaussian if rng.random() < 0.5 else poisson
    return (image + torch.from_numpy(grain(image.numpy(), stage, rng.random() < 0.4, rng))).clamp(0, 255)


def gaussian(image: Floats, stage: Stage, grey: bool, rng: Rng) -> Floats:
    shape = (1, *image.shape[1:]) if grey else image.shape
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(rng.uniform(*stage.noise))


def poisson(image: Floats, stage: Stage, grey: bool, rng: Rng) -> Floats:
    """As if as many photons were counted as there are values in the picture, up to a power of 2."""
    if grey and len(image) == 3:
        image = np.tensordot(LUMA, image, 1)[None]
    levels = image.round()
    num = 2 ** math.ceil(math.log2(np.count_nonzero(np.bincount(levels.astype(np.uint8).ravel()))))
    counted = rng.poisson(levels * (num / 255)).astype(np.float32) * np.float32(255 / num)
    return (counted - levels) * np.float32(rng.uniform(*stage.shot))
