"""Mode counts and divergences of planted histograms and Gaussians."""

import math

import numpy as np
import pytest
import torch

from ganworks.metrics.modes import Modes, modes_by_centre, modes_by_label

RING = torch.tensor([[math.cos(i * math.pi / 4), math.sin(i * math.pi / 4)] for i in range(8)])


def on_ring(modes, each=2000, sigma=0.01):
    noise = torch.randn(len(modes) * each, 2, generator=torch.Generator().manual_seed(0))
    return RING[modes].repeat(each, 1) + sigma * noise


def test_ideal_labels():
    assert modes_by_label(torch.arange(1000).repeat(26), 1000) == Modes(1000, 1000, 1000, 0.0, 0.0, 1.0, 1000)


def test_counts_by_luck_are_not_fair():
    """80 of mode 0, 19 of mode 1, 1 of mode 2, none of mode 3; a fair share is 25, a fifth of that 5."""
    found = modes_by_label(np.array([0] * 80 + [1] * 19 + [2]), 4)
    kl = sum(p * math.log(4 * p) for p in (0.8, 0.19, 0.01))
    assert (found.count, found.fair, found.total, found.reverse_kl) == (3, 2, 4, math.inf)
    assert found.kl == pytest.approx(kl)


def test_reverse_kl_by_hand():
    found = modes_by_label(torch.tensor([0, 0, 0, 1]), 2)
    assert found.reverse_kl == pytest.approx(0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25))


def test_reference_shares():
    labels = torch.tensor([0, 0, 0, 1])
    assert modes_by_label(labels, 2, [30, 10]).kl == 0
    assert modes_by_label(labels, 2, torch.tensor([0.5, 0.5])).kl == modes_by_label(labels, 2).kl > 0
    nowhere = modes_by_label(labels, 3, [1, 0, 1])
    assert nowhere.kl == math.inf and (nowhere.count, nowhere.total) == (1, 2)


def test_one_mode_of_a_uniform_reference():
    assert modes_by_label(torch.zeros(50, dtype=torch.int64), 1000).kl == pytest.approx(math.log(1000))


def test_a_perfect_ring():
    found = modes_by_centre(on_ring(list(range(8))), RING, 0.01)
    assert (found.count, found.fair, found.total) == (8, 8, 8)
    assert found.good == pytest.approx(1 - math.exp(-4.5), abs=0.003) and found.kl < 1e-3


def test_dropped_modes_and_bad_points():
    found = modes_by_centre(on_ring([0, 3, 4]), RING, 0.01)
    assert (found.count, found.fair) == (3, 3) and found.kl == pytest.approx(math.log(8 / 3), abs=1e-3)
    halfway = torch.cat([on_ring([0, 3, 4]), torch.zeros(6000, 2)])
    assert modes_by_centre(halfway, RING, 0.01).good == pytest.approx(found.good / 2)
    assert modes_by_centre(halfway, RING, 0.01).kl == found.kl  # of good ones only


def test_quality_falls_as_noise_grows():
    good = [
        modes_by_centre(on_ring(list(range(8)), 200, sigma), RING, 0.01).good for sigma in (0.005, 0.01, 0.02, 0.04)
    ]
    assert good == sorted(good, reverse=True) and good[-1] < 0.35


def test_order_does_not_matter():
    points = on_ring([0, 1, 5], 100, 0.02)
    assert modes_by_centre(points.flip(0), RING.roll(3, 0), 0.01) == modes_by_centre(points, RING, 0.01)


def test_no_good_point():
    found = modes_by_centre(torch.zeros(5, 2), RING, 0.01)
    assert found == Modes(0, 0, 8, math.inf, math.inf, 0.0, 0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: modes_by_label(torch.tensor([0, 4]), 4), "from 0 to 4, wanted is 0 to 3"),
        (lambda: modes_by_label(torch.tensor([0.5]), 4), "whole numbers"),
        (lambda: modes_by_label(torch.tensor([], dtype=torch.int64), 4), "shape"),
        (lambda: modes_by_label(torch.tensor([0]), 2, [1, 2, 3]), r"wanted are \(2,\) shares"),
        (lambda: modes_by_centre(torch.zeros(5, 3), RING, 0.1), "3 numbers each"),
        (lambda: modes_by_centre(torch.zeros(5, 2), RING, 0), "must be above 0"),
    ],
)
def test_bad_input_gets_a_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_each_mode_may_have_its_own_spread():
    """A point at distance 1 is good for the wide mode, not for the narrow one."""
    points, centres = torch.tensor([[1.0], [9.0]]), torch.tensor([[0.0], [10.0]])
    found = modes_by_centre(points, centres, torch.tensor([1.0, 0.1]))
    assert (found.count, found.good) == (1, 0.5)
    with pytest.raises(ValueError, match="one number or one for each centre"):
        modes_by_centre(points, centres, torch.tensor([1.0, 0.1, 0.1]))


def test_a_cloud_over_everything_holds_no_mode():
    """Uniform points touch each mode by chance, and evenly: fair modes take that for coverage."""
    cloud = 3 * torch.rand(20_000, 2, generator=torch.Generator().manual_seed(0)) - 1.5
    found = modes_by_centre(cloud, RING, 0.03)
    assert (found.count, found.fair, found.held) == (8, 8, 0)
    assert found.kl < 0.05 and found.good == pytest.approx(8 * math.pi * 0.09**2 / 9, rel=0.1)
    both = modes_by_centre(torch.cat([cloud[:5000], on_ring([0, 3, 4], 1000, 0.03)]), RING, 0.03)
    assert both.held == 3
