"""Holes in files of every kind; blending against its own equation; masks that cannot be."""

import numpy as np
import pytest
import torch

from ganworks.apply.completion import blended, completed, hole_in, largest_square, smaller
from ganworks.data.write import write_png


def picture(channels=3, dtype=np.uint8, height=40, width=56):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)


def hole(height=40, width=56):
    found = np.zeros((height, width), bool)
    found[10:20, 30:56] = True  # up to the border
    found[30, 3] = True
    return found


def white(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return torch.where(mask > 0, torch.ones(()), x)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(("channels", "of_model"), [(1, 1), (1, 3), (2, 3), (3, 3), (4, 3), (3, 4), (4, 4)])
def test_only_the_hole_changes(channels, dtype, of_model):
    pixels = picture(channels, dtype)
    made = completed(pixels, hole(), white, of_model)
    assert (made.dtype, made.shape) == (pixels.dtype, pixels.shape)
    np.testing.assert_array_equal(made[~hole()], pixels[~hole()])
    assert (made[hole()] == np.iinfo(dtype).max).all(), "white, and opaque"


def test_a_grey_model_says_that_it_has_no_colours():
    with pytest.raises(ValueError, match="grey pictures"):
        completed(picture(3), hole(), white, 1)


def test_a_large_picture_is_done_in_tiles_and_those_without_a_hole_not_at_all():
    pixels, where, seen = picture(1, np.uint8, 40, 2000), hole(40, 2000), []
    made = completed(pixels, where, lambda x, mask: seen.append(x.shape) or white(x, mask), 1)
    assert len(seen) == 1
    assert (made[where] == 255).all()
    np.testing.assert_array_equal(made[~where], pixels[~where])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 4])
def test_a_large_hole_is_filled_in_a_smaller_picture(channels, dtype):
    """A slope is continued by whoever sees it small, and what was in the hole is not seen at all."""
    top, seen = np.iinfo(dtype).max, []
    slope = np.broadcast_to(np.linspace(0, top, 120)[None, :, None], (90, 120, channels)).astype(dtype)
    where = np.zeros((90, 120), bool)
    where[20:62, 30:80] = True
    pixels = slope.copy()
    pixels[where] = top

    def continued(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seen.append((x, mask))
        return torch.where(mask > 0, torch.linspace(-1, 1, x.shape[3]).expand_as(x), x)

    made = completed(pixels, where, continued, channels, times=42 / 12)
    assert [x.shape for x, _ in seen] == [(1, channels, 26, 34)]
    x, mask = seen[0]
    true = torch.linspace(-1, 1, 34).expand_as(x)
    assert ((x - true).abs() * (1 - mask)).max() < 0.04
    np.testing.assert_array_equal(made[~where], slope[~where])
    assert np.abs(made[where].astype(float) - slope[where]).max() < 0.03 * top


def test_the_largest_square_in_a_hole():
    assert [largest_square(hole()), largest_square(~hole()), largest_square(np.zeros((3, 3), bool))] == [10, 30, 0]
    assert smaller(picture(1), hole(), 5)[1].sum() == 2 * 5, "the lonely pixel is known from its neighbours"


def test_blending_takes_the_steps_inside_and_the_colours_around():
    """A filling that is off by a constant comes out as it should be: its steps inside are right, so are the borders."""
    true = np.full((40, 56, 3), 1000, np.uint16)
    off = true.copy()
    off[hole()] += 300
    np.testing.assert_array_equal(blended(off, true, hole()), true)


def test_blending_solves_its_equation():
    """Each pixel of the hole differs from the mean of its neighbours as wanted."""
    pixels, where = picture(1, np.uint16), hole()
    made = pixels.copy()
    made[where] = picture(1, np.uint16)[::-1][where]
    result = blended(made, pixels, where)
    np.testing.assert_array_equal(result[~where], pixels[~where])
    flat = np.where(where, 30_000, pixels[:, :, 0]).astype(np.uint16)[:, :, None]
    smooth = blended(flat, pixels, where)[:, :, 0].astype(
        float
    )  # no steps wanted: each pixel the mean of its neighbours
    for row, column in ((15, 40), (11, 31), (18, 50)):
        around = smooth[[row - 1, row + 1, row, row], [column, column, column - 1, column + 1]]
        assert smooth[row, column] == pytest.approx(around.mean(), abs=2)
    edge = smooth[[14, 16, 15], [55, 55, 54]]  # the border of the picture has three neighbours
    assert smooth[15, 55] == pytest.approx(edge.mean(), abs=2)


def test_a_mask_is_white_where_it_is_seen(tmp_path):
    mask = np.zeros((6, 8, 4), np.uint8)
    mask[2:4, 2:5] = 255
    mask[0, 0] = (255, 255, 255, 0)  # not seen
    mask[5, 5] = (100, 100, 100, 255)
    write_png(mask, tmp_path / "mask.png")
    found = hole_in(tmp_path / "mask.png", tmp_path / "photo.png", (6, 8))
    assert found.sum() == 6
    assert found[2:4, 2:5].all()


@pytest.mark.parametrize(("value", "size", "words"), [
    (0, (6, 8), "has no white"), (255, (6, 8), "white all over"), (255, (8, 6), r"6x8, and .*photo.png 8x6 \(height"),
])  # fmt: skip
def test_masks_that_cannot_be(value, size, words, tmp_path):
    write_png(np.full((6, 8, 1), value, np.uint8), tmp_path / "mask.png")
    with pytest.raises(ValueError, match=words):
        hole_in(tmp_path / "mask.png", tmp_path / "photo.png", size)
