"""Picture files of every mode come out as the right numbers, and broken ones with the right reason."""

from io import BytesIO

import numpy as np
import pytest
from encoded import encode, noise, png16, tiff16
from PIL import Image

from ganworks.data.decode import Broken, decode, read_header


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_eight_bits_are_exact(channels, kind):
    values = noise(5, 7, channels)
    assert np.array_equal(decode(encode(values, kind)), values)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_png_keeps_every_bit(channels):
    values = noise(5, 7, channels, top=65536)
    decoded = decode(png16(values))
    assert decoded.dtype == np.uint16
    assert np.array_equal(decoded, values)
    assert read_header(png16(values)).deep


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
def test_sixteen_bit_tiff_keeps_every_bit(channels, order, deflate):
    values = noise(5, 7, channels, top=65536)
    assert np.array_equal(decode(tiff16(values, order, deflate)), values)


def test_sixteen_bit_grey_tiff():
    values = noise(5, 7, 1, top=65536)
    assert np.array_equal(decode(encode(values, "TIFF")), values)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(orientation):
    """Each orientation is what turns the stored picture upright."""
    upright = Image.fromarray(noise(6, 9))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = BytesIO()
    stored.save(file, "PNG", exif=exif)
    assert np.array_equal(decode(file.getvalue()), np.asarray(upright))
    file = BytesIO()
    stored.save(file, "JPEG", exif=exif)
    assert read_header(file.getvalue()).shape == (6, 9)
    assert decode(file.getvalue()).shape == (6, 9, 3)


def in_mode(mode, **settings):
    image = Image.fromarray(np.full((4, 4, 3), (200, 100, 50), np.uint8)).convert(mode)
    file = BytesIO()
    image.save(file, "TIFF" if mode in ("CMYK", "LA") else "PNG", **settings)
    return file.getvalue()


@pytest.mark.parametrize(
    "mode, channels", [("1", 1), ("L", 1), ("LA", 2), ("P", 3), ("RGB", 3), ("RGBA", 4), ("CMYK", 3)]
)
def test_modes(mode, channels):
    decoded = decode(in_mode(mode))
    assert decoded.shape == (4, 4, channels)
    if channels >= 3:
        assert np.abs(decoded[0, 0, :3].astype(int) - (200, 100, 50)).max() <= 26  # the web palette is that coarse


def test_palette_with_transparency_has_alpha():
    data = in_mode("P", transparency=0)
    assert read_header(data).channels == 4
    assert decode(data).shape[2] == 4


def test_animation_gives_its_first_frame():
    first, second = Image.new("L", (4, 4), 10), Image.new("L", (4, 4), 200)
    file = BytesIO()
    first.save(file, "GIF", save_all=True, append_images=[second])
    assert decode(file.getvalue())[0, 0, 0] == 10


def test_large_jpeg_is_decoded_smaller_but_not_below_near():
    data = encode(np.full((512, 1024, 3), 128, np.uint8), "JPEG")
    assert decode(data, near=120).shape == (128, 256, 3)
    assert decode(data).shape == (512, 1024, 3)


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "empty file"),
        (b"these are words", "not a picture"),
        (encode(noise(64, 64))[:5000], "truncated"),
        (encode(noise(64, 64), "JPEG")[:1500], "truncated"),
    ],
)
def test_broken_files_say_why(data, why):
    with pytest.raises(Broken, match=why):
        decode(data)


def test_floating_point_tiff_is_refused():
    with pytest.raises(Broken, match="floating-point"):
        decode(encode(np.zeros((3, 3, 1), np.float32), "TIFF"))


def test_a_damaged_chunk_is_broken():
    data = bytearray(encode(noise(64, 64)))
    data[200] ^= 255
    with pytest.raises(Broken):
        decode(bytes(data))
