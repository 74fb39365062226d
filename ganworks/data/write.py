"""Between [-1, 1] and bytes, and pictures to PNG files."""

import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

GAP = 2  # pixels between the pictures of a grid
LEAST = 56  # pixels on the longer side; smaller ones are shown enlarged by a whole factor


def from_bytes(image: Tensor, bits: int = 8) -> Tensor:
    """Integers from 0 to 255 (65,535 for 16 bits) -> float32 in [-1, 1], the ends exactly; any shape."""
    middle = (2**bits - 1) / 2  # the difference to it is exact in float32, so that no value leaves the range
    return image.to(torch.float32, copy=True).sub_(middle).div_(middle)


def to_bytes(image: Tensor) -> Tensor:
    """Floats in [-1, 1] -> uint8, rounded; beyond the range clamped, NaN black. The inverse of `from_bytes`."""
    values = image.detach().float().nan_to_num(-1.0)
    return values.mul(127.5).add_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def save_grid(images: Tensor, path: str | Path, columns: int | None = None) -> None:
    """Write pictures (N, C, H, W) in [-1, 1], C 1, 3 or 4, as one PNG, row by row; the grid is about square."""
    assert len(images) > 0, "a grid needs pictures"
    zoom = max(1, LEAST // max(images.shape[2:]))
    images = images.repeat_interleave(zoom, 2).repeat_interleave(zoom, 3)
    num, channels, height, width = images.shape
    columns = min(num, columns or max(1, round(math.sqrt(num * height / width))))
    rows = math.ceil(num / columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 255, np.uint8)
    if channels == 4:
        sheet[..., 3] = 0
    for number, pixels in enumerate(to_arrays(images)):
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = pixels
    write_png(sheet, Path(path))


def side_by_side(outputs: dict[str, Tensor]) -> Tensor:
    """All pictures of each example in one, next to each other: entries (N, C, H, W), of one kind or grey.

    Smaller ones are enlarged; entries that are no pictures are left out. ValueError if none is one.
    """
    pictures = [value for value in outputs.values() if value.ndim == 4]
    if not pictures:
        raise ValueError(f"there are no pictures among {', '.join(outputs)}")
    if len(pictures) == 1:
        return pictures[0]
    channels, *size = (max(picture.shape[at] for picture in pictures) for at in (1, 2, 3))
    return torch.cat([interpolate(each, size).expand(-1, channels, -1, -1) for each in pictures], 3)


def save_each(images: Tensor, folder: str | Path, prefix: str = "") -> list[Path]:
    """Write pictures (N, C, H, W) in [-1, 1] as folder/prefix00000.png and on; returns the paths."""
    paths = [Path(folder) / f"{prefix}{number:05d}.png" for number in range(len(images))]
    for pixels, path in zip(to_arrays(images), paths, strict=True):
        write_png(pixels, path)
    return paths


def to_arrays(images: Tensor) -> npt.NDArray[np.uint8]:
    """(N, C, H, W) in [-1, 1] -> (N, H, W, C) bytes."""
    return to_bytes(images).permute(0, 2, 3, 1).cpu().numpy()


def write_png(pixels: npt.NDArray[np.uint8 | np.uint16], path: Path) -> None:
    """Write (H, W, C) under a temporary name first, so that nobody sees half a picture; C 1, 2, 3 or 4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    flat = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    try:
        if pixels.dtype == np.uint16:
            temporary.write_bytes(deep_png(pixels.astype(np.uint16, copy=False)))
        else:
            Image.fromarray(np.ascontiguousarray(flat)).save(temporary, "PNG", compress_level=3)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def deep_png(pixels: npt.NDArray[np.uint16]) -> bytes:
    """A PNG of 16 bits, which Pillow writes of grey pictures alone. PNG specification (W3C), sections 5 and 11.2."""
    height, width, channels = pixels.shape
    values = pixels.astype(">u2").reshape(height, -1).view(np.uint8)
    rows = np.concatenate([np.zeros((height, 1), np.uint8), values], 1)  # each begins with its filter, none

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 3)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
