"""Sizes are chosen sensibly, and resizing is antialiased, centred and careful with alpha."""

from collections import Counter

import numpy as np
import pytest
from encoded import noise

from ganworks.data.plan import Plan, choose_size, crop_box, is_grey, is_opaque, parse_size, resize, with_channels


@pytest.mark.parametrize(
    "shapes, size",
    [
        ({(28, 28): 5}, (28, 28)),
        ({(64, 64): 5}, (64, 64)),
        ({(100, 200): 20}, (64, 128)),
        ({(200, 100): 20}, (128, 64)),
        ({(37, 50): 3}, (36, 48)),
        ({(683, 1024): 3}, (64, 96)),
        ({(64, 1024): 3}, (64, 1024)),
        ({(1, 1): 2}, (4, 4)),
        ({(640, 1024): 3, (300, 300): 1}, (64, 64)),
        ({(20, 30): 3, (30, 30): 1}, (16, 16)),
    ],
)
def test_choose_size(shapes, size):
    assert choose_size(Counter(shapes), 64) == size


@pytest.mark.parametrize("size", [0, -1, (1, 2, 3), (64, 0), 10**6, "64"])
def test_sizes_that_make_no_sense(size):
    with pytest.raises(ValueError, match="size"):
        parse_size(size)


def test_crop_box_is_the_largest_centred_one():
    assert crop_box((100, 200), (64, 64)) == (50, 0, 150, 100)
    assert crop_box((200, 100), (64, 64)) == (0, 50, 100, 150)
    assert crop_box((37, 50), (36, 36)) == pytest.approx((6.5, 0, 43.5, 37))


def test_a_plain_cut_moves_no_pixel():
    values = noise(37, 36, 3)
    assert np.array_equal(resize(values, (36, 36), "crop"), values[:36])


@pytest.mark.parametrize("top", [256, 65536])
def test_resizing_is_antialiased(top):
    """A checkerboard becomes an even grey; picking single pixels would give black or white."""
    board = (np.indices((128, 128)).sum(axis=0) % 2 * (top - 1)).astype(noise(1, 1, top=top).dtype)[:, :, None]
    small = resize(board, (32, 32), "crop")
    assert small.dtype == board.dtype
    assert np.abs(small / (top - 1) - 0.5).max() < 0.02


def test_crop_keeps_the_shape_of_things_and_stretch_does_not():
    """A block in the middle of a wide picture."""
    wide = np.zeros((40, 80, 1), np.uint8)
    wide[10:30, 32:48] = 255
    cropped, stretched = resize(wide, (20, 20), "crop"), resize(wide, (20, 20), "stretch")
    assert (cropped[:, :, 0] > 127).sum() == 10 * 8
    assert (stretched[:, :, 0] > 127).sum() == 10 * 4


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [2, 4])
def test_hidden_colours_do_not_leak(dtype, channels):
    """Middle grey where it shows, black or white where it is transparent: what shows stays middle grey."""
    top = np.iinfo(dtype).max
    for hidden in (0, top):
        values = np.full((64, 64, channels), hidden, dtype)
        values[:, 32:] = top // 2
        values[:, :32, -1], values[:, 32:, -1] = 0, top
        small = resize(values, (21, 21), "crop")
        shows = small[..., -1] > top // 5
        assert shows.any()
        assert np.abs(small[shows][:, :-1] / top - 0.5).max() < 0.03  # of 8 bits, a fifth is left


def test_with_channels():
    grey, rgb = noise(3, 3, 1), noise(3, 3, 3)
    assert np.array_equal(with_channels(grey, 3), np.repeat(grey, 3, axis=2))
    assert np.array_equal(with_channels(with_channels(grey, 3), 1), grey)
    assert np.array_equal(with_channels(rgb, 4)[..., :3], rgb)
    assert with_channels(rgb, 4)[..., 3].min() == 255
    clear = np.dstack([rgb, np.zeros((3, 3), np.uint8)])
    assert with_channels(clear, 3).min() == 255, "what is transparent becomes white"
    assert with_channels(np.dstack([grey, grey * 0]), 1).min() == 255


def test_eight_bits_become_sixteen_to_the_ends():
    deep = Plan(2, 2, 1, deep=True).apply(np.array([[0, 255], [1, 254]], np.uint8)[:, :, None])
    assert deep[..., 0].tolist() == [[0, 65535], [257, 65278]]


def test_grey_and_opaque():
    grey, rgb = noise(3, 3, 1), noise(3, 3, 3)
    assert is_grey(grey) and is_grey(np.repeat(grey, 3, axis=2)) and not is_grey(rgb)
    solid = with_channels(rgb, 4)
    assert is_opaque(rgb) and is_opaque(solid)
    solid[0, 0, 3] = 254
    assert not is_opaque(solid)


@pytest.mark.parametrize(
    "shapes, plan, words",
    [
        ({(28, 28): 9}, Plan(28, 28, 1), ["28x28", "kept as they are"]),
        ({(100, 200): 9}, Plan(64, 128, 1), ["100x200", "scaled to 64x128", "antialiased"]),
        ({(100, 200): 9}, Plan(64, 64, 1), ["centre crop, scaled to 64x64", "antialiased"]),
        ({(100, 200): 9}, Plan(64, 64, 1, fit="stretch"), ["stretched to 64x64"]),
        ({(37, 50): 9}, Plan(36, 48, 1), ["centre crop", "36x48"]),
        ({(20, 20): 3, (90, 90): 4}, Plan(64, 64, 1), ["2 shapes from 20x20 to 90x90", "smaller ones enlarged: 3"]),
    ],
)
def test_what_is_done_is_said(shapes, plan, words):
    line = plan.describe(Counter(shapes))
    assert all(word in line for word in words), line
