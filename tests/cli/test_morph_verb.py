from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ganworks.__main__ import main

LINES = ["file,x,y,x,y,x,y"]


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Discs, at places of their own."""
    folder, lines = tmp_path / "faces", list(LINES)
    folder.mkdir()
    for number, (x, y) in enumerate([(12, 12), (20, 12), (12, 20), (20, 20)]):
        picture = Image.new("RGB", (32, 32))
        ImageDraw.Draw(picture).ellipse((x - 6, y - 6, x + 6, y + 6), (250, 200, 60))
        picture.save(folder / f"{number}.png")
        lines.append(f"{number}.png,{x},{y},{x - 6},{y},{x + 6},{y}")
    (tmp_path / "landmarks.csv").write_text("\n".join(lines))
    return folder


def test_a_row_from_one_to_the_other(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "row.png"
    words = ["--landmarks", str(tmp_path / "landmarks.csv"), "--alpha", "0,0.5,1", "--out", str(out)]
    assert main(["morph", str(faces), "0", "3.png", *words]) == 0
    assert "4 pictures with 3 landmarks" in capsys.readouterr().out
    sheet = np.asarray(Image.open(out).convert("L")).astype(float)
    assert sheet.shape == (32, 3 * 32 + 4)
    for number, wanted in enumerate((12.0, 16.0, 20.0)):
        picture = sheet[:, number * 34 : number * 34 + 32]
        assert abs((picture.mean(0) @ (np.arange(32) + 0.5)) / picture.mean(0).sum() - wanted) < 0.7


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("0 3", "give the landmarks"),
        ("0 9 --landmarks {marks}", "no landmarks of '9'"),
        ("0 3 --landmarks {marks} --components -1", "--components: -1 was given"),
        ("0 3 --landmarks nowhere.csv", "no file 'nowhere.csv'"),
    ],
)
def test_mistakes_in_morphing(
    faces: Path, tmp_path: Path, words: str, expected: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["morph", str(faces), *words.format(marks=tmp_path / "landmarks.csv").split()]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert len(said.splitlines()) == 1
