import json
from math import cos, sin
from pathlib import Path

import pytest
import torch
from feature_sets import pair

from ganworks.metrics import frechet
from ganworks.metrics.frechet import frechet_bootstrap, frechet_distance, frechet_infinity
from ganworks.metrics.moments import Moments

GOLDEN = json.loads(Path(__file__).with_name("golden_distances.json").read_text())
SIZES = {"many": (600, 500, 48), "few": (40, 30, 64), "unequal": (70, 300, 64)}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def known(mean, covariance, count=10**6):
    """The moments of a Gaussian, without samples."""
    found = Moments(len(mean))
    found.count, found.mean, found.scatter = count, mean, covariance * (count - 1)
    return found


@pytest.mark.parametrize("case", SIZES)
def test_parity_with_torch_fidelity(case):
    a, b = pair(*SIZES[case])
    assert frechet_distance(a, b) == pytest.approx(GOLDEN["frechet"][case], rel=1e-6)
    assert frechet_distance(Moments.of(a), b) == pytest.approx(GOLDEN["frechet"][case], rel=1e-6)


def test_parity_with_scipys_square_root():
    assert frechet_distance(*pair(*SIZES["many"])) == pytest.approx(GOLDEN["frechet_by_scipy"], rel=1e-9)


@pytest.mark.parametrize("decades", [0, 6, 12, 16])
@pytest.mark.parametrize("reverse", [False, True])
def test_gaussians_with_common_axes_have_a_closed_form(decades, reverse):
    """|m|^2 + the sum of (s - t)^2 over the axes, however unlike the scales s are."""
    turn = torch.linalg.qr(normal(40, 40)).Q
    s = torch.logspace(0, -decades / 2, 40, dtype=torch.float64)
    t = (s.flip(0) if reverse else s) * (1 + 0.3 * normal(40, seed=1))
    shift = 0.01 * normal(40, seed=2)
    a, b = known(0 * shift, (turn * s.square()) @ turn.T), known(shift, (turn * t.square()) @ turn.T)
    truth = shift.square().sum() + (s - t.abs()).square().sum()
    assert frechet_distance(a, b) == pytest.approx(truth.item(), rel=1e-8)


def test_a_turn_in_the_plane_has_a_closed_form():
    """tr (S T)^1/2 in 2-D is (tr S T + 2 (det S T)^1/2)^1/2."""
    c, s = cos(0.7), sin(0.7)
    turn = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    scales = torch.diag(torch.tensor([4.0, 1.0], dtype=torch.float64))
    turned = turn @ scales @ turn.T
    truth = 10 - 2 * ((scales @ turned).trace() + 2 * (16**0.5)) ** 0.5
    found = frechet_distance(known(torch.zeros(2).double(), scales), known(torch.zeros(2).double(), turned))
    assert found == pytest.approx(truth.item(), rel=1e-12)


@pytest.mark.parametrize("count", [20, 64, 65, 200])
def test_equal_sets_are_exactly_0_apart(count):
    a, _ = pair(count, 2, 64)
    shuffled = a[torch.randperm(count, generator=torch.Generator().manual_seed(0))]
    assert frechet_distance(a, a) == 0
    assert frechet_distance(a, shuffled) == 0
    assert frechet_distance(Moments.of(shuffled), a) == 0
    assert frechet_distance(a, a + 1e-4) == pytest.approx(64e-8, rel=1e-5)  # though not sets that are nearly so


@pytest.mark.parametrize("count", [40, 200])
def test_features_that_repeat_others_count_as_often(count):
    """As grey pictures in three channels have them: the covariance is singular, and the distance exact."""
    a, b = pair(count, count, 20)
    assert frechet_distance(a.repeat(1, 3), b.repeat(1, 3)) == pytest.approx(3 * frechet_distance(a, b), rel=1e-9)


@pytest.mark.parametrize("count", [10, 90])
def test_a_constant_set_is_at_the_distance_of_all_variance(count):
    _, b = pair(2, 120, 30)
    constant = torch.full((count, 30), 0.1)
    truth = (b.mean(0) - constant[0]).square().sum() + b.var(0).sum()
    assert frechet_distance(constant, b) == pytest.approx(truth.item(), rel=1e-9)
    assert frechet_distance(constant, constant) == 0
    assert frechet_infinity(constant.repeat(15, 1), b, points=3).value == pytest.approx(truth.item(), rel=1e-9)
    assert frechet_bootstrap(constant, b) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("value", [1.0, 0.1])
def test_a_constant_reference_is_at_the_distance_of_all_variance(value):
    a, _ = pair(400, 2, 30)
    constant = torch.full((50, 30), value)
    truth = (a.mean(0) - value).square().sum() + a.var(0).sum()
    assert frechet_distance(a, constant) == pytest.approx(truth.item(), rel=1e-8)
    assert frechet_infinity(a, constant).value == pytest.approx(truth.item(), rel=0.05)
    moved = 2 * (a - a.mean(0)) @ (a.mean(0) - value) + (a - a.mean(0)).square().sum(1)
    assert frechet_bootstrap(a, constant) == pytest.approx((moved.std() / 20).item(), rel=1e-4)


