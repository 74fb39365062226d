"""Holes in whole pictures, filled by a system that completes: any kind of picture, nothing else of it is touched."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ganworks.apply.files import apart
from ganworks.apply.tiles import integers, tensor_of, tiled
from ganworks.data.decode import Broken, Pixels, decode
from ganworks.data.plan import resize, with_channels

Hole = npt.NDArray[np.bool_]  # (H, W)
Fill = Callable[[Tensor, Tensor], Tensor]  # picture (1, C, h, w) in [-1, 1], mask (1, 1, h, w) -> the picture, filled
TILE, OVERLAP = 768, 256  # a hole as large as those that it learns from lies within one tile
PRECISE, MOST_STEPS = 1e-5, 5_000  # of the first error, and steps: where the blending ends


def read(path: Path) -> Pixels:
    """The picture in a file. ValueError with its name if there is none."""
    try:
        return decode(path.read_bytes())
    except Broken as error:
        raise ValueError(f"{path}: {error}") from error


def hole_in(path: Path, picture: Path, size: tuple[int, ...]) -> Hole:
    """Where a mask is white. ValueError unless it is as large as the picture, and has both black and white."""
    colour, alpha = apart(read(path))
    hole = np.array(with_channels(colour, 1)[:, :, 0] > np.iinfo(colour.dtype).max // 2)
    if alpha is not None:
        hole &= alpha[:, :, 0] > 0
    if hole.shape != size:
        shapes = ["{}x{}".format(*shape) for shape in (hole.shape, size)]
        raise ValueError(f"{path} is {shapes[0]}, and {picture} {shapes[1]} (height x width); a mask is as large")
    if not hole.any():
        raise ValueError(f"{path} has no white in it; paint the hole white, and all that stays black")
    if hole.all():
        raise ValueError(f"{path} is white all over; paint black what stays, of which the rest is made")
    return hole


def completed(
    pixels: Pixels,
    hole: Hole,
    fill: Fill,
    channels: int,
    progress: Callable[[float], None] = lambda share: None,
    *,
    times: float = 1,
    blend: bool = False,
) -> Pixels:
    """(H, W, C) of 8 or 16 bits -> the same, but for the hole, which is opaque.

    channels: of pictures for `fill`. times: how many times smaller `fill` sees it, if the hole is too large for it.
    blend: whether colours are changed so that the border of the hole cannot be seen.
    """
    colour, alpha = apart(pixels)
    num, top = colour.shape[2], np.iinfo(pixels.dtype).max
    if channels == 1 and num == 3:
        raise ValueError("the run is of grey pictures, and this one has colours; make it grey, or train on colour ones")
    seen, inside = with_channels(pixels if channels == 4 else colour, channels), hole
    if times > 1:
        seen, inside = smaller(seen, hole, times)

    def net(x: Tensor) -> Tensor:
        picture, mask = x[:, :-1], (x[:, -1:] > 0).float()
        return fill(picture, mask) if mask.any() else picture

    both = np.concatenate([seen, (inside[:, :, None] * np.array(top)).astype(pixels.dtype)], 2)
    made = tiled(net, both, tile=TILE, overlap=OVERLAP, multiple=4, progress=progress)
    if blend:
        made = blended(made, seen, inside)
    made = resize(made, pixels.shape[:2], "stretch")
    result = pixels.copy()
    drawn = made if alpha is None else apart(made)[0]
    result[:, :, :num][hole] = with_channels(drawn, num)[hole]
    if alpha is not None:
        result[:, :, -1][hole] = made[:, :, -1][hole] if channels == 4 else top
    return result


def largest_square(hole: Hole) -> int:
    """The side of the largest square that lies in the hole: how far what is known is from its middle, twice."""
    sums = np.pad(hole, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    low, high = 0, min(hole.shape)
    while low < high:
        side = (low + high + 1) // 2
        inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
        low, high = (side, high) if inside.max() == side**2 else (low, side - 1)
    return low


def smaller(pixels: Pixels, hole: Hole, times: float) -> tuple[Pixels, Hole]:
    """So many times smaller, with the colours of what is known alone; a hole where more than half is unknown."""
    size = [max(1, round(side / times)) for side in hole.shape]
    shrink = partial(interpolate, size=size, mode="bilinear", antialias=True)
    known = torch.from_numpy(~hole)[None, None].float()
    share = shrink(known)
    colours = shrink(tensor_of(pixels) * known) / share.clamp_min(1e-6)
    return integers(colours[0], pixels.dtype), (share[0, 0] < 0.5).numpy()


def blended(made: Pixels, pixels: Pixels, hole: Hole) -> Pixels:
    """What is in the hole with the steps that it has inside, but none at its border, as far as both can be had.

    Poisson blending, Pérez et al. 2003 (Poisson Image Editing), eq. 7, where the guiding steps across the border are 0;
    solved by conjugate gradients. made: the filled picture, (H, W, C) as `pixels`.
    """
    num = 3 if pixels.shape[2] > 2 else 1  # transparency stays
    rows, columns = np.nonzero(hole)
    index = np.full((hole.shape[0] + 2, hole.shape[1] + 2), -1)
    index[rows + 1, columns + 1] = np.arange(len(rows))
    around = np.pad(pixels[:, :, :num], ((1, 1), (1, 1), (0, 0))).astype(np.float32)
    there = np.pad(np.ones_like(hole), 1)
    inside = made[hole][:, :num].astype(np.float64)
    wanted, count, neighbours = np.zeros_like(inside), np.zeros((len(rows), 1)), []
    for down, right in ((0, 1), (2, 1), (1, 0), (1, 2)):
        neighbours.append(index[rows + down, columns + right])
        known = (there[rows + down, columns + right] & (neighbours[-1] < 0))[:, None]
        wanted += known * (around[rows + down, columns + right] - inside)
        count += known | (neighbours[-1] >= 0)[:, None]

    def steps(change: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        padded = np.concatenate([change, np.zeros((1, change.shape[1]))])  # -1, outside, is its last row
        return count * change - sum(padded[each] for each in neighbours)

    values = (inside + solved(steps, wanted)).round().clip(0, np.iinfo(pixels.dtype).max)
    result = made.copy()
    result[:, :, :num][hole] = values.astype(pixels.dtype)
    return result


def solved(
    matrix: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]], wanted: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """x with matrix(x) = wanted, each column on its own; a symmetric positive definite matrix."""
    x, rest = np.zeros_like(wanted), wanted
    way, left = rest, (rest**2).sum(0)
    enough = PRECISE**2 * left.max()
    for _ in range(MOST_STEPS):
        if left.max() <= enough:
            break
        turned = matrix(way)
        far = left / np.maximum((way * turned).sum(0), 1e-30)
        x, rest = x + far * way, rest - far * turned
        before, left = left, (rest**2).sum(0)
        way = rest + left / np.maximum(before, 1e-30) * way
    return x
