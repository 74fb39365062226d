"""1-NN two-sample accuracy: scikit-learn's numbers, planted faults, ties."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from reference_neighbours import CASES, sides, untied

from ganworks.metrics.two_sample import TwoSample, one_nearest_neighbour

GOLDEN = json.loads(Path(__file__).with_name("golden_neighbours.json").read_text())


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("case", CASES)
def test_as_scikit_learn(case):
    fake, real = untied(*sides(case))
    golden, found = GOLDEN[case]["one_nearest_neighbour"], one_nearest_neighbour(fake, real)
    assert found.count == len(fake) == len(real)
    for name in ("accuracy", "on_real", "on_fake"):
        assert getattr(found, name) == pytest.approx(golden[name], rel=1e-6)


def test_order_does_not_matter():
    a, b = normal(120, 20), normal(120, 20, seed=1)
    a[:20] = b[20:40]
    assert one_nearest_neighbour(a.flip(0), b[torch.randperm(120)]) == one_nearest_neighbour(a, b)


def test_faults_have_their_words():
    real = normal(400, 8)
    modes = real + 8 * torch.arange(400)[:, None].remainder(2)  # two modes
    faults = {
        "fine": (normal(400, 8, seed=1), real),
        "memorised": (real + 1e-3 * normal(400, 8, seed=1), real),
        "told apart:": (normal(400, 8, seed=1) + 4, real),
        "collapsed": (0.6 * normal(400, 8, seed=1), real),
        "too wide": (1.6 * normal(400, 8, seed=1), real),
        "told apart in part": (normal(400, 8, seed=1), modes),
    }
    for words, (fake, of_real) in faults.items():
        assert one_nearest_neighbour(fake, of_real).verdict().startswith(words), words


def test_accuracies_of_faults():
    real = normal(300, 8)
    copied = one_nearest_neighbour(real.clone(), real)
    assert (copied.accuracy, copied.on_real, copied.on_fake) == (0, 0, 0)
    one_point = one_nearest_neighbour(real[:1].expand(300, 8), real)
    assert one_point.on_fake > 0.99 and one_point.on_real > 0.99 and "at a few points" in one_point.verdict()


def test_monotone_as_noise_grows():
    real, fake, noise = normal(300, 10), normal(300, 10, seed=1), normal(300, 10, seed=2)
    found = [one_nearest_neighbour(fake + much * noise, real).on_real for much in (0, 1, 2, 4)]
    assert found == sorted(found) and found[0] < 0.6 and found[-1] > 0.9


def test_ties_of_copies_are_shared():
    """Three samples and two real ones at one point, the others alone: 2 of a sample's 4 copies are samples."""
    fake = torch.tensor([[0.0], [0.0], [0.0], [50.0]])
    real = torch.tensor([[0.0], [0.0], [20.0], [21.0]])
    found = one_nearest_neighbour(fake, real)
    assert found.on_fake == pytest.approx((3 * 2 / 4 + 0) / 4)
    assert found.on_real == pytest.approx((2 * 1 / 4 + 1 + 1) / 4)


def test_other_ties_are_halves():
    found = one_nearest_neighbour(torch.tensor([[0.0], [9.0]]), torch.tensor([[-9.0], [50.0]]))
    assert found.on_fake == pytest.approx((0.5 + 1) / 2)


def test_discrete_data_of_unlike_shares_is_told_apart():
    """Coins of 0.9 and 0.5: copies everywhere, and still the expected accuracy isn't a half."""
    rare, even = (np.random.RandomState(0).rand(500, 1) < p for p in (0.9, 0.5))
    found = one_nearest_neighbour(rare.astype(float), even.astype(float))
    assert found.on_fake > 0.55 and found.verdict() != TwoSample(0.5, 0.5, 0.5, 500, 0.02, 0.02).verdict()


def test_the_larger_set_is_cut_by_seed():
    a, b = normal(100, 5), normal(60, 5, seed=1)
    assert one_nearest_neighbour(a, b).count == one_nearest_neighbour(b, a).count == 60
    assert one_nearest_neighbour(a, b, seed=3) == one_nearest_neighbour(a, b, seed=3)
    assert len({one_nearest_neighbour(a, b, seed=seed).accuracy for seed in range(5)}) > 1


def test_doubt_shrinks_with_the_error():
    assert TwoSample(0.4, 0.4, 0.4, 100, 0.05, 0.04).verdict().startswith("fine")
    assert TwoSample(0.25, 0.25, 0.25, 10_000, 0.005, 0.004).verdict().startswith("memorised")
    assert TwoSample(0.4, 0.4, 0.4, 10_000, 0.005, 0.004).verdict().startswith("nearly fine: some real ones' nearest")
    assert TwoSample(0.55, 0.42, 0.68, 300, 0.03, 0.02).verdict().startswith("nearly fine: samples lie a little closer")
    assert TwoSample(0.88, 0.83, 0.88, 12, 0.15, 0.1).verdict() == "too few samples to say"
    assert TwoSample(0.46, 0.46, 0.46, 10_000, 0.005, 0.004).verdict().startswith("fine")  # sure, but slight


@pytest.mark.parametrize("dim", [2, 256])
def test_the_error_is_the_spread_of_equal_distributions(dim):
    """Over 60 draws; in 256 dimensions, where a few points are everybody's nearest, it is far above the binomial."""
    found = [one_nearest_neighbour(normal(100, dim, seed=i), normal(100, dim, seed=i + 1000)) for i in range(60)]
    spread = torch.tensor([one.on_real for one in found]).std().item()
    stated = sum(one.error for one in found) / 60
    assert spread == pytest.approx(stated, rel=0.3)
    assert stated > 1.5 * 0.05 if dim == 256 else stated < 1.2 * 0.05
    assert sum(one.verdict().startswith(("fine", "too few")) for one in found) >= 57
    overall = torch.tensor([one.accuracy for one in found]).std().item()
    assert overall == pytest.approx(sum(one.accuracy_error for one in found) / 60, rel=0.3)


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match="1 judged sample: at least 2"):
        one_nearest_neighbour(normal(1, 3), normal(5, 3))
