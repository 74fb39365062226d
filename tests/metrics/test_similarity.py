"""Duplicates and memorisation: planted ones are counted, absent ones aren't invented."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from reference_neighbours import CASES, sides

from ganworks.metrics.similarity import birthday, mann_whitney, most, nearest_training

GOLDEN = json.loads(Path(__file__).with_name("golden_neighbours.json").read_text())


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_planted_duplicates_are_the_closest_pairs():
    a = normal(200, 20)
    a[150], a[170] = a[3], a[4] + 1e-3
    found = birthday(a, threshold=0.01, closest=3)
    assert [set(pair) for pair in found.pairs[:2].tolist()] == [{3, 150}, {4, 170}]
    assert found.distances[0] == 0 and found.distances[1] == pytest.approx(1e-3 * math.sqrt(20), rel=1e-3)
    assert len(found.pairs) == 3 and found.distances[2] > 1
    assert found.duplicates == 2 and found.support == 200 * 199 / 4


@pytest.mark.parametrize("threshold", [0.0, 1e-6, 1.5])
def test_close_pairs_as_counted_one_by_one(threshold):
    a = normal(100, 5)
    a[50:60] = a[0]
    far = (a.double()[:, None] - a.double()[None]).norm(dim=2)[torch.triu_indices(100, 100, 1).unbind()]
    assert birthday(a, threshold).duplicates == int((far <= threshold).sum()) >= 55


@pytest.mark.parametrize("support", [100, 2000])
def test_support_is_found_again(support):
    drawn = torch.randint(support, (1000,), generator=torch.Generator().manual_seed(1))
    found = birthday(normal(support, 10)[drawn] + 1e-4 * normal(1000, 10, seed=2), threshold=0.01)
    assert found.support == pytest.approx(support, rel=4 / math.sqrt(found.duplicates))
    assert found.at_least < support


def test_continuous_samples_have_no_end():
    found = birthday(normal(1000, 10), threshold=1e-3)
    assert (found.duplicates, found.support) == (0, math.inf)
    assert found.at_least == pytest.approx(1000 * 999 / 2 / -math.log(0.05))


def test_threshold_from_real_data():
    """As diverse as real data is about one duplicate; a few modes with little noise are many."""
    real = normal(500, 10)
    fine = birthday(normal(500, 10, seed=1), real=real)
    collapsed = birthday(real[:50].repeat(10, 1) + 0.05 * normal(500, 10, seed=1), real=real)
    assert fine.threshold == pytest.approx(torch.pdist(real.double()).min().item())
    assert fine.duplicates <= 5 and collapsed.duplicates > 1000
    assert collapsed.support == pytest.approx(50 * 499 / 450, rel=0.05)
    assert birthday(normal(500, 10, seed=1), real=real[:200]).size == 200
    assert birthday(real.clone(), real=real).duplicates == 1


def test_order_does_not_matter_when_all_are_used():
    a = normal(100, 5)
    one, other = birthday(a, 0.8), birthday(a.flip(0), 0.8)
    assert one.duplicates == other.duplicates > 0
    torch.testing.assert_close(one.distances, other.distances, rtol=1e-12, atol=0)


def test_pairs_are_rows_as_given():
    a = normal(300, 6)
    found = birthday(a, 1.0, size=100, seed=3)
    i, j = found.pairs.T
    torch.testing.assert_close((a[i].double() - a[j]).norm(dim=1), found.distances)
    assert found.size == 100 and birthday(a, 1.0, size=100, seed=4).pairs.tolist() != found.pairs.tolist()


def test_poisson_bound():
    """The textbook's 95 % bounds for 0, 1 and 10 events."""
    assert [most(found) for found in (0, 1, 10)] == pytest.approx([2.9957, 4.7439, 16.9622], abs=1e-4)
    assert 1e6 < most(10**6) < 1.002e6


def test_memorised_samples_are_seen():
    train, held_out = normal(500, 10), normal(300, 10, seed=1)
    fine = nearest_training(normal(400, 10, seed=2), train, held_out)
    assert fine.share < 0.04 and abs(fine.copying) < 3
    copies = train[:100] + 1e-3 * normal(100, 10, seed=3)
    some = nearest_training(torch.cat([normal(300, 10, seed=2), copies]), train, held_out)
    assert some.share == pytest.approx(0.25, abs=0.03) and some.copying < -3
    assert torch.equal(some.indices[300:], torch.arange(100)) and some.distances[300:].max() < 0.01
    everything = nearest_training(train.clone(), train, held_out)
    assert everything.share == 1 and everything.copying < -15 and everything.distances.eq(0).all()
    assert nearest_training(2 * normal(400, 10, seed=2), train, held_out).copying > 3
    assert nearest_training(train, train).copying is None


def test_copying_grows_less_as_noise_grows():
    train, held_out = normal(300, 8), normal(300, 8, seed=1)
    noise = normal(300, 8, seed=2)
    found = [nearest_training(train + much * noise, train, held_out) for much in (0.01, 0.3, 0.6, 2)]
    assert [one.copying for one in found] == sorted(one.copying for one in found)
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)


def test_threshold_is_a_quantile_of_real_distances():
    train = normal(400, 6)
    near = torch.cdist(train.double(), train.double()).fill_diagonal_(torch.inf).min(1).values
    assert nearest_training(train, train, quantile=0.1).threshold == pytest.approx(near.quantile(0.1).item(), rel=1e-6)
    drawn = nearest_training(train, train, quantile=0.5, at_most=200).threshold
    assert drawn != near.quantile(0.5).item() and drawn == pytest.approx(near.quantile(0.5).item(), rel=0.1)


@pytest.mark.parametrize("case", CASES)
def test_mann_whitney_as_scipy(case):
    fake, real = (torch.from_numpy(np.linalg.norm(x, axis=1)) for x in sides(case))
    assert mann_whitney(fake, real) == pytest.approx(GOLDEN[case]["mann_whitney_of_norms"], rel=1e-3)
    assert mann_whitney(real, fake) == pytest.approx(-mann_whitney(fake, real))


def test_mann_whitney_with_ties():
    """U = 3.5 of 4, and ranks 1, 2.5, 2.5, 4: variance 4 / 12 * (5 - 6 / 12)."""
    x, y = torch.tensor([2.0, 3.0]), torch.tensor([1.0, 2.0])
    assert mann_whitney(x, y) == pytest.approx(1.5 / math.sqrt(4 / 12 * 4.5))
    assert mann_whitney(torch.zeros(5), torch.zeros(3)) == 0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: birthday(normal(10, 3)), "no threshold and no real data"),
        (lambda: birthday(normal(10, 3), -1.0), "at least 0"),
        (lambda: birthday(normal(10, 3), 1.0, size=1), "at least 0, 2 and 1"),
        (lambda: birthday(normal(10, 3), real=normal(10, 4)), "3 numbers each"),
        (lambda: nearest_training(normal(5, 3), normal(5, 3), quantile=1.0), "between 0 and 1"),
        (lambda: nearest_training(normal(5, 3), normal(5, 3), normal(5, 2)), "2 numbers each"),
        (lambda: nearest_training(normal(1, 3), normal(5, 3)), "1 judged sample"),
    ],
)
def test_bad_input_gets_a_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()
