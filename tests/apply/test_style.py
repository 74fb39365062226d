"""Neural style, with a random network."""

import numpy as np
import pytest
import torch

from ganworks.apply.style import Aim, finished, search
from ganworks.losses.perceptual import gram
from ganworks.losses.style import content_share, style_share
from ganworks.nets.vgg import vgg


def stripes(height, width, down=False):
    line = torch.arange(height if down else width) // 2 % 2 * 1.6 - 0.8
    return (line[:, None] if down else line).expand(1, 3, height, width).clone()


def blob(height=24, width=32):
    rows, columns = torch.linspace(-1, 1, height)[:, None], torch.linspace(-1, 1, width)
    return (torch.exp(-4 * (rows**2 + columns**2)) * 1.6 - 0.8).expand(1, 3, height, width).clone()


@pytest.fixture(scope="module")
def aim():
    return Aim(vgg("random"), blob(), stripes(20, 28))


def test_nothing_is_missing_from_what_is_wanted():
    eyes = vgg("random")
    with torch.no_grad():
        content, style = Aim(eyes, blob(), blob())(blob())
    assert content == 0
    assert style < 1e-10


def test_shares_do_not_depend_on_the_scale_of_maps():
    """Maps twice as large are off by their own size: 1; of Gram matrices 4 times as large, 9; and so at any scale."""
    maps = torch.rand(2, 3, 4, 4)
    for scale in (1, 100):
        assert content_share([2 * scale * maps], [scale * maps]).item() == pytest.approx(1, rel=1e-5)
        one = scale * maps[:1]
        assert style_share([2 * one.expand(3, -1, -1, -1)], [gram(one)]).item() == pytest.approx(9, rel=1e-5)


def test_the_style_comes_and_the_content_stays(aim):
    with torch.no_grad():
        _, before = aim(blob())
        painting, _ = aim(stripes(24, 32))
    found, done = search(aim, blob(), strength=10, steps=25)
    assert done == 25
    assert found.shape == (1, 3, 24, 32)
    assert found.abs().max() <= 1
    with torch.no_grad():
        content, after = aim(found)
    assert after < 0.8 * before
    assert content < painting


def test_strength_weighs_style_against_content(aim):
    with torch.no_grad():
        bold, careful = (aim(search(aim, blob(), strength=weight, steps=15)[0]) for weight in (10.0, 0.1))
    assert bold[1] < careful[1]
    assert bold[0] > careful[0]


def test_an_interrupt_keeps_what_there_is(aim):
    def stop(done):
        if done == 5:
            raise KeyboardInterrupt

    found, done = search(aim, blob(), steps=60, progress=stop)
    assert done == 5
    assert not torch.equal(found, blob())


def test_colours_and_transparency_stay():
    random = np.random.default_rng(0)
    photo = random.integers(60, 190, (6, 5, 4), np.uint8)
    made = torch.rand(1, 3, 6, 5) * 0.4 - 0.2
    kept = finished(made, photo, keep_colours=True)
    assert kept.shape == (6, 5, 4)
    np.testing.assert_array_equal(kept[:, :, 3], photo[:, :, 3])
    luma = np.array([0.299, 0.587, 0.114])
    grey = (made[0].permute(1, 2, 0).numpy() + 1) * 127.5 @ luma
    inside = ((kept[:, :, :3] > 0) & (kept[:, :, :3] < 255)).all(2)
    assert np.abs(kept[:, :, :3] @ luma - grey)[inside].max() < 1.5
    plain = finished(made, photo[:, :, :3], keep_colours=False)
    np.testing.assert_allclose(plain, (made[0].permute(1, 2, 0).numpy() + 1) * 127.5, atol=0.51)
