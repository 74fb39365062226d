"""Second domains that are made of pictures themselves: what belongs to a picture is then known."""

from collections.abc import Callable

import numpy as np

from ganworks.data.decode import Pixels


def edges(pixels: Pixels) -> Pixels:
    """The 3x3 maximum around each pixel, minus the pixel; (..., H, W, C) of integers, transparency stays as it is.

    The edges of Liu & Tuzel 2016 (arXiv 1606.07536), as in the authors' code.
    """
    colour, alpha = apart(pixels)
    largest = colour
    for axis in (-3, -2):
        ends = [(1, 1) if at == colour.ndim + axis else (0, 0) for at in range(colour.ndim)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(largest, ends, mode="edge"), 3, axis=axis)
        largest = windows.max(axis=-1)
    return np.concatenate([largest - colour, alpha], axis=-1)


def negative(pixels: Pixels) -> Pixels:
    """Dark where it is bright; (..., H, W, C) of integers, transparency stays as it is."""
    colour, alpha = apart(pixels)
    return np.concatenate([np.iinfo(pixels.dtype).max - colour, alpha], axis=-1)


def apart(pixels: Pixels) -> tuple[Pixels, Pixels]:
    """The channels of colour, and the others."""
    num = 1 if pixels.shape[-1] <= 2 else 3
    return pixels[..., :num], pixels[..., num:]


DERIVED: dict[str, Callable[[Pixels], Pixels]] = {"edges": edges, "negative": negative}
