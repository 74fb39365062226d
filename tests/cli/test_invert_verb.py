import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganworks.__main__ import main


def test_pictures_in_files_and_sets(run: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["sample", str(run), "--count", "1", "--seed", "9", "--each", str(tmp_path)]) == 0
    (mine,) = tmp_path.glob("*.png")
    Image.new("RGB", (16, 24), (90, 20, 200)).save(tmp_path / "colour.jpg")
    words = [str(mine), str(tmp_path / "colour.jpg"), str(pictures), "--count", "2", "--steps", "4"]
    path = tmp_path / "out.png"
    assert main(["invert", str(run), *words, "--features", "none", "--out", str(path)]) == 0
    said = capsys.readouterr().out
    assert "PSNR" in said
    assert f"--code {path.with_suffix('.safetensors')}" in said
    sheet = np.asarray(Image.open(path))
    assert sheet.shape == (38, 28)  # a row for each: as it is, the start, the end
    assert np.array_equal(sheet[:8, :8], np.asarray(Image.open(mine)))
    facts = json.loads(path.with_suffix(".json").read_text())
    assert len(facts["psnr"]) == 4
    assert facts["seconds"] > 0
    more = tmp_path / "more.png"
    assert main(["edit", str(run), "--code", str(path.with_suffix(".safetensors")), "--plus", "0", "--minus", "3",
                 "--out", str(more)]) == 0  # fmt: skip


def test_by_the_features_of_a_network(run: Path, pictures: Path, tmp_path: Path):
    for features in ("convs", "pixels"):
        words = ["--count", "1", "--steps", "2", "--features", features, "--label", "cat"]
        assert main(["invert", str(run), str(pictures), *words, "--out", str(tmp_path / f"{features}.png")]) == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "something is missing"),
        ("{run}/run.json.png", "can't be read as a picture"),
        ("nowhere.png", "no pictures at 'nowhere.png'"),
        ("{pictures} --steps 0", "--steps: 0 was given"),
        ("{pictures} --features vgg99", "unknown feature network 'vgg99'"),
        ("{pictures} --label bird", "unknown label 'bird'"),
    ],
)
def test_mistakes_in_inverting(
    run: Path, pictures: Path, words: str, expected: str, capsys: pytest.CaptureFixture[str]
):
    (run / "run.json.png").write_text("no picture")
    assert main(["invert", str(run), *words.format(run=run, pictures=pictures).split()]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert len(said.splitlines()) == 1
