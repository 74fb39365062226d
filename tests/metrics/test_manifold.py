"""Precision, recall, density, coverage: prdc's and torch-fidelity's numbers, planted faults, ties."""

import json
from pathlib import Path

import pytest
import torch
from reference_neighbours import CASES, sides

from ganworks.metrics.manifold import manifold, precision_recall

GOLDEN = json.loads(Path(__file__).with_name("golden_neighbours.json").read_text())


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("k", [3, 5])
def test_as_prdc(case, k):
    found = manifold(*sides(case), k=k)
    for name, value in GOLDEN[case][f"prdc_{k}"].items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-6), name


@pytest.mark.parametrize("case", CASES)
def test_as_torch_fidelity(case):
    golden = GOLDEN[case]["torch_fidelity_3"]
    assert precision_recall(*sides(case)) == pytest.approx((golden["precision"], golden["recall"]), rel=1e-6)


def test_identical_sets_are_ideal():
    real = normal(200, 20)
    found = manifold(real.clone(), real)
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)
    assert found.density == pytest.approx(1, rel=1e-12)  # a ball holds its centre and k - 1 others
    assert precision_recall(real.clone(), real) == (1, 1)


def test_order_does_not_matter():
    a, b = normal(150, 20), normal(130, 20, seed=1)
    assert manifold(a.flip(0), b.roll(5, 0)) == manifold(a, b)


def test_monotone_as_noise_grows():
    real, fake, noise = normal(300, 10), normal(300, 10, seed=1), normal(300, 10, seed=2)
    found = [manifold(fake + much * noise, real) for much in (0, 0.5, 1, 2, 4)]
    for name in ("precision", "density", "coverage"):
        values = [getattr(one, name) for one in found]
        assert values == sorted(values, reverse=True) and values[-1] < values[0] / 2, name


def test_dropped_modes_and_strays():
    centres = 30 * normal(10, 6, seed=5)
    real = centres.repeat(40, 1) + normal(400, 6)
    half = centres[:5].repeat(80, 1) + normal(400, 6, seed=1)
    found = manifold(half, real)
    assert found.precision > 0.9 and 0.4 < found.recall < 0.6 and found.coverage < 0.55
    strays = torch.cat([half[:320], 30 * normal(80, 6, seed=7)])
    assert manifold(strays, real).precision < 0.85 and manifold(strays, real).coverage <= found.coverage + 0.02


def test_a_collapse_is_seen():
    real = normal(200, 10)
    found = manifold(real[:1].expand(200, 10), real)
    assert found.recall < 0.02 and found.coverage < 0.1 and found.precision == 1


def test_density_is_not_fooled_by_a_stray_real_picture():
    """One stray's ball reaches over everything: precision takes it for good, density doesn't."""
    real = torch.cat([normal(200, 5), torch.full((1, 5), 60.0)])
    fake = 20 + normal(200, 5, seed=1)
    found = manifold(fake, real)
    assert found.precision == 1 and found.density < 0.25 and found.coverage < 0.01


def test_coverage_of_a_perfect_generator():
    assert manifold(normal(2000, 6), normal(2000, 6, seed=1)).coverage == pytest.approx(1 - 2**-5, abs=0.015)


def test_surfaces_belong_to_balls_only_in_precision_recall():
    """Real ones 0, 1, 3, k = 1: radii 1, 1, 2. A sample at 5 lies on the last one's surface."""
    real, fake = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([[5.0], [5.0], [90.0]])
    assert manifold(fake, real, k=1).precision == 0
    assert precision_recall(fake, real, k=1)[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (normal(5, 3), normal(20, 3), "k = 5 nearest of 4"),
        (normal(20, 3), torch.ones(20, 3), "all 20 reference samples are the same"),
        (normal(20, 3).log(), normal(20, 3), "NaN or infinite"),
    ],
)
def test_bad_input_gets_a_sentence(a, b, said):
    with pytest.raises(ValueError, match=said):
        manifold(a, b)
