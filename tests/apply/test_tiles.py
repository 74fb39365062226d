"""Tiles: what is made of them is what is made of the whole, at every place that a net can see."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d, interpolate

from ganworks.apply.tiles import cuts, tiled


def noise(height, width, channels=3, dtype=np.uint8):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)


def blur(x):
    """Sees 3 pixels to each side."""
    return conv2d(x, torch.full((3, 1, 7, 7), 1 / 49), padding=3, groups=3)


@pytest.mark.parametrize("size", [(100, 100), (33, 97), (20, 300), (64, 65), (15, 11)])
def test_tiles_make_what_the_whole_makes(size):
    pixels = noise(*size)
    whole = tiled(blur, pixels, tile=1000)
    parts = tiled(blur, pixels, tile=48, overlap=16)
    assert parts.shape == (*size, 3)
    np.testing.assert_array_equal(parts, whole)


def test_a_net_that_enlarges():
    def enlarge(x):
        return interpolate(blur(x), scale_factor=3, mode="nearest")

    pixels = noise(70, 50)
    np.testing.assert_array_equal(
        tiled(enlarge, pixels, scale=3, tile=40, overlap=16), tiled(enlarge, pixels, scale=3, tile=999)
    )


def test_a_net_that_halves_needs_tiles_at_multiples():
    def halves(x):
        return interpolate(x[..., ::4, ::4], scale_factor=4, mode="nearest")[..., : x.shape[2], : x.shape[3]]

    pixels = noise(90, 90)
    whole = tiled(halves, pixels, tile=999)
    np.testing.assert_array_equal(tiled(halves, pixels, tile=40, overlap=16, multiple=4), whole)
    assert (tiled(halves, pixels, tile=41, overlap=16) != whole).any()


def test_a_step_between_tiles_becomes_a_slope():
    """A net that answers with another level in each tile: no neighbouring pixels differ by more than the ramp does."""
    levels = iter([-0.8, 0.8, -0.8])
    made = tiled(lambda x: torch.full_like(x, next(levels)), noise(10, 88), tile=40, overlap=16)
    steps = np.abs(np.diff(made[0, :, 0].astype(int)))
    assert steps.max() <= np.ceil(1.6 * 127.5 / 8) and (steps > 0).sum() >= 14


def test_sixteen_bits_stay_sixteen():
    pixels = noise(60, 30, 1, np.uint16)
    np.testing.assert_array_equal(tiled(lambda x: x, pixels, tile=32, overlap=8), pixels)


def test_beyond_the_range_is_clamped():
    made = tiled(lambda x: x * 3, noise(9, 9))
    assert made.min() == 0 and made.max() == 255


@pytest.mark.parametrize(
    ("side", "tile", "overlap", "multiple"), [(513, 512, 64, 1), (4000, 512, 64, 64), (97, 33, 16, 1)]
)
def test_cuts_cover_the_side(side, tile, overlap, multiple):
    parts = cuts(side, tile, overlap, multiple)
    assert parts[0][0] == 0 and parts[-1][1] == side
    assert all(end - begin <= tile and begin % multiple == 0 for begin, end in parts)
    assert all(before[1] - after[0] == overlap for before, after in pairwise(parts))
