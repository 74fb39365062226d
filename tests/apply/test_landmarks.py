"""Landmarks of pictures, from a file."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from ganworks.apply.landmarks import marked


@pytest.fixture
def folder(tmp_path):
    for name, size in (("a.png", (40, 20)), ("b.png", (20, 20)), ("c.png", (40, 20))):
        Image.new("RGB", size, (90, 20, 200)).save(tmp_path / name)
    return tmp_path


def write(folder, *lines):
    path = folder / "landmarks.csv"
    path.write_text("\n".join(["file,x,y,x,y,x,y", *lines]))
    return path


RIGHT = ["a.png,0,0,40,20,20,10", "b.png,0,0,20,20,5,10", "c.png,0,0,40,20,20,15"]


def test_pixels_become_shares_of_each_picture(folder):
    found = marked(folder, write(folder, *RIGHT), side=32)
    assert found.pictures.shape == (3, 3, 16, 32)
    assert found.names == ["a.png", "b.png", "c.png"]
    assert found.row("b") == found.row("b.png") == 1
    expected = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [-0.5, 0.0]])
    torch.testing.assert_close(found.points[1], expected)
    with pytest.raises(ValueError, match="no landmarks of 'z'"):
        found.row("z")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (RIGHT[:2], "has landmarks of 2 pictures"),
        ([*RIGHT, "d.png,0,0,1,1,2,2"], "tells of d.png, which is not in"),
        ([*RIGHT, "a.png,0,0,1,1,2"], "of a.png three or more pairs"),
        ([*RIGHT, "a.png,0,0,1,one,2,2"], "of a.png three or more pairs"),
        ([*RIGHT, "a.png,0,0,1,1,2,2,3,3"], "a.png has 4 landmarks, a.png 3"),
    ],
)
def test_what_is_wrong_is_named(folder, lines, expected):
    with pytest.raises(ValueError, match=expected):
        marked(folder, write(folder, *lines), side=32)


def test_a_file_that_is_not_there(folder):
    with pytest.raises(ValueError, match=r"no file 'nowhere\.csv' with landmarks"):
        marked(folder, Path("nowhere.csv"), side=32)
