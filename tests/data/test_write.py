"""Values to bytes and back, and pictures to files."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks import data
from ganworks.data import write


def test_bytes_and_back_are_exact():
    values = torch.arange(256, dtype=torch.uint8)
    floats = data.from_bytes(values)
    assert floats[0] == -1 and floats[-1] == 1
    assert torch.equal(data.to_bytes(floats), values)


def test_sixteen_bits_stay_within_the_range():
    floats = data.from_bytes(torch.arange(65536, dtype=torch.int32), bits=16)
    assert floats[0] == -1 and floats[-1] == 1 and (floats.diff() > 0).all()


def test_beyond_the_range():
    values = torch.tensor([-3.0, 3.0, torch.nan, torch.inf, 0.0])
    assert data.to_bytes(values).tolist() == [0, 255, 0, 255, 128]
    assert data.to_bytes(values.bfloat16()).tolist() == [0, 255, 0, 255, 128]


def test_from_bytes_leaves_its_input_alone():
    values = torch.tensor([0.0, 255.0])
    data.from_bytes(values)
    assert values.tolist() == [0, 255]


@pytest.mark.parametrize("channels, mode", [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_a_grid(tmp_path, channels, mode):
    images = torch.rand(5, channels, 4, 6) * 2 - 1
    data.save_grid(images, tmp_path / "new" / "grid.png", columns=3)
    with Image.open(tmp_path / "new" / "grid.png") as grid:
        assert grid.mode == mode
        values = np.asarray(grid).reshape(4 * 2 + 2, 6 * 3 + 2 * 2, channels)
    expected = data.to_bytes(images).permute(0, 2, 3, 1).numpy()
    assert np.array_equal(values[:4, :6], expected[0])
    assert np.array_equal(values[:4, 16:22], expected[2])
    assert np.array_equal(values[6:, 8:14], expected[4])
    assert values[4:6, :, 0].min() == 255
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["grid.png"], "no temporary file stays"


@pytest.mark.parametrize("num, shape, size", [(64, (8, 8), (78, 78)), (1, (8, 8), (8, 8)), (8, (8, 16), (34, 38))])
def test_a_grid_is_about_square(tmp_path, num, shape, size):
    data.save_grid(torch.zeros(num, 1, *shape), tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == size


def test_single_files(tmp_path):
    images = torch.rand(3, 3, 4, 6) * 2 - 1
    paths = data.save_each(images, tmp_path / "each", "bag_")
    assert [path.name for path in paths] == ["bag_00000.png", "bag_00001.png", "bag_00002.png"]
    back = data.open_pictures(tmp_path / "each", size=(4, 6)).read(torch.arange(3))["image"]
    assert torch.equal(back, data.to_bytes(images))


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    data.save_grid(torch.zeros(1, 1, 2, 2), tmp_path / "grid.png")
    before = (tmp_path / "grid.png").read_bytes()

    def half(self, file, *args, **settings):
        file.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(write.Image.Image, "save", half)
    with pytest.raises(OSError, match="no space"):
        data.save_grid(torch.ones(1, 1, 2, 2), tmp_path / "grid.png")
    assert (tmp_path / "grid.png").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.enlarged
@pytest.mark.parametrize("side, zoom", [(28, 2), (8, 7), (56, 1), (64, 1)])
def test_small_pictures_are_enlarged_by_whole_factors(tmp_path, side, zoom):
    images = torch.rand(1, 1, side, side) * 2 - 1
    data.save_grid(images, tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as grid:
        values = np.asarray(grid)
    expected = data.to_bytes(images)[0, 0].numpy()
    assert np.array_equal(values, expected.repeat(zoom, 0).repeat(zoom, 1))


def test_all_pictures_of_an_example_lie_side_by_side():
    """Grey ones become coloured, smaller ones are enlarged, and what is no picture is left out."""
    large, small = torch.rand(2, 3, 4, 6), torch.rand(2, 1, 2, 3)
    wide = data.side_by_side({"label": torch.zeros(2), "image": large, "other": small})
    assert torch.equal(wide[..., :6], large)
    assert torch.equal(wide[..., 6:], small.repeat_interleave(2, 2).repeat_interleave(2, 3).expand(2, 3, 4, 6))
    assert data.side_by_side({"image": large}) is large
    with pytest.raises(ValueError, match="no pictures among point"):
        data.side_by_side({"point": torch.zeros(2, 5)})
