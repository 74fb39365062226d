"""Picture files -> arrays (height, width, channels) of 8 or 16 bits, and what their headers say."""

import struct
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

Pixels = npt.NDArray[np.uint8 | np.uint16]  # (H, W, C): C is 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA

ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".jp2"),
)
EMPTY_FILE = "empty file"
ROTATION = 0x0112  # the EXIF tag
# The byte order that picks the low byte of each 16-bit value where Pillow picks the high one.
LOW_BYTES = {"L": "B", "B": "L", "N": "B"}


class Broken(ValueError):
    """A file that can't be read as a picture; the message is the reason, without the file's name."""


@dataclass(frozen=True)
class Header:
    """What a file says about its picture before it is decoded.

    channels: the most that it can need: grey with alpha counts as 4.
    deep: more than 8 bits a channel.
    """

    height: int
    width: int
    channels: int
    deep: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        return (self.height, self.width)


def read_header(data: bytes) -> Header:
    """Size and kind of an encoded picture, from its first bytes if they suffice."""
    if not data:
        raise Broken(EMPTY_FILE)
    try:
        with Image.open(BytesIO(data)) as picture:
            width, height = picture.size
            # A PNG would be decoded to look for late EXIF data; what is known by now is enough for a size.
            exif = picture.getexif() if picture.format != "PNG" or "exif" in picture.info else {}
            if exif.get(ROTATION, 1) >= 5:
                width, height = height, width
            deep = picture.mode.startswith("I") or is_deep_colour(picture)
            return Header(height, width, most_channels(picture), deep)
    except Exception as error:  # a decoder may raise anything on arbitrary bytes
        raise Broken(reason(error)) from error


def most_channels(picture: Image.Image) -> int:
    if has_alpha(picture):
        return 4
    return 1 if picture.mode in ("1", "L") or picture.mode.startswith("I") else 3


def has_alpha(picture: Image.Image) -> bool:
    return picture.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in picture.info


def is_deep_colour(picture: Image.Image) -> bool:
    """RGB or RGBA with 16 bits a channel in the file, of which Pillow's own mode keeps 8."""
    tiles = getattr(picture, "tile", None)
    if picture.mode not in ("RGB", "RGBA") or not tiles or not tiles[0].args:
        return False
    args = tiles[0].args  # how the values lie in the file: "RGB;16B", alone or first in a tuple
    return str(args if isinstance(args, str) else args[0]).startswith(f"{picture.mode};16")


def decode(data: bytes, near: int = 0) -> Pixels:
    """The picture in a file: first frame, upright by its EXIF data, palettes and CMYK resolved.

    near: a JPEG may be decoded at a fraction of its size, as long as both sides stay at least this long.
    """
    if not data:
        raise Broken(EMPTY_FILE)
    try:
        with Image.open(BytesIO(data)) as picture:
            if is_deep_colour(picture):
                return decode_deep(data)
            if near:
                picture.draft(None, (near, near))
            ImageOps.exif_transpose(picture, in_place=True)
            return to_array(picture)
    except Broken:
        raise
    except Exception as error:  # a decoder may raise anything on arbitrary bytes
        raise Broken(reason(error)) from error


def decode_deep(data: bytes) -> Pixels:
    """A PNG or TIFF with 16 bits for each of several channels.

    Pillow keeps only the high byte of such values; it keeps the low one if told that the bytes are swapped.
    """
    halves = []
    for low in (False, True):
        with Image.open(BytesIO(data)) as picture:
            if low:
                picture.tile = [tile._replace(args=swapped(tile.args or "")) for tile in picture.tile]
            ImageOps.exif_transpose(picture, in_place=True)
            halves.append(np.asarray(picture).astype(np.uint16))
    return halves[0] * np.uint16(256) + halves[1]


def swapped(args: str | tuple[object, ...]) -> str | tuple[object, ...]:
    if isinstance(args, str):
        return args[:-1] + LOW_BYTES[args[-1]]
    first = str(args[0])
    return (first[:-1] + LOW_BYTES[first[-1]], *args[1:])


def to_array(picture: Image.Image) -> Pixels:
    """The values of a Pillow picture of any mode."""
    mode = picture.mode
    if mode == "F":
        raise Broken("floating-point values; save it with 8 or 16 bits")
    if mode.startswith("I"):
        values = np.asarray(picture)
        if values.min() < 0 or values.max() > 65535:
            raise Broken("32-bit values; save it with 8 or 16 bits")
        return values.astype(np.uint16)[:, :, None]
    grey = mode in ("1", "L", "LA", "La")
    if has_alpha(picture):
        target = "LA" if grey else "RGBA"
    else:
        target = "L" if grey else "RGB"
    values = np.asarray(picture if mode == target else picture.convert(target))
    return values[:, :, None] if values.ndim == 2 else values


def reason(error: Exception) -> str:
    """What went wrong with a file, in a few words."""
    if isinstance(error, UnidentifiedImageError):
        return "not a picture"
    if isinstance(error, Image.DecompressionBombError):
        return "larger than Pillow's limit on pixels"
    text = (str(error).splitlines() or [""])[0]
    if isinstance(error, EOFError | IndexError | struct.error) or "truncated" in text.lower():
        return "truncated"
    return text or type(error).__name__