def test_fd_infinity_wants_five_samples_a_dimension():
    a, b = pair(149, 500, 30)
    with pytest.raises(ValueError, match="149 judged samples are too few to extrapolate from: at least 150"):
        frechet_infinity(a, b)
    enough = torch.cat([a, a[:1]])
    found = frechet_infinity(enough, b)
    assert found.error is not None
    assert abs(found.value - frechet_distance(enough, b)) < 5 * found.error


def test_blocks_skip_zeros_only(monkeypatch):
    monkeypatch.setattr(frechet, "WIDTH", 3)
    lower, middle = normal(10, 10).tril(), normal(10, 10, seed=1)
    middle = middle @ middle.T
    found = frechet.sandwich(lower, middle).tril()
    torch.testing.assert_close(found, (lower.T @ middle @ lower).tril(), rtol=1e-12, atol=1e-12)


def test_the_divisor_is_stated():
    """Covariances over N in place of N - 1 shrink what isn't of the means."""
    a, b = pair(30, 30, 5)
    apart = (a.mean(0) - b.mean(0)).square().sum().item()
    spread = frechet_distance(a, b) - apart
    assert frechet_distance(a, b, ddof=0) - apart == pytest.approx(spread * 29 / 30, rel=1e-9)


def test_order_sides_and_noise():
    a, b = pair(200, 150, 16)
    assert frechet_distance(a.flip(0), b) == pytest.approx(frechet_distance(a, b), rel=1e-10)
    assert frechet_distance(b, a) == pytest.approx(frechet_distance(a, b), rel=1e-10)
    noisy = [frechet_distance(b + level * normal(*b.shape), b) for level in (0.0, 0.1, 0.3, 1.0)]
    assert noisy[0] == 0
    assert noisy == sorted(set(noisy))


def test_fd_infinity_is_nearer_to_the_truth_and_knows_how_near():
    """Of ten draws, where the bias at N = 400 is a fifth of the distance."""
    scales = torch.linspace(0.7, 1.4, 16, dtype=torch.float64)
    reference = known(torch.zeros(16).double(), torch.eye(16).double())
    truth = 16 * 0.01 + (scales - 1).square().sum().item()
    draws = [normal(400, 16, seed=s) * scales + 0.1 for s in range(10)]
    plain = torch.tensor([frechet_distance(a, reference) for a in draws])
    free = [frechet_infinity(a, reference) for a in draws]
    values, errors = torch.tensor([f.value for f in free]), torch.tensor([f.error for f in free])
    assert (plain - truth).min() > 0
    assert abs(values.mean() - truth) < 0.5 * (plain.mean() - truth)
    assert 0.5 < values.std() / errors.mean() < 2


def test_fd_infinity_is_seeded():
    a, b = pair(100, 60, 6)
    assert frechet_infinity(a, b, seed=3) == frechet_infinity(a, b, seed=3)
    assert frechet_infinity(a, b, seed=3).value != frechet_infinity(a, b, seed=4).value


def test_distances_on_the_way_are_those_of_the_beginnings():
    a, b = pair(60, 80, 20)
    order = torch.arange(60)
    found = frechet.distances_on_the_way(a, order, frechet.gaussian(b, "reference"), [10, 40, 60])
    assert found == pytest.approx([frechet_distance(a[:n], b) for n in (10, 40, 60)], rel=1e-7)


def test_the_cheap_error_bar_is_the_bootstraps_and_the_truth():
    scales = torch.linspace(0.7, 1.4, 6, dtype=torch.float64)
    reference = known(torch.zeros(6).double(), torch.eye(6).double())
    draws = [normal(600, 6, seed=s) * scales + 0.1 for s in range(40)]
    truth = torch.tensor([frechet_distance(a, reference) for a in draws]).std().item()
    cheap = frechet_bootstrap(draws[0], reference)
    assert cheap == pytest.approx(frechet_bootstrap(draws[0], reference, rounds=200), rel=0.25)
    assert cheap == pytest.approx(truth, rel=0.4)


def test_bad_input_gets_a_sentence():
    a, b = pair(20, 20, 4)
    with pytest.raises(ValueError, match="1 judged sample: at least 2"):
        frechet_distance(a[:1], b)
    with pytest.raises(ValueError, match="4 numbers each and reference features 3"):
        frechet_distance(a, Moments.of(b[:, :3]))
    with pytest.raises(ValueError, match="4 numbers each and reference features 3"):
        frechet_bootstrap(a, b[:, :3])
    with pytest.raises(ValueError, match="20 judged samples: at least 30"):
        frechet_infinity(a, b)
    with pytest.raises(ValueError, match="give at least 3"):
        frechet_infinity(a, b, points=2)
    with pytest.raises(ValueError, match="1 rounds have no spread"):
        frechet_bootstrap(a, b, rounds=1)
