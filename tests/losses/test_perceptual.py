"""Perceptual losses against closed forms."""

import pytest
import torch

from ganworks.losses.perceptual import features_l1, features_squared, gram, style, total_variation


def test_distances_of_maps_that_differ_by_a_constant():
    a, b = torch.randn(2, 3, 4, 4), torch.randn(2, 5, 2, 2)
    made, wanted = [a + 0.5, b - 2], [a, b]
    assert features_l1(made, wanted).item() == pytest.approx(0.5 + 2, rel=1e-5)
    assert features_squared(made, wanted).item() == pytest.approx(0.25 + 4, rel=1e-5)
    assert features_squared(made, wanted, [2, 0.25]).item() == pytest.approx(0.5 + 1, rel=1e-5)


def test_no_gradient_reaches_what_is_wanted():
    made, wanted = (torch.randn(1, 2, 3, 3, requires_grad=True) for _ in range(2))
    for loss in (features_l1, features_squared):
        loss([made], [wanted]).backward()
    style([gram(made)], [gram(wanted)]).backward()
    assert made.grad is not None and made.grad.abs().sum() > 0
    assert wanted.grad is None


def test_gram_of_constant_maps():
    """Channels constant at 2 and 3: sums over H W places of 4, 6, 9, divided by 2 H W; the same for any size."""
    for side in (4, 9):
        maps = torch.tensor([2.0, 3.0]).view(1, 2, 1, 1).expand(1, 2, side, side)
        torch.testing.assert_close(gram(maps), torch.tensor([[[2.0, 3.0], [3.0, 4.5]]]))


def test_style_knows_no_places():
    maps = torch.randn(2, 3, 8, 8)
    shuffled = maps.flatten(2)[..., torch.randperm(64)].view_as(maps)
    assert style([gram(shuffled)], [gram(maps)]).item() < 1e-10
    assert features_squared([shuffled], [maps]) > 0.5


def test_style_of_constant_maps_and_gatys():
    """Gram matrices of 1 x 1: 4 and 1, so the distance is 9; Gatys' eq. 4 of the same sums is a quarter of it."""
    a, b = torch.full((1, 1, 5, 5), 2.0), torch.full((1, 1, 5, 5), 1.0)
    assert style([gram(a)], [gram(b)]).item() == pytest.approx(9)
    assert style([gram(a.expand(3, -1, -1, -1))], [gram(b)], [0.5]).item() == pytest.approx(4.5)
    sums = [maps.square().sum() for maps in (a, b)]
    assert ((sums[0] - sums[1]) ** 2 / (4 * 1**2 * 25**2)).item() == pytest.approx(9 / 4)


def test_gram_stays_in_float32_under_autocast():
    maps = torch.randn(1, 4, 16, 16)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(gram(maps), gram(maps.double()).float())


def test_total_variation_of_a_slope():
    """Steps of 3 downwards and 0.5 to the right, everywhere."""
    rows, columns = torch.meshgrid(torch.arange(5.0), torch.arange(7.0), indexing="ij")
    pictures = (3 * rows + 0.5 * columns).expand(2, 3, -1, -1)
    assert total_variation(pictures).item() == pytest.approx(9.25)
    assert total_variation(torch.full((1, 1, 4, 4), 0.7)).item() == 0
