"""How a patch is cut out of a photograph, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ganworks.data.decode import Broken, Pixels
from ganworks.data.degrade import Degrade, Entries
from ganworks.data.plan import with_channels

BLOCK = 8  # pixels of a JPEG that are compressed together


@dataclass(frozen=True)
class Cut:
    """How a patch is cut out of a picture: `patch` pixels high and wide, with a version `scale` times smaller.

    degrade: what makes that version; None where it is given.
    """

    patch: int
    scale: int
    degrade: Degrade | None
    channels: int

    @property
    def small(self) -> int:
        return self.patch // self.scale

    def __call__(self, pictures: Sequence[Pixels], rng: np.random.Generator) -> tuple[Pixels, Entries]:
        """A patch (P, P, C) at a random place, flipped and turned by right angles; and the other entries.

        pictures: one; or two, if the version of it is given.
        """
        way = int(rng.integers(8))
        pixels, *given = [turned(each, way) for each in pictures]
        if given:
            top, left = (int(rng.integers(side - self.small + 1)) for side in given[0].shape[:2])
            other = window(given[0], top, left, self.small)
            return window(pixels, top * self.scale, left * self.scale, self.patch), {"other": other}
        top, left = (int(rng.integers(side - self.patch + 1)) for side in pixels.shape[:2])
        return window(pixels, top, left, self.patch), self.degraded(pixels, top, left, rng)

    def degraded(self, pixels: Pixels, top: int, left: int, rng: np.random.Generator) -> Entries:
        """Of the patch there. It is degraded with some of what is around it, so that it has no edges of its own."""
        assert self.degrade is not None
        kind = self.degrade.kind
        shifts = rng.integers(BLOCK, size=2).tolist() if kind.blocks else (0, 0)
        before, around = [], []
        for start, side, shift in zip((top, left), pixels.shape, shifts, strict=False):
            end = start + self.patch
            before.append(min(kind.margin + shift, start // self.scale))
            after = min(kind.margin, (side - end) // self.scale)
            around.append(slice(start - self.scale * before[-1], end + self.scale * after))
        entries = self.degrade(pixels[around[0], around[1]], self.scale, rng)
        rows, columns = (slice(more, more + self.small) for more in before)
        return {name: value if value.shape[:2] == (1, 1) else value[rows, columns] for name, value in entries.items()}

    def ready(self, *decoded: Pixels) -> tuple[Pixels, ...]:
        """A picture, and its version if it is given, with 8 bits and these channels. Broken if they do not do."""
        picture, *given = [with_channels(eight_bits(pixels), self.channels) for pixels in decoded]
        height, width = picture.shape[:2]
        if min(height, width) < self.patch:
            raise Broken(f"{height}x{width}, smaller than a patch")
        for other in given:
            have, wanted = other.shape[:2], (height // self.scale, width // self.scale)
            if have != wanted:
                raise Broken("its partner is {}x{}, not {}x{}".format(*have, *wanted))
            picture = picture[: wanted[0] * self.scale, : wanted[1] * self.scale]
        return (picture, *given)


def eight_bits(pixels: Pixels) -> Pixels:
    return pixels if pixels.dtype == np.uint8 else ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def window(pixels: npt.NDArray[Any], top: int, left: int, side: int) -> npt.NDArray[Any]:
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def turned(pixels: Pixels, way: int) -> Pixels:
    """One of the eight ways to lay a square on itself, without a copy."""
    pixels = pixels.swapaxes(0, 1) if way & 4 else pixels
    return pixels[:: -1 if way & 2 else 1, :: -1 if way & 1 else 1]


def degraded(pixels: Pixels, cut: Cut, number: int) -> tuple[Pixels, Pixels]:
    """A whole picture degraded, in the same way for the same number; and the picture, cut to multiples of the scale."""
    assert cut.degrade is not None
    height, width = (side // cut.scale * cut.scale for side in pixels.shape[:2])
    true = np.ascontiguousarray(pixels[:height, :width])
    return cut.degrade(true, cut.scale, np.random.default_rng(number))["other"], true  # type: ignore[return-value]
