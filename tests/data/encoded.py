"""Writes the picture files that the tests read, among them kinds that Pillow can't write."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Values = npt.NDArray[np.generic]


def noise(height: int, width: int, channels: int = 3, seed: int = 0, top: int = 256) -> Values:
    return (
        np.random.default_rng(seed)
        .integers(0, top, (height, width, channels))
        .astype(np.uint16 if top > 256 else np.uint8)
    )


def picture(values: Values) -> Image.Image:
    return Image.fromarray(values[:, :, 0] if values.shape[2] == 1 else values)


def save(path: Path, values: Values) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(values).save(path)
    return path


def encode(values: Values, kind: str = "PNG", **settings: object) -> bytes:
    file = BytesIO()
    picture(values).save(file, kind, **settings)
    return file.getvalue()


def idx(values: Values) -> bytes:
    """The idx format: type code, number of sides, sides, values, all big-endian."""
    code = {"u1": 0x08, "i4": 0x0C, "f4": 0x0D}[values.dtype.str[1:]]
    head = struct.pack(f">HBB{values.ndim}I", 0, code, values.ndim, *values.shape)
    return head + values.astype(values.dtype.newbyteorder(">")).tobytes()


def png16(values: Values) -> bytes:
    """A PNG of 16 bits a channel: (H, W, C) with C 1, 3 or 4."""
    height, width, channels = values.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff16(values: Values, order: str = "<", deflate: bool = False) -> bytes:
    """A TIFF of 16 bits a channel: (H, W, C) with C 3 or 4, in either byte order, plain or compressed."""
    height, width, channels = values.shape
    data = values.astype(f"{order}u2").tobytes()
    data = zlib.compress(data) if deflate else data
    bits = struct.pack(f"{order}{channels}H", *[16] * channels)
    num_tags = 10 if channels == 4 else 9
    at = 8 + 2 + 12 * num_tags + 4
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, channels, at), (259, 3, 1, 8 if deflate else 1)]
    tags += [(262, 3, 1, 2), (273, 4, 1, at + len(bits)), (277, 3, 1, channels), (278, 4, 1, height)]
    tags += [(279, 4, 1, len(data))] + ([(338, 3, 1, 2)] if channels == 4 else [])
    body = b"".join(
        struct.pack(f"{order}HHI", tag, kind, count)
        + (struct.pack(f"{order}HH", value, 0) if kind == 3 and count == 1 else struct.pack(f"{order}I", value))
        for tag, kind, count, value in tags
    )
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, num_tags)
    return head + body + struct.pack(f"{order}I", 0) + bits + data
