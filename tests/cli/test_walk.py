from pathlib import Path

import pytest
import torch
from PIL import Image

from ganworks import api, registry
from ganworks.__main__ import main
from ganworks.cli.walk import walks


def test_walks_are_closed_and_smooth(run: Path):
    model = api.load(run, device="cpu")
    frames = torch.stack(list(walks(model, 2, {}, points=3, frames=8, seed=0)))
    assert frames.shape == (24, 2, 1, 8, 8)
    steps = (frames - frames.roll(1, 0)).abs().mean((1, 2, 3, 4))  # the first of them closes the walk
    assert (steps > 0).all()
    far = (frames[0] - frames[8]).abs().mean()
    assert steps.max() < far
    apart = (frames[:, 0] - frames[:, 1]).abs().mean()
    assert apart > steps.max(), "the two walks are the same"


def test_truncated_walks_stay_nearer_to_each_other():
    torch.manual_seed(0)
    system, _ = registry.build("stylegan2", **registry.find("stylegan2").tiny)
    model = api.Model(None, system, torch.device("cpu"), "float32")
    spreads = []
    for truncation in (None, 1.0, 0.5, 0.0):
        frames = list(walks(model, 4, {}, points=2, frames=1, seed=0, truncation=truncation))
        spreads.append(torch.stack(frames).std(1).mean().item())
    assert spreads[0] == pytest.approx(spreads[1])
    assert spreads[1] > spreads[2] > spreads[3]


def test_a_film(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["walk", str(run), "--points", "2", "--frames", "4", "--fps", "10", "--grid", "1x2"]) == 0
    assert "8 frames, 0.8 seconds" in capsys.readouterr().out
    with Image.open(run / "out" / "walk.gif") as film:
        assert film.n_frames == 8
        assert film.info["duration"] == 100
        assert film.info["loop"] == 0
        assert film.width > film.height >= 200  # small pictures are enlarged
