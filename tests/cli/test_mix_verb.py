from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks import api, data
from ganworks.__main__ import main


def test_a_grid_of_mixed_pictures(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "mix.png"
    assert main(["mix", str(run), "--rows", "2", "--columns", "3", "--label", "dog", "--out", str(path)]) == 0
    assert "a z has no order from coarse to fine" in capsys.readouterr().out
    sheet = np.asarray(Image.open(path))
    assert sheet.shape == (28, 38)  # 3 x 4 pictures of 8 pixels, 2 pixels between them
    assert (sheet[:8, :8] == 255).all()
    sources = api.load(run, device="cpu").system.sample(5, 0, label=torch.ones(5, dtype=torch.int64))["image"]
    assert np.abs(sheet[10:18, :8].astype(int) - data.to_bytes(sources[0, 0]).numpy()).max() <= 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--rows 0", "--rows: 0 was given"),
        ("--coarse 2", "cgan has no styles"),
        ("--label bird", "unknown label"),
        ("--truncation 0.5", "none"),
    ],
)
def test_mistakes_in_mixing(run: Path, words: str, expected: str, capsys: pytest.CaptureFixture[str]):
    assert main(["mix", str(run), *words.split()]) == 2
    assert expected in capsys.readouterr().err
