import json
import sys
from pathlib import Path

import pytest
import torch
from feature_sets import pair

from ganworks.metrics import wasserstein as home
from ganworks.metrics.wasserstein import sliced_wasserstein, wasserstein

GOLDEN = json.loads(Path(__file__).with_name("golden_distances.json").read_text())["transport"]
SIZES = {"many": (600, 500, 48), "few": (40, 30, 64), "unequal": (70, 300, 64)}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("case", SIZES)
def test_the_exact_distance_is_pots(case, p):
    pytest.importorskip("ot")
    assert wasserstein(*pair(*SIZES[case]), p=p).value == pytest.approx(GOLDEN[case][f"exact_{p}"], rel=1e-9)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("case", SIZES)
def test_the_sliced_distance_is_pots(case, p):
    found = sliced_wasserstein(*pair(*SIZES[case]), slices=64, seed=7, p=p)
    assert found.value == pytest.approx(GOLDEN[case][f"sliced_{p}"], rel=1e-9)


@pytest.mark.parametrize("case", SIZES)
def test_on_a_line_the_distance_is_scipys_without_pot(monkeypatch, case):
    monkeypatch.setitem(sys.modules, "ot", None)
    a, b = pair(*SIZES[case])
    assert wasserstein(a[:, :1], b[:, :1]).value == pytest.approx(GOLDEN[case]["line"], rel=1e-9)


def test_unequal_numbers_are_as_if_each_sample_came_often():
    """3 and 4 samples, each 4 and 3 times: 12 of each, and the same distance."""
    a, b = normal(3, 1), normal(4, 1, seed=1)
    for p in (1, 2):
        often = wasserstein(a.repeat(4, 1), b.repeat(3, 1), p=p).value
        assert wasserstein(a, b, p=p).value == pytest.approx(often, rel=1e-12)


def test_a_shift_is_carried_as_it_is():
    a, shift = normal(50, 5), torch.tensor([3.0, 0, 0, 4.0, 0], dtype=torch.float64)
    sliced = sliced_wasserstein(a, a + shift, slices=4000)
    assert sliced.value == pytest.approx((25 / 5) ** 0.5, abs=4 * sliced.error)  # the mean square of a direction is 1/d
    assert 0.001 < sliced.error < 0.05
    pytest.importorskip("ot")
    assert wasserstein(a, a + shift, p=2).value == pytest.approx(5, rel=1e-12)


def test_equal_sets_order_and_noise():
    a, b = pair(120, 90, 8)
    assert sliced_wasserstein(a, a.flip(0)).value == 0
    assert sliced_wasserstein(a.flip(0), b) == sliced_wasserstein(a, b)
    noisy = [sliced_wasserstein(b + level * normal(*b.shape), b).value for level in (0.0, 0.1, 0.3, 1.0)]
    assert noisy == sorted(set(noisy))
    pytest.importorskip("ot")
    assert wasserstein(a, a.flip(0)).value == 0
    exact = [wasserstein(b + level * normal(*b.shape), b).value for level in (0.0, 0.1, 0.3, 1.0)]
    assert exact == sorted(set(exact))


def test_the_error_bar_is_the_spread_over_directions():
    a, b = pair(120, 90, 8)
    found = [sliced_wasserstein(a, b, slices=64, seed=s) for s in range(40)]
    assert 0.7 < torch.tensor([f.error for f in found]).mean() / torch.tensor([f.value for f in found]).std() < 1.4


def test_slices_in_blocks_change_nothing(monkeypatch):
    a, b = pair(120, 90, 8)
    whole = sliced_wasserstein(a, b, slices=30)
    monkeypatch.setattr(home, "AT_ONCE", 120 * 7)
    assert sliced_wasserstein(a, b, slices=30).value == pytest.approx(whole.value, rel=1e-12)


def test_large_sets_are_subsampled_and_say_so():
    pytest.importorskip("ot")
    a, b = pair(60, 40, 8)
    found = wasserstein(a, b, cap=50, seed=1)
    assert (found.judged, found.reference) == (50, 40)
    assert found == wasserstein(a, b, cap=50, seed=1) != wasserstein(a, b, cap=50, seed=2)
    whole = wasserstein(a, b)
    assert (whole.judged, whole.reference) == (60, 40)


def test_a_constant_set_is_at_the_mean_distance():
    _, b = pair(2, 90, 8)
    pytest.importorskip("ot")
    assert wasserstein(torch.zeros(10, 8), b).value == pytest.approx(b.norm(dim=1).mean().item(), rel=1e-9)


def test_bad_input_gets_a_sentence(monkeypatch):
    a, b = pair(20, 20, 4)
    with pytest.raises(ValueError, match="order 3 isn't possible"):
        wasserstein(a, b, p=3)
    with pytest.raises(ValueError, match="1 judged sample: at least 2"):
        sliced_wasserstein(a[:1], b)
    with pytest.raises(ValueError, match="1 slices have no spread"):
        sliced_wasserstein(a, b, slices=1)
    with pytest.raises(ValueError, match="cap of 1 samples"):
        wasserstein(a, b, cap=1)
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(ValueError, match=r'pip install "ganworks\[optimal\]"'):
        wasserstein(a, b)
