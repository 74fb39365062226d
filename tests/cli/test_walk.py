import math
from pathlib import Path

import pytest
import torch
from PIL import Image

from ganworks import api
from ganworks.__main__ import main
from ganworks.cli.walk import slerp, walks


def test_slerp_in_the_plane():
    """A third of the way from east to north is 30 degrees."""
    a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    third = slerp(a, b, 1 / 3)
    torch.testing.assert_close(third, torch.tensor([[math.cos(math.pi / 6), math.sin(math.pi / 6)]]))


def test_slerp_keeps_the_length_where_a_straight_line_would_not():
    torch.manual_seed(0)
    a, b = torch.randn(16, 100), torch.randn(16, 100)
    a, b = (10 * v / v.norm(dim=1, keepdim=True) for v in (a, b))
    for t in (0.25, 0.5):
        torch.testing.assert_close(slerp(a, b, t).norm(dim=1), torch.full((16,), 10.0))
    assert (a.lerp(b, 0.5).norm(dim=1) < 8).all()


def test_slerp_begins_and_ends_where_it_should():
    torch.manual_seed(0)
    a, b = torch.randn(3, 4, 5), 2 * torch.randn(3, 4, 5)
    torch.testing.assert_close(slerp(a, b, 0.0), a)
    torch.testing.assert_close(slerp(a, b, 1.0), b)


def test_slerp_of_vectors_without_an_arc():
    a = torch.tensor([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [0.0, 0.0]])
    b = torch.tensor([[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]])
    torch.testing.assert_close(slerp(a, b, 0.5), torch.tensor([[1.0, 2.0], [1.5, 3.0], [0.0, 0.0], [0.0, 0.0]]))


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


def test_a_film(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["walk", str(run), "--points", "2", "--frames", "4", "--fps", "10", "--grid", "1x2"]) == 0
    assert "8 frames, 0.8 seconds" in capsys.readouterr().out
    with Image.open(run / "out" / "walk.gif") as film:
        assert film.n_frames == 8
        assert film.info["duration"] == 100
        assert film.info["loop"] == 0
        assert film.width > film.height >= 200  # small pictures are enlarged
