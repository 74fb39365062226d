"""Blur kernels (k, k), k odd, that sum to 1: as lenses, hands and encoders make them; and filtering by them."""

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Kernel = npt.NDArray[np.float64]
Range = tuple[float, float]

# Real-ESRGAN's, and how often: whether it is a plateau, the range of its beta, and whether its two axes differ.
KINDS = (
    (0.45, False, (1.0, 1.0), False),
    (0.25, False, (1.0, 1.0), True),
    (0.12, False, (0.5, 4.0), False),
    (0.03, False, (0.5, 4.0), True),
    (0.12, True, (1.0, 2.0), False),
    (0.03, True, (1.0, 2.0), True),
)


def bell(
    size: int, sigmas: tuple[float, float], angle: float = 0.0, beta: float = 1.0, is_plateau: bool = False
) -> Kernel:
    """exp(-q^beta / 2), a Gaussian for beta 1; or 1 / (1 + q^beta), a plateau. q: the squared distance over sigma's.

    sigmas: in pixels, along the two axes of an ellipse turned by `angle`.
    """
    x, y = grid(size)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    powers = ((along / sigmas[0]) ** 2 + (across / sigmas[1]) ** 2) ** beta
    kernel = 1 / (1 + powers) if is_plateau else np.exp(-powers / 2)
    return kernel / kernel.sum()


def sinc(size: int, cutoff: float) -> Kernel:
    """The low-pass filter that rings: nothing beyond `cutoff` radians a pixel, in any direction, but for its being cut.

    cutoff * J1(cutoff * r) / (2 pi r), r the distance from the middle.
    """
    distance = np.hypot(*grid(size))
    middle = distance == 0
    distance[middle] = 1.0
    bessel = torch.special.bessel_j1(torch.from_numpy(cutoff * distance)).numpy()
    kernel = cutoff * bessel / (2 * math.pi * distance)
    kernel[middle] = cutoff**2 / (4 * math.pi)
    return kernel / kernel.sum()


def grid(size: int) -> tuple[Kernel, Kernel]:
    """x and y of each place, from the middle."""
    assert size % 2, f"a kernel of {size} has no middle"
    at = np.arange(size) - (size - 1) / 2
    x, y = np.meshgrid(at, at)
    return x, y


def draw_kernel(rng: np.random.Generator, sigma: Range) -> Kernel:
    """One of Real-ESRGAN's: 7 to 21 pixels; a sinc in one of ten cases, otherwise of one of six kinds."""
    size = 2 * int(rng.integers(3, 11)) + 1
    if rng.random() < 0.1:
        return sinc(size, rng.uniform(math.pi / (3 if size < 13 else 5), math.pi))
    _, is_plateau, (low, high), is_stretched = KINDS[rng.choice(len(KINDS), p=[share for share, *_ in KINDS])]
    first, second = rng.uniform(*sigma, 2)
    beta = rng.uniform(low, 1) if rng.random() < 0.5 else rng.uniform(1, high)
    sigmas = (first, second if is_stretched else first)
    return bell(size, sigmas, rng.uniform(-math.pi, math.pi), beta, is_plateau)


def draw_motion(rng: np.random.Generator, length: float, num: int = 64) -> Kernel:
    """The path of a shaken camera, `length` pixels long: it keeps its direction for a while, and turns by chance."""
    turns = rng.normal(0, 1.5 / math.sqrt(num), num).cumsum() * rng.choice([0.0, 1.0, 2.0])
    angles = rng.uniform(-math.pi, math.pi) + turns
    path = np.stack([np.sin(angles), np.cos(angles)]).cumsum(1) * (length / num)
    path -= path.mean(1, keepdims=True)
    reach = math.ceil(np.abs(path).max()) + 1
    low = np.floor(path).astype(int)
    part = path - low
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    for down in (0, 1):  # each point is shared by the four pixels around it
        for right in (0, 1):
            share = np.abs(1 - down - part[0]) * np.abs(1 - right - part[1])
            np.add.at(kernel, (reach + low[0] + down, reach + low[1] + right), share)
    return kernel / kernel.sum()


def filtered(image: Tensor, kernel: Kernel) -> Tensor:
    """(C, H, W) -> the same, beyond the edges mirrored; by Fourier transforms, as fast for large kernels as small."""
    reach, (height, width) = len(kernel) // 2, image.shape[-2:]
    padded = image.index_select(1, mirrored(height, reach)).index_select(2, mirrored(width, reach))
    size = [-(-(side + 2 * reach) // 16) * 16 for side in (height, width)]  # products of small primes, mostly
    response = torch.fft.rfft2(torch.from_numpy(kernel).to(image.dtype), size)
    result = torch.fft.irfft2(torch.fft.rfft2(padded, size) * response, size)
    return result[:, 2 * reach : 2 * reach + height, 2 * reach : 2 * reach + width]


def mirrored(num: int, reach: int) -> Tensor:
    """Places from -reach to num + reach, those outside mirrored at the ends, as often as need be."""
    at = torch.arange(-reach, num + reach)
    if num == 1:
        return torch.zeros_like(at)
    at = at.remainder(2 * num - 2)
    return torch.minimum(at, 2 * num - 2 - at)
