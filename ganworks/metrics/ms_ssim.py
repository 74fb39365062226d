"""Multi-scale structural similarity of pictures, and diversity by it."""

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ganworks.metrics.estimate import Estimate

WINDOW, SPREAD = 11, 1.5  # a Gaussian window's side and sigma, in pixels
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, finest first
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
AT_ONCE = 1 << 22  # numbers of pictures compared together: bounds the memory


def ms_ssim_diversity(pictures: Tensor, pairs: int = 1000, seed: int = 0) -> Estimate:
    """Mean MS-SSIM of random pairs of different pictures (N, C, H, W): near 1 is a collapse, low is diverse.

    Odena, Olah and Shlens 2017 (ACGAN, arXiv 1610.09585), section 4.2; there within one class at a time, with 100
    pairs. Compare with real pictures' own value, never with another size's or data set's. Pairs are drawn by `seed`;
    all pairs are taken if there aren't more. error: standard error of the mean over pairs (too small if `pairs` is
    many times N, as pairs then share pictures).
    """
    pictures = checked(pictures)
    num = len(pictures)
    if num < 2 or pairs < 1:
        raise ValueError(f"{num:,} pictures and {pairs:,} pairs: at least 2 and 1 are needed")
    if pairs >= num * (num - 1) // 2:
        i, j = torch.triu_indices(num, num, 1)
    else:
        random = torch.Generator().manual_seed(seed)
        i = torch.randint(num, (pairs,), generator=random)
        j = (i + 1 + torch.randint(num - 1, (pairs,), generator=random)) % num
    size = max(1, AT_ONCE // pictures[0].numel())
    found = [ms_ssim(pictures[a], pictures[b]) for a, b in zip(i.split(size), j.split(size), strict=True)]
    values = torch.cat(found).double()
    return Estimate(values.mean().item(), (values.std() / math.sqrt(len(values))).item() if len(values) > 1 else None)


def scales(side: int) -> int:
    """How many of the 5 scales a picture's shorter side allows: the window must fit into the coarsest."""
    if side < WINDOW:
        raise ValueError(f"pictures have a side of {side}: MS-SSIM needs at least {WINDOW}; enlarge them")
    return min(len(WEIGHTS), int(math.log2(side / WINDOW)) + 1)


def ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """MS-SSIM of each pair: (N, C, H, W) twice -> (N,), 1 for equal pictures, uint8 0..255 or floats -1..1.

    Wang, Simoncelli and Bovik 2003 (Multiscale structural similarity for image quality assessment), eq. 7: contrast and
    structure at each scale, luminance at the coarsest, channels apart and then averaged. Pictures whose shorter side is
    below 176 have fewer scales (88: 4, 44: 3, 22: 2, 11: 1), with the paper's weights of the finest ones rescaled to a
    sum of 1. Where structure is opposed on average a scale's factor would be negative: it counts as 0. Between scales
    2x2 means; an odd last row or column is left out. Windows lie inside the picture. Computes in float32, or in
    float64 if given.
    """
    if x.shape != y.shape:
        raise ValueError(f"pictures of shapes {tuple(x.shape)} and {tuple(y.shape)}: give pairs of one size")
    x, y = centred(checked(x)), centred(checked(y))
    levels = scales(min(x.shape[2:]))
    weights = torch.tensor(WEIGHTS[:levels], dtype=x.dtype) / sum(WEIGHTS[:levels])
    value = torch.ones(x.shape[:2], dtype=x.dtype)
    for level, weight in enumerate(weights):
        if level:
            x, y = avg_pool2d(x, 2), avg_pool2d(y, 2)
        luminance, structure = ssim_maps(x, y)
        factor = luminance * structure if level == levels - 1 else structure
        value = value * factor.mean((2, 3)).clamp(min=0) ** weight
    return value.mean(1)


def checked(pictures: Tensor) -> Tensor:
    if not isinstance(pictures, Tensor) or pictures.ndim != 4:
        raise ValueError(f"pictures have shape {tuple(pictures.shape)}, wanted is (N, C, H, W)")
    if pictures.dtype != torch.uint8:
        if not pictures.is_floating_point():
            raise ValueError(f"pictures have type {pictures.dtype}, wanted is uint8 0..255 or floats -1..1")
        if not (torch.isfinite(pictures).all() and pictures.abs().max() <= 1.001):
            raise ValueError("pictures as floats must be finite and lie in -1..1: rescale them")
    return pictures.detach().cpu()


def centred(pictures: Tensor) -> Tensor:
    """Values about 0 in units of 1/255 of the range: variances keep their digits."""
    if pictures.dtype == torch.uint8:
        return pictures.float() - 127.5
    return (pictures if pictures.dtype == torch.float64 else pictures.float()) * 127.5


def ssim_maps(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance, and contrast times structure, at each window: (N, C, H - 10, W - 10). x, y: centred."""
    left, right = (band(side, x.dtype) for side in x.shape[2:])
    mean_x, mean_y, xx, yy, xy = (left @ maps @ right.T for maps in (x, y, x * x, y * y, x * y))
    var_x, var_y, cov = xx - mean_x**2, yy - mean_y**2, xy - mean_x * mean_y
    mean_x, mean_y = mean_x + 127.5, mean_y + 127.5
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    return luminance, (2 * cov + C2) / (var_x + var_y + C2)


def band(side: int, dtype: torch.dtype) -> Tensor:
    """The Gaussian window at each place of a line as a matrix: (side - 10, side)."""
    offsets = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    window = (-0.5 * (offsets / SPREAD) ** 2).exp()
    matrix = torch.zeros(side - WINDOW + 1, side, dtype=torch.float64)
    for row in range(len(matrix)):
        matrix[row, row : row + WINDOW] = window / window.sum()
    return matrix.to(dtype)
