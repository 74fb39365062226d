"""How pictures become (height, width, channels): the size chosen, antialiased resizing, channels, bits."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ganworks.data.decode import Pixels

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
LARGEST_SIDE = 8192
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as in JPEG


@dataclass(frozen=True)
class Plan:
    """What every picture is turned into.

    fit: "crop" cuts the centre to the wanted shape, "stretch" changes the shape; both then resize.
    """

    height: int
    width: int
    channels: int
    deep: bool = False
    fit: str = "crop"

    @property
    def size(self) -> tuple[int, int]:
        return (self.height, self.width)

    @property
    def near(self) -> int:
        """Both sides of a JPEG may be decoded down to this; the rest is left to the better filter of `resize`."""
        return 2 * max(self.size)

    @property
    def num_bytes(self) -> int:
        return self.height * self.width * self.channels * (2 if self.deep else 1)

    def apply(self, pixels: Pixels) -> Pixels:
        """(h, w, c) -> (height, width, channels), 16-bit if `deep`."""
        pixels = with_channels(resize(pixels, self.size, self.fit), self.channels)
        if self.deep and pixels.dtype == np.uint8:
            pixels = pixels.astype(np.uint16) * np.uint16(257)  # 255 becomes 65535
        return pixels

    def with_channels(self, channels: int) -> "Plan":
        return replace(self, channels=channels)

    def describe(self, shapes: Counter[tuple[int, int]]) -> str:
        """One line: what happens to pictures of these shapes (height, width)."""
        wanted = f"{self.height}x{self.width}"
        if set(shapes) == {self.size}:
            return f"all {wanted} (height x width), kept as they are"
        scaled = any(height != self.height and width != self.width for height, width in shapes)
        cut = any(height * self.width != width * self.height for height, width in shapes)
        how = "scaled" if not cut else "stretched" if self.fit == "stretch" else "centre crop"
        if how == "centre crop" and scaled:
            how += ", scaled"
        scaled |= how == "stretched"
        smaller = sum(count for (h, w), count in shapes.items() if h < self.height or w < self.width)
        return (
            f"{describe_shapes(shapes)} (height x width): {how} to {wanted}"
            + (" (antialiased)" if scaled else "")
            + (f"; smaller ones enlarged: {smaller:,}" if smaller else "")
        )


def describe_shapes(shapes: Counter[tuple[int, int]]) -> str:
    smallest, largest = (pick(shapes, key=lambda shape: shape[0] * shape[1]) for pick in (min, max))
    if len(shapes) == 1:
        return "all {}x{}".format(*smallest)
    return "{} shapes from {}x{} to {}x{}".format(len(shapes), *smallest, *largest)


def crop_box(have: tuple[int, int], want: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest centred box (left, top, right, bottom) of the wanted shape."""
    scale = min(have[0] / want[0], have[1] / want[1])
    height, width = want[0] * scale, want[1] * scale
    top, left = (have[0] - height) / 2, (have[1] - width) / 2
    if scale == 1:  # a plain cut: half a pixel off would only blur
        top, left = top // 1, left // 1
    return (left, top, min(left + width, have[1]), min(top + height, have[0]))


def resize(pixels: Pixels, size: tuple[int, int], fit: str) -> Pixels:
    """Bicubic with antialiasing; alpha-weighted, so that colours hidden by transparency don't leak."""
    height, width, channels = pixels.shape
    if (height, width) == size:
        return pixels
    box = crop_box((height, width), size) if fit == "crop" else (0, 0, width, height)
    if pixels.dtype == np.uint16:
        return resize_deep(pixels, size, box)
    flat = pixels[:, :, 0] if channels == 1 else pixels
    picture = Image.fromarray(np.ascontiguousarray(flat))
    assert picture.mode == MODES[channels], f"Pillow takes {channels} channels for {picture.mode}"
    small = picture.resize(size[::-1], Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    return np.asarray(small).reshape(*size, channels)


def resize_deep(pixels: Pixels, size: tuple[int, int], box: tuple[float, float, float, float]) -> Pixels:
    """The same for 16 bits, which Pillow resizes as floats, a channel at a time."""
    values = pixels.astype(np.float32)
    alpha = values[:, :, -1:] / 65535 if pixels.shape[2] in (2, 4) else None
    if alpha is not None:
        values[:, :, :-1] *= alpha
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in values.transpose(2, 0, 1)]
    small = [plane.resize(size[::-1], Image.Resampling.BICUBIC, box=box, reducing_gap=3.0) for plane in planes]
    result = np.stack([np.asarray(plane) for plane in small], axis=2)
    if alpha is not None:
        result[:, :, :-1] /= np.maximum(result[:, :, -1:] / 65535, 1e-6)
    return result.round().clip(0, 65535).astype(np.uint16)


