"""One net for one style: what is saved, what is learnt, and what is needed for use."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks import api, checks, registry
from ganworks.losses.perceptual import gram
from ganworks.systems.translate.fast_style import STYLE

TINY = {"size": 16, "width": 4, "blocks": 1, "vgg": "random"}


@pytest.fixture
def style(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "style.png")
    return tmp_path / "style.png"


def test_the_matrices_are_those_of_the_picture(style):
    system, _ = registry.build("fast_style", style=style, **TINY)
    assert not system.get_buffer(STYLE[0]).any()
    system.train()
    picture = system.painting()
    assert picture.shape == (1, 3, 16, 13), "no larger than the photographs"
    maps = system.eyes(picture, STYLE)
    for known, found in zip(system.grams(maps), maps, strict=True):
        torch.testing.assert_close(known, gram(found))


def test_what_agrees_costs_nothing():
    """With the style of the pictures themselves, and a net that leaves them as they are, only roughness is left."""
    system, _ = registry.build("fast_style", style="random", **TINY)
    picture = system.train().painting()
    system.G = torch.nn.Identity()
    terms = system.g_loss({"image": picture})
    assert terms["content"] == 0
    assert terms["style"] < 1e-9
    assert terms["smooth"] > 0


def test_the_loss_falls():
    make = lambda: registry.build("fast_style", style="random", **TINY)[0]  # noqa: E731
    first = sum(checks.trained(make, 1).terms.values())
    last = sum(checks.trained(make, 25).terms.values())
    assert last < 0.7 * first


def test_a_run_is_used_without_its_style(style, tmp_path, monkeypatch):
    """And goes on only with it, from wherever."""
    monkeypatch.chdir(tmp_path)
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"photo{number}.jpg")
    run = tmp_path / "run"
    given = {"batch": 2, "precision": "float32", "width": 4, "blocks": 1, "vgg": "random", "device": "cpu"}
    api.train("fast_style", tmp_path, style=Path("style.png"), out=run, steps=1, **given)
    style.unlink()
    model = api.load(run, device="cpu")
    assert model.run.facts["settings"]["style"] == str(style)
    assert all(model.system.get_buffer(tap).any() for tap in STYLE)
    assert model.translate(torch.zeros(1, 3, 21, 30)).shape == (1, 3, 21, 30)
    with pytest.raises(ValueError, match="no best checkpoint"):  # the one most like the photographs has least style
        api.load(run, best=True)
    assert "distance" not in list(model.run.read_log())[-1]
    with pytest.raises(ValueError, match=r"no picture '.*' to learn the style of"):
        api.train(run, steps=2, device="cpu")


def test_a_style_is_needed():
    with pytest.raises(ValueError, match="fast_style needs style"):
        registry.build("fast_style", **TINY)
