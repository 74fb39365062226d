"""Drawing with numpy and Pillow: smooth dots, lines, areas and words, at any scale."""

from functools import lru_cache
from math import ceil

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Mask = npt.NDArray[np.float32]  # (H, W), how much of each pixel is covered, 0 to 1
Lines = npt.NDArray[np.float32]  # (n, 2k): x and y of k points each

PAPER: Colour = (252, 251, 248)
INK: Colour = (34, 40, 49)
MUTED: Colour = (126, 131, 140)
RULE: Colour = (224, 221, 214)
GOOD: Colour = (24, 84, 132)
BAD: Colour = (217, 83, 38)
LOW: Colour = (243, 220, 200)  # D's score
MIDDLE: Colour = (250, 248, 244)
HIGH: Colour = (196, 219, 231)
FINE = 3  # lines are drawn so many times larger, then reduced


class Canvas:
    """A picture (H, W, 3) painted layer over layer. Lengths are in units of `scale` pixels."""

    def __init__(self, width: float, height: float, scale: float):
        self.scale = scale
        self.pixels = np.empty((round(height * scale), round(width * scale), 3), np.float32)
        self.pixels[:] = PAPER

    def part(self, x: float, y: float, width: float, height: float) -> "Canvas":
        """A window of the canvas, with its own origin."""
        window = Canvas.__new__(Canvas)
        left, top = self.px(x), self.px(y)
        window.scale = self.scale
        window.pixels = self.pixels[top : top + self.px(height), left : left + self.px(width)]
        return window

    @property
    def width(self) -> float:
        return self.pixels.shape[1] / self.scale

    def px(self, length: float) -> int:
        return round(length * self.scale)

    def blend(self, x: float, y: float, mask: Mask, colour: Colour, *, alpha: float = 1.0) -> None:
        """Paint through a mask, in pixels, with its upper left corner at x, y; what is outside is cut off."""
        left, top = self.px(x), self.px(y)
        under = self.pixels[top : top + mask.shape[0], left : left + mask.shape[1]]
        cover = alpha * mask[: under.shape[0], : under.shape[1], None]
        under += cover * (np.asarray(colour, np.float32) - under)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour, *, alpha: float = 1.0) -> None:
        if width > 0 and height > 0:
            self.blend(
                x, y, np.ones((max(1, self.px(height)), max(1, self.px(width))), np.float32), colour, alpha=alpha
            )

    def words(self, x: float, y: float, text: str, size: float, colour: Colour = INK, *, anchor: str = "l") -> float:
        """Write on the base line y, from x on, or with anchor "r" up to x, "m" around it; returns the width."""
        mask, rise = lettering(text, size * self.scale)
        width = mask.shape[1] / self.scale
        x -= {"l": 0.0, "m": width / 2, "r": width}[anchor]
        self.blend(x, y - rise / self.scale, mask, colour)
        return width

    def finished(self) -> npt.NDArray[np.uint8]:
        return self.pixels.round().clip(0, 255).astype(np.uint8)


@lru_cache(512)
def lettering(text: str, size: float) -> tuple[Mask, int]:
    """Words as a mask, and how far it rises above their base line, in pixels."""
    font = ImageFont.load_default(size * FINE)  # letters placed on whole pixels stand unevenly when small
    _, top, right, bottom = (ceil(edge / FINE) for edge in font.getbbox(text or " ", anchor="ls"))
    picture = Image.new("L", ((right + 1) * FINE, (bottom - top + 2) * FINE))
    ImageDraw.Draw(picture).text((0, (1 - top) * FINE), text, fill=255, font=font, anchor="ls")
    return reduced(picture), 1 - top


def dots(places: npt.NDArray[np.float32], radius: float, side: int, alpha: float) -> Mask:
    """Round dots at (n, 2), x and y in pixels, on a square; where they overlap the cover grows towards 1."""
    reach = int(np.ceil(radius + 1))
    steps = np.arange(-reach, reach + 1)
    offset = np.stack(np.meshgrid(steps, steps, indexing="xy"), -1).reshape(1, -1, 2)
    pixel = np.floor(places)[:, None] + offset
    far = np.sqrt(np.square(pixel + 0.5 - places[:, None]).sum(-1))
    cover = alpha * np.clip(radius + 0.5 - far, 0, 1)
    inside = ((pixel >= 0) & (pixel < side)).all(-1) & (cover > 0)
    index = (pixel[..., 1] * side + pixel[..., 0])[inside].astype(np.int64)
    passed = np.bincount(index, np.log1p(-cover[inside]), minlength=side * side)
    return (1 - np.exp(passed)).reshape(side, side).astype(np.float32)


def strokes(lines: Lines, width: float, shape: tuple[int, int]) -> Mask:
    """Lines through k points each, in pixels, on (H, W)."""
    picture = Image.new("L", (shape[1] * FINE, shape[0] * FINE))
    draw = ImageDraw.Draw(picture)
    for line in lines * FINE:
        draw.line(line.tolist(), fill=255, width=max(1, round(width * FINE)), joint="curve")
    return reduced(picture)


def rings(places: npt.NDArray[np.float32], radius: float, width: float, side: int) -> Mask:
    """Circles around (n, 2), in pixels, on a square."""
    picture = Image.new("L", (side * FINE, side * FINE))
    draw = ImageDraw.Draw(picture)
    for x, y in places * FINE:
        r = radius * FINE
        draw.ellipse((x - r, y - r, x + r, y + r), outline=255, width=max(1, round(width * FINE)))
    return reduced(picture)


def area(outline: npt.NDArray[np.float32], shape: tuple[int, int]) -> Mask:
    """What is inside of a polygon (n, 2), in pixels, on (H, W)."""
    picture = Image.new("L", (shape[1] * FINE, shape[0] * FINE))
    ImageDraw.Draw(picture).polygon((outline * FINE).flatten().tolist(), fill=255)
    return reduced(picture)


def reduced(picture: Image.Image) -> Mask:
    return np.asarray(picture.reduce(FINE), np.float32) / np.float32(255)


def shading(values: npt.NDArray[np.float32], height: int, width: int, bands: int = 5) -> npt.NDArray[np.float32]:
    """Values (h, w) in [-1, 1] -> a picture (height, width, 3) in even bands, `bands` on either side of the middle."""
    fine = Image.fromarray(np.ascontiguousarray(values)).resize((2 * width, 2 * height), Image.Resampling.BILINEAR)
    levels = (np.asarray(fine) * bands).round().clip(-bands, bands)[..., None] / bands
    low, middle, high = (np.asarray(colour, np.float32) for colour in (LOW, MIDDLE, HIGH))
    colours = middle + np.maximum(levels, 0) * (high - middle) + np.maximum(-levels, 0) * (low - middle)
    return colours.reshape(height, 2, width, 2, 3).mean((1, 3)).astype(np.float32)