def shrunk(pixels: Pixels, side: int) -> Pixels:
    """A picture whose longer side is at most this; none is enlarged."""
    factor = min(1.0, side / max(pixels.shape[:2]))
    height, width = (max(1, round(length * factor)) for length in pixels.shape[:2])
    return resize(pixels, (height, width), "stretch")


def with_channels(pixels: Pixels, channels: int) -> Pixels:
    """Grey, RGB or RGBA; what is transparent becomes white where alpha is dropped."""
    have = pixels.shape[2]
    if have == channels:
        return pixels
    top = np.iinfo(pixels.dtype).max
    colour, alpha = (pixels[:, :, :-1], pixels[:, :, -1:]) if have in (2, 4) else (pixels, None)
    if channels == 4:
        full = np.full((*pixels.shape[:2], 1), top, pixels.dtype) if alpha is None else alpha
        return np.concatenate([with_channels(colour, 3), full], axis=2)
    if alpha is not None and alpha.min() < top:
        share = alpha.astype(np.float32) / top
        colour = (colour * share + top * (1 - share)).round().astype(pixels.dtype)
    if channels == 3:
        return np.repeat(colour, 3, axis=2) if colour.shape[2] == 1 else colour
    return colour if colour.shape[2] == 1 else (colour @ LUMA)[:, :, None].round().astype(pixels.dtype)


def is_grey(pixels: Pixels) -> bool:
    """No colour in (..., C): one channel, or three that agree."""
    if pixels.shape[-1] <= 2:
        return True
    red = pixels[..., 0]
    return bool(np.array_equal(red, pixels[..., 1]) and np.array_equal(red, pixels[..., 2]))


def is_opaque(pixels: Pixels) -> bool:
    """No alpha in (..., C), or none that is used."""
    return pixels.shape[-1] in (1, 3) or bool(pixels[..., -1].min() == np.iinfo(pixels.dtype).max)


def choose_size(shapes: Counter[tuple[int, int]], limit: int) -> tuple[int, int]:
    """A size (height, width) that training can halve a few times, from the shapes of the data.

    One shape keeps its aspect: as it is up to `limit` on the shorter side (cut to multiples of 4), otherwise
    scaled down to it (the longer side in multiples of 16). Mixed shapes become squares.
    """
    if len(shapes) == 1:
        ((height, width),) = shapes
        short = min(height, width)
        if short <= limit:
            return (max(4, height // 4 * 4), max(4, width // 4 * 4))
        longer = max(limit, round(limit * max(height, width) / short / 16) * 16)
        return (limit, longer) if height <= width else (longer, limit)
    shorter = sorted(min(shape) for shape in shapes.elements())
    middle = shorter[len(shorter) // 2]
    side = limit if middle >= limit else max(8, middle // 8 * 8)
    return (side, side)


def parse_size(size: int | tuple[int, int] | list[int]) -> tuple[int, int]:
    """(height, width) from a side or a pair."""
    pair = (size, size) if isinstance(size, int) else tuple(size)
    if len(pair) != 2 or not all(isinstance(side, int) and 1 <= side <= LARGEST_SIDE for side in pair):
        raise ValueError(f"size: {size} was given; a side or (height, width) from 1 to {LARGEST_SIDE} expected")
    return (pair[0], pair[1])
