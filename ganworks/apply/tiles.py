"""Large pictures in tiles that overlap, blended without a seam, a strip at a time."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ganworks.data.decode import Pixels
from ganworks.data.write import from_bytes

Net = Callable[[Tensor], Tensor]  # (1, C, h, w) in [-1, 1] -> (1, D, scale h, scale w), on the CPU


def tiled(
    net: Net,
    pixels: Pixels,
    *,
    scale: int = 1,
    tile: int = 512,
    overlap: int = 64,
    multiple: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> Pixels:
    """The net's picture of a picture: (H, W, C) of 8 or 16 bits -> (scale H, scale W, D) of as many.

    tile: longest side that the net is given at once. overlap: of neighbours; in its middle half one passes into the
    other, its outer quarters, where a net misses what lies beyond the tile, do not count. A net that sees no further
    than a quarter of the overlap, and halves no deeper than `multiple`, at whose multiples tiles begin, makes of the
    tiles what it makes of the whole.
    """
    height, width = pixels.shape[:2]
    rows, columns = (cuts(side, tile, overlap, multiple) for side in (height, width))
    result: Pixels | None = None
    above, done = torch.empty(0), 0
    for top, bottom in rows:
        strip = torch.empty(0)
        for left, right in columns:
            part = net(tensor_of(pixels[top:bottom, left:right]))[0].float()
            if not len(strip):
                strip = part.new_empty(len(part), part.shape[1], width * scale)
            blend(strip, part, left * scale, overlap * scale * bool(left))
            done += 1
            progress(done / (len(rows) * len(columns)))
        shared = overlap * scale * bool(top)
        if shared:  # the strip lies on its side, so that rows blend as columns do
            down = torch.cat([above, strip[:, shared:]], 1).transpose(1, 2)
            blend(down, strip.transpose(1, 2), 0, shared)
            strip = down.transpose(1, 2)
        if result is None:
            result = np.empty((height * scale, width * scale, len(strip)), pixels.dtype)
        result[top * scale : bottom * scale] = integers(strip, result.dtype)
        above = strip[:, strip.shape[1] - overlap * scale :]
    assert result is not None
    return result


def cuts(side: int, tile: int, overlap: int, multiple: int) -> list[tuple[int, int]]:
    """Where tiles begin and end: about equal ones, each the `overlap` longer than the way to the next."""
    longest = (tile - overlap) // multiple * multiple
    assert longest >= overlap, f"tiles of {tile} do not fit an overlap of {overlap} and a grid of {multiple}"
    if side <= tile:
        return [(0, side)]
    num = -(-(side - overlap) // longest)
    step = -(-(side - overlap) // (num * multiple)) * multiple
    return [(begin, min(begin + step + overlap, side)) for begin in range(0, side - overlap, step)]


def blend(strip: Tensor, part: Tensor, at: int, shared: int) -> None:
    """Put the part into the strip, at a column of it; over the first columns that they share one becomes the other."""
    ramp = ((torch.arange(shared) + 0.5 - shared / 4) / max(shared / 2, 1)).clamp(0, 1)
    strip[..., at : at + shared].lerp_(part[..., :shared], ramp.expand_as(part[..., :shared]))
    strip[..., at + shared : at + part.shape[-1]] = part[..., shared:]


def tensor_of(pixels: Pixels) -> Tensor:
    """(h, w, C) of 8 or 16 bits -> (1, C, h, w) in [-1, 1]"""
    bits = 8 * pixels.itemsize
    return from_bytes(torch.from_numpy(pixels.astype(np.int32)), bits).permute(2, 0, 1)[None]


def integers(values: Tensor, dtype: np.dtype) -> Pixels:
    """(D, h, w) in [-1, 1] -> (h, w, D), rounded; beyond the range clamped, NaN black."""
    middle = np.iinfo(dtype).max / 2
    whole = values.nan_to_num(-1.0).mul(middle).add_(middle).round_().clamp_(0, 2 * middle)
    return whole.permute(1, 2, 0).to(torch.int32).numpy().astype(dtype)
