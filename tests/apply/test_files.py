"""Whole picture files, of every kind, through systems that leave them as they are."""

from itertools import product

import numpy as np
import pytest
from PIL import Image
from same import Same

from ganworks.apply.files import Applied, Job, jobs_in
from ganworks.data.decode import Broken, decode
from ganworks.data.write import deep_png, write_png


def noise(height=20, width=30, channels=3, dtype=np.uint8):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)


def applied(system):
    return Applied(system, system.translate)


# Of grey with alpha Pillow reads 8 of 16 bits.
@pytest.mark.parametrize(("channels", "dtype"), [*product((1, 2, 3, 4), [np.uint8]), *product((1, 3, 4), [np.uint16])])
def test_every_kind_of_file_comes_out_as_its_own_kind(channels, dtype, tmp_path):
    """Written, read, passed through a system for colour, and written: colours where they are seen, bits, alpha."""
    pixels = noise(channels=channels, dtype=dtype)
    write_png(pixels, tmp_path / "in" / "a.png")
    (job,) = jobs_in(tmp_path / "in")
    path = applied(Same()).save(job, tmp_path / "out")
    assert path == tmp_path / "out" / "a.png"
    made = decode(path.read_bytes())
    assert made.dtype == pixels.dtype
    assert made.shape == (20, 30, 4 if channels in (2, 4) else 3)
    if channels in (2, 4):
        np.testing.assert_array_equal(made[:, :, 3:], pixels[:, :, -1:])
    seen = pixels[:, :, -1] > 0 if channels in (2, 4) else np.full((20, 30), True)
    colour = pixels[:, :, :3] if channels > 2 else pixels[:, :, :1].repeat(3, 2)
    np.testing.assert_array_equal(made[seen][:, :3], colour[seen])


def test_sixteen_bits_of_colour_are_read_as_they_were_written():
    for channels in (1, 3, 4):
        pixels = noise(channels=channels, dtype=np.uint16)
        np.testing.assert_array_equal(decode(deep_png(pixels)), pixels)


def test_what_is_transparent_is_white_to_the_system():
    seen = []
    system = Same()
    net = Applied(system, lambda x: seen.append(x) or system.translate(x))
    pixels = noise(channels=4)
    pixels[:10, :, 3] = 0
    net(pixels)
    assert (seen[0][:, :, :10] == 1).all()
    assert seen[0].shape[1] == 3


def test_alpha_and_size_grow_with_the_picture():
    made = applied(Same(scale=2))(noise(channels=4))
    assert made.shape == (40, 60, 4)
    opaque = np.concatenate([noise(), np.full((20, 30, 1), 255, np.uint8)], 2)
    made = applied(Same(scale=2))(opaque)
    np.testing.assert_array_equal(made[::2, ::2], opaque)


def test_a_system_for_transparency_gets_it():
    pixels = noise(channels=4)
    np.testing.assert_array_equal(applied(Same(channels=4))(pixels), pixels)
    assert (applied(Same(channels=4))(pixels[:, :, :3])[:, :, 3] == 255).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_brightness_alone_gives_the_picture_back(dtype):
    """A grey restorer of a colour picture: three roundings, each multiplied by at most 1.772."""
    pixels = noise(channels=3, dtype=dtype)
    made = applied(Same(channels=1, restores=True))(pixels)
    assert made.dtype == dtype
    assert np.abs(made.astype(int) - pixels.astype(int)).max() <= 2


def test_brightness_is_what_the_restorer_changes():
    """Brightness upside down: white is black, and pure grey stays grey."""
    flat = np.full((8, 8, 3), 40, np.uint8)
    np.testing.assert_allclose(applied(Same(channels=1, restores=True, factor=-1))(flat), 215, atol=1)


def test_grey_stays_grey_in_restoration_and_becomes_colour_in_translation():
    grey = noise(channels=1)
    np.testing.assert_array_equal(applied(Same(restores=True))(grey), grey)
    assert applied(Same())(grey).shape == (20, 30, 3)
    assert applied(Same(channels=1))(noise()).shape == (20, 30, 1)


def test_a_photo_on_its_side_comes_out_upright(tmp_path):
    picture = Image.fromarray(np.repeat(np.repeat(np.array([[0, 255]], np.uint8), 16, 0), 16, 1))  # dark left half
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right
    picture.save(tmp_path / "a.jpg", exif=exif, quality=95)
    path = applied(Same(channels=1)).save(Job(tmp_path / "a.jpg", "a"), tmp_path)
    made = decode(path.read_bytes())
    assert made.shape == (32, 16, 1)
    assert made[:12].max() < 30 and made[20:].min() > 225
    assert 0x0112 not in Image.open(path).getexif()


def test_files_that_share_a_name_keep_their_endings(tmp_path):
    for name in ("a.jpg", "a.png", "b.png", "sub/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("?")
    assert [job.name for job in jobs_in(tmp_path)] == ["a.jpg", "a.png", "b", "sub/c"]
    assert applied(Same()).save(jobs_in(tmp_path)[3], tmp_path / "out") == tmp_path / "out" / "sub" / "c.png"
    assert jobs_in(tmp_path / "b.png") == [Job(tmp_path / "b.png", "b")]


def test_mistakes(tmp_path):
    with pytest.raises(ValueError, match="no picture and no folder at"):
        jobs_in(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"no pictures in .*; read are files that end in \.png"):
        jobs_in(tmp_path)
    (tmp_path / "a.png").write_bytes(b"?")
    with pytest.raises(Broken, match="not a picture"):
        applied(Same()).save(jobs_in(tmp_path)[0], tmp_path / "out")
    with pytest.raises(Broken, match="No such file"):
        applied(Same()).save(Job(tmp_path / "b.png", "b"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_large_pictures_are_done_in_tiles():
    """3 megapixels, of which the system never sees more than a tile at once."""
    system, shares, sizes = Same(scale=2), [], []

    def net(x):
        sizes.append(x.shape[2:])
        return system.translate(x)

    pixels = noise(1500, 2000)
    made = Applied(system, net)(pixels, shares.append)
    np.testing.assert_array_equal(made[::2, ::2], pixels)
    assert max(max(size) for size in sizes) <= 256
    assert shares == sorted(shares) and shares[-1] == 1
