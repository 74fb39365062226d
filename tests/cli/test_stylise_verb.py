from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganworks.__main__ import main


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 4), np.uint8)
    Image.fromarray(pixels, "RGBA").save(path)
    Image.fromarray(pixels[:30, :30, 0]).save(tmp_path / "grey.jpg")
    (tmp_path / "no.png").write_text("no picture")
    return path


def test_a_photo_is_painted(photo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(photo.parent)
    words = ["stylise", "photo.png", "--style", "grey.jpg", "--features", "random", "--steps", "3", "--size", "30"]
    assert main([*words, "--keep-colours"]) == 0
    assert capsys.readouterr().out.split() == ["photo-grey.png"]
    assert Image.open("photo-grey.png").size == (30, 20)
    assert Image.open("photo-grey.png").mode == "RGBA"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("{photo}", "give the picture whose style"),
        ("nowhere.jpg --style {photo}", "no picture 'nowhere.jpg'"),
        ("{photo} --style {folder}/no.png", "can't be read as a picture"),
        ("{photo} --style {photo} --steps 0", "--steps: 0 was given"),
        ("{photo} --style {photo} --strength -1", "--strength: -1 was given"),
        ("{photo} --style {photo} --out a.jpg", "must end in .png"),
        ("{photo} --style {photo} --features vgg99", "no file 'vgg99' to take VGG's weights from"),
    ],
)
def test_mistakes_in_stylising(photo: Path, words: str, expected: str, capsys: pytest.CaptureFixture[str]):
    assert main(["stylise", *words.format(photo=photo, folder=photo.parent).split()]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert len(said.splitlines()) == 1
