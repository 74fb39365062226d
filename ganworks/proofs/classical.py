"""What holes were filled, noise removed and haze cleared by before nets; pictures are (N, C, H, W) in [-1, 1]."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d, pad


def biharmonic(pictures: Tensor, masks: Tensor) -> Tensor:
    """Holes, where masks (N, 1, H, W) are 1, filled with the surface of least bending that continues what is around.

    The Laplacian of its Laplacian is 0, with mirrored borders; values stay within those outside of the hole.
    """
    num, channels, height, width = pictures.shape
    rows, columns = (steps_between(side) for side in (height, width))
    laplacian = torch.kron(rows, torch.eye(width).double()) + torch.kron(torch.eye(height).double(), columns)
    bending = laplacian @ laplacian
    filled = pictures.double().flatten(2).clone()
    for values, mask in zip(filled, masks.flatten(1) > 0, strict=True):
        known = values[:, ~mask]
        given = bending[mask][:, ~mask] @ known.T
        values[:, mask] = torch.linalg.solve(bending[mask][:, mask], -given).T.clamp(known.min(), known.max())
    return filled.view(num, channels, height, width).to(pictures.dtype)


def steps_between(side: int) -> Tensor:
    """The second difference along a line, mirrored at both ends: (side, side)."""
    steps = torch.eye(side).double().diff(dim=0)
    return -steps.T @ steps


def non_local_means(pictures: Tensor, sigma: float, strength: float, reach: int = 10, patch: int = 5) -> Tensor:
    """Each pixel as the mean of those up to `reach` away whose surroundings look alike.

    Buades, Coll and Morel 2011 (Non-Local Means Denoising, IPOL), pixelwise: with the weights
    exp(-max(d^2 - 2 sigma^2, 0) / h^2), where h = strength * sigma, and d^2 is the mean squared difference of patches
    in all channels. sigma: of 255 levels.
    """
    variance = (sigma / 127.5) ** 2
    height, width = pictures.shape[2:]
    around = pad(pictures, (reach,) * 4, mode="reflect")
    total, weights = torch.zeros_like(pictures), torch.zeros_like(pictures[:, :1])
    for down in range(2 * reach + 1):
        for right in range(2 * reach + 1):
            other = around[:, :, down : down + height, right : right + width]
            apart = (other - pictures).square().mean(1, keepdim=True)
            apart = avg_pool2d(apart, patch, 1, patch // 2, count_include_pad=False)
            weight = (-(apart - 2 * variance).clamp_min(0) / (strength**2 * variance)).exp()
            total, weights = total + weight * other, weights + weight
    return total / weights


def total_variation(pictures: Tensor, weight: float, steps: int = 100) -> Tensor:
    """The picture u with the least |grad u| + |u - picture|^2 / (2 weight).

    Rudin, Osher and Fatemi 1992, by Chambolle 2004 (An algorithm for total variation minimization), eq. 9.
    """
    down, right = torch.zeros_like(pictures), torch.zeros_like(pictures)
    made = pictures
    for _ in range(steps):
        slope_down = pad(made.diff(dim=2), (0, 0, 0, 1)) / weight
        slope_right = pad(made.diff(dim=3), (0, 1)) / weight
        length = 1 + 0.25 * torch.hypot(slope_down, slope_right)
        down, right = (down + 0.25 * slope_down) / length, (right + 0.25 * slope_right) / length
        made = pictures + weight * (pad(down, (0, 0, 1, 0)).diff(dim=2) + pad(right, (1, 0)).diff(dim=3))
    return made


def dark_channel(hazy: Tensor, patch: int = 15, keep: float = 0.95, reach: int = 20) -> Tensor:
    """Haze taken away: where a clear picture would have something dark nearby, what is bright there is air.

    He, Sun and Tang 2009 (Single Image Haze Removal Using Dark Channel Prior), eq. 12 and 16 and section 4.4, with the
    guided filter of their 2010 paper in place of soft matting. patch: side of what is nearby. keep: their omega.
    """
    pictures = (hazy + 1) / 2
    dark = darkest(pictures, patch).flatten(1)
    brightest = dark.topk(max(1, dark.shape[1] // 1000)).indices
    brightest = brightest[:, None].expand(-1, pictures.shape[1], -1)
    airlight = pictures.flatten(2).gather(2, brightest).mean(2)[:, :, None, None].clamp_min(0.05)
    transmission = 1 - keep * darkest(pictures / airlight, patch)
    transmission = guided(transmission, pictures.mean(1, keepdim=True), reach).clamp(0.1, 1)
    return (2 * ((pictures - airlight) / transmission + airlight) - 1).clamp(-1, 1)


def darkest(pictures: Tensor, patch: int) -> Tensor:
    """The least value of any channel around each place: (N, 1, H, W)"""
    return -max_pool2d(-pictures.amin(1, keepdim=True), patch, 1, patch // 2)


def guided(x: Tensor, guide: Tensor, reach: int, least: float = 1e-3) -> Tensor:
    """x smoothed, but for the edges of the guide. He, Sun and Tang 2010 (Guided Image Filtering), algorithm 1."""
    mean: Callable[[Tensor], Tensor] = lambda each: avg_pool2d(  # noqa: E731
        each, 2 * reach + 1, 1, reach, count_include_pad=False
    )
    slope = (mean(guide * x) - mean(guide) * mean(x)) / (mean(guide.square()) - mean(guide).square() + least)
    return mean(slope) * guide + mean(mean(x) - slope * mean(guide))
