"""What befalls pictures: made smaller, blurred, noisy, compressed or hazy, so that a system can learn to undo it."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import interpolate

from ganworks.data.decode import Pixels
from ganworks.data.kernels import Range, bell, draw_motion, filtered
from ganworks.data.lossy import bicubic, compressed, to_bytes, to_image, to_pixels
from ganworks.data.second_order import Rng, real
from ganworks.data.transforms import apart

Entries = dict[str, npt.NDArray[np.generic]]
FARTHEST = 2.0  # depth, in the units of beta


def only_smaller(pixels: Pixels, scale: int, _: Range, rng: Rng) -> Entries:
    return {"other": bicubic(pixels, scale)}


def second_order(pixels: Pixels, scale: int, _: Range, rng: Rng) -> Entries:
    return {"other": real(pixels, scale, rng)}


def jpeg(pixels: Pixels, scale: int, quality: Range, rng: Rng) -> Entries:
    return {"other": compressed(bicubic(pixels, scale), round(rng.uniform(*quality)))}


def noise(pixels: Pixels, scale: int, sigma: Range, rng: Rng) -> Entries:
    """Gaussian, of one strength in a picture, independent in its pixels and channels."""
    small = bicubic(pixels, scale)
    grain = rng.standard_normal(small.shape, dtype=np.float32) * np.float32(rng.uniform(*sigma))
    return {"other": to_bytes(small + grain)}


def blur(pixels: Pixels, scale: int, extent: Range, rng: Rng) -> Entries:
    """A shaken camera in half of the pictures, a Gaussian whose two axes differ in the others."""
    length = rng.uniform(*extent)
    if rng.random() < 0.5:
        kernel = draw_motion(rng, length)
    else:
        sigmas = (length / 4, rng.uniform(min(0.5, length / 4), length / 4))
        kernel = bell(2 * math.ceil(0.75 * length) + 1, sigmas, rng.uniform(0, math.pi))
    return {"other": to_pixels(filtered(to_image(bicubic(pixels, scale)), kernel))}


def haze(pixels: Pixels, scale: int, beta: Range, rng: Rng) -> Entries:
    """I = J t + A (1 - t), t = exp(-beta depth): Zhang & Patel 2018 (DCPDN, arXiv 1803.08396), eq. 1.

    J is the clear picture, A grey from 0.5 to 1 as theirs; "transmission" is t (H, W, 1), "airlight" A (1, 1, C), both
    of floats in [0, 1]. Theirs has the depths of indoor pictures; ours has smooth random ones.
    """
    clear = bicubic(pixels, scale)
    airlight = np.full((1, 1, clear.shape[2]), rng.uniform(0.5, 1), np.float32)
    nearest, farthest = np.sort(rng.uniform(0, FARTHEST, 2))
    depth = nearest + (farthest - nearest) * smooth(clear.shape[:2], rng)
    transmission = np.exp(-rng.uniform(*beta) * depth).astype(np.float32)[:, :, None]
    hazy = clear * transmission + 255 * airlight * (1 - transmission)
    return {"other": to_bytes(hazy), "transmission": transmission, "airlight": airlight}


def smooth(size: tuple[int, ...], rng: Rng) -> npt.NDArray[np.float32]:
    """A random surface (H, W) from 0 to 1, without edges."""
    coarse = torch.from_numpy(rng.random((1, 1, 4, 4), dtype=np.float32))
    fine = interpolate(coarse, size[:2], mode="bicubic", align_corners=True)[0, 0].numpy()
    return (fine - fine.min()) / max(float(np.ptp(fine)), 1e-6)


@dataclass(frozen=True)
class Kind:
    """A degradation by name.

    unit, values: what can be set, the range that it is drawn from, and what it may be. margin: pixels of the result at
    each side that want to know more of the picture. blocks: JPEG's, whose place in a patch shall be random. entries:
    what else it gives. slow: worth processes of its own.
    """

    make: Callable[[Pixels, int, Range, Rng], Entries]
    unit: str = ""
    values: Range = (0, 0)
    limits: Range = (0, 0)
    margin: int = 2
    blocks: bool = False
    entries: tuple[str, ...] = ()
    slow: bool = False


DEGRADATIONS: dict[str, Kind] = {
    "bicubic": Kind(only_smaller),
    "real": Kind(second_order, margin=8, blocks=True, slow=True),
    "jpeg": Kind(jpeg, "quality", (20, 60), (1, 100), blocks=True),
    "noise": Kind(noise, "sigma", (5, 50), (0, 255)),
    "blur": Kind(blur, "pixels", (3, 15), (1, 64), margin=10),
    "haze": Kind(haze, "beta", (0.4, 1.6), (0, 10), entries=("transmission", "airlight")),
}


@dataclass(frozen=True)
class Degrade:
    """One of `DEGRADATIONS`, with the range that its strength is drawn from."""

    name: str
    values: Range

    @classmethod
    def parse(cls, text: str) -> "Degrade":
        """From a name, or a name and a value or a range: real, noise:25, jpeg:20-60."""
        name, colon, given = text.partition(":")
        if name not in DEGRADATIONS:
            raise ValueError(f"--degrade: '{text}' was given; possible: {', '.join(map(describe, DEGRADATIONS))}")
        kind = DEGRADATIONS[name]
        if not colon:
            return cls(name, kind.values)
        try:
            low, high = (float(part) for part in (given.split("-") * 2)[:2])
        except ValueError:
            low, high = math.nan, math.nan
        if not kind.limits[0] <= low <= high <= kind.limits[1] or not kind.unit or given.count("-") > 1:
            raise ValueError(f"--degrade: '{text}' was given; possible for {name}: {describe(name)}")
        return cls(name, (low, high))

    @property
    def kind(self) -> Kind:
        return DEGRADATIONS[self.name]

    def __call__(self, pixels: Pixels, scale: int, rng: Rng) -> Entries:
        """(H, W, C) uint8 -> {"other": (H // scale, W // scale, C) uint8, and what else the kind gives}.

        Only colours are degraded; transparency is made smaller. A rest beyond a multiple of the scale is cut off.
        """
        colour, alpha = apart(pixels[: len(pixels) // scale * scale, : pixels.shape[1] // scale * scale])
        with one_thread():
            entries = self.kind.make(colour, scale, self.values, rng)
        if alpha.shape[2]:
            entries["other"] = np.concatenate([entries["other"], bicubic(alpha, scale)], axis=2)
        return entries

    def __str__(self) -> str:
        """As it is parsed."""
        return f"{self.name}:{self.values[0]:g}-{self.values[1]:g}" if self.kind.unit else self.name


@contextmanager
def one_thread() -> Iterator[None]:
    """So that not a bit depends on how many threads there are, in this process or in a worker."""
    num = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(num)


def describe(name: str) -> str:
    kind = DEGRADATIONS[name]
    if not kind.unit:
        return name
    (low, high), (least, most) = kind.values, kind.limits
    return f"{name} or {name}:{low:g}-{high:g} ({kind.unit} from {least:g} to {most:g})"
