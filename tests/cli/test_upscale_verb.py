"""`ganworks upscale`: one picture, a folder, and what it says when that is not possible."""

import numpy as np
import pytest
from PIL import Image

from ganworks.__main__ import main


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("upscale") / "photos"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(4):
        Image.fromarray(random.integers(0, 255, (24, 30 + number, 3), np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def enlarger(photos):
    run = photos.parent / "sr"
    own = ["--size", "16", "--filter", "3", "--angles", "2", "--batch", "4", "--steps", "2"]
    assert main(["train", "raisr", str(photos), "--out", str(run), *own]) == 0
    return run


def test_one_picture(enlarger, photos, tmp_path, capsys):
    new = tmp_path / "new.png"
    assert main(["upscale", str(enlarger), str(photos / "1.png"), "--out", str(new)]) == 0
    assert Image.open(new).size == (62, 48)
    assert capsys.readouterr().out.strip() == f"2x as large: {new}"


def test_a_folder_beside_the_old_one(enlarger, photos):
    assert main(["upscale", str(enlarger), str(photos)]) == 0
    made = photos.with_name("photos-x2")
    assert sorted(path.name for path in made.iterdir()) == ["0.png", "1.png", "2.png", "3.png"]
    assert Image.open(made / "3.png").size == (66, 48)


def test_what_cannot_be_is_said(enlarger, photos, run, capsys):
    picture = photos / "1.png"
    assert main(["upscale", str(enlarger), str(picture), "--out", "new.jpg"]) == 2
    assert "a .png file expected" in capsys.readouterr().err
    assert main(["upscale", str(enlarger), str(picture), "--out", str(picture)]) == 2
    assert main(["upscale", str(enlarger), str(photos), "--out", str(photos)]) == 2
    assert "write over" in capsys.readouterr().err
    assert main(["upscale", str(enlarger), str(picture), "--blend", "0.5"]) == 2
    assert "RAISR has not learnt in two stages" in capsys.readouterr().err
    assert main(["upscale", str(run), str(picture)]) == 2
    assert "cgan does not enlarge pictures" in capsys.readouterr().err
