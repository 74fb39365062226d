import json
from pathlib import Path

import pytest
import torch
from feature_sets import pair

from ganworks.metrics import kernel
from ganworks.metrics.kernel import kid, mmd

GOLDEN = json.loads(Path(__file__).with_name("golden_distances.json").read_text())["kernels"]
A, B = pair(600, 500, 48)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("name", "subsets", "size"), [("overlapping", 20, 300), ("sparse", 3, 50)])
def test_kid_is_torch_fidelitys_on_the_same_subsets(name, subsets, size):
    """Both ways to compute it: of one matrix of all samples, and of a matrix for each subset."""
    found = kid(A, B, subsets, size, seed=2020)
    assert [found.value, found.error] == pytest.approx(GOLDEN[name], rel=1e-9)
    narrow = kid(A.float(), B.float(), subsets, size, seed=2020)
    assert [narrow.value, narrow.error] == pytest.approx(GOLDEN[name], rel=1e-6)


def test_mmd_is_torch_fidelitys():
    assert mmd(A[:400], B[:400], "polynomial").value == pytest.approx(GOLDEN["polynomial"], rel=1e-9)
    assert mmd(A[:400], B[:400], "rbf", bandwidth=1.5).value == pytest.approx(GOLDEN["rbf"], rel=1e-9)


@pytest.mark.parametrize("name", kernel.KERNELS)
def test_blocks_change_nothing(monkeypatch, name):
    whole = mmd(A[:100], B[:90], name)
    monkeypatch.setattr(kernel, "BLOCK", 32)
    found = mmd(A[:100], B[:90], name)
    assert (found.value, found.error) == pytest.approx((whole.value, whole.error), rel=1e-10)
    assert mmd(A[:100].flip(0), B[:90], name, bandwidth=1.0).value == pytest.approx(
        mmd(A[:100], B[:90], name, bandwidth=1.0).value, rel=1e-10
    )


def test_the_sum_over_pairs_by_hand():
    """a = 0, 1 and b = 2, 4 on a line, kernel exp(-|x - y|^2 / 2)."""
    a, b = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [4.0]])
    k = [2.718281828459045 ** (-(gap**2) / 2) for gap in (1, 2, 2, 4, 1, 3)]
    truth = k[0] + k[1] - 2 * (k[2] + k[3] + k[4] + k[5]) / 4
    assert mmd(a, b, bandwidth=1.0).value == pytest.approx(truth, rel=1e-12)


def test_the_mixture_is_the_mean_of_its_kernels():
    alone = [mmd(A, B, bandwidth=2.0 * factor).value for factor in (0.25, 0.5, 1, 2, 4)]
    assert mmd(A, B, "mixture", bandwidth=2.0).value == pytest.approx(sum(alone) / 5, rel=1e-10)


def test_the_bandwidth_is_the_median_distance():
    a, b = torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [7.0]])  # distances 1 2 3 4 6 7: the lower median is 3
    assert mmd(a, b).value == pytest.approx(mmd(a, b, bandwidth=3.0).value, rel=1e-12)


@pytest.mark.parametrize("name", [*kernel.KERNELS, "kid"])
def test_no_bias_and_an_error_bar_that_covers(name):
    """Forty pairs of draws of one distribution: 0 on average, and the error bar is about their spread."""
    found = []
    for s in range(40):
        a, b = normal(120, 4, seed=s), normal(120, 4, seed=1000 + s)
        found.append(kid(a, b, 4, 60) if name == "kid" else mmd(a, b, name))
    values = torch.tensor([f.value for f in found])
    assert values.mean().abs() < 3 * values.std() / 40**0.5
    assert values.min() < 0 < values.max()
    if name != "kid":  # whose bar is that of a single subset
        assert 0.8 < torch.tensor([f.error for f in found]).mean() / values.std() < 2


def test_the_error_bar_where_distributions_differ():
    found = [mmd(normal(150, 4, seed=s) + 0.5, normal(100, 4, seed=1000 + s), bandwidth=2.0) for s in range(60)]
    spread = torch.tensor([f.value for f in found]).std()
    assert 0.7 < torch.tensor([f.error for f in found]).mean() / spread < 1.5


@pytest.mark.parametrize("measure", [lambda a, b: kid(a, b, 5, 100), lambda a, b: mmd(a, b, bandwidth=3.0)])
def test_more_noise_is_further(measure):
    found = [measure(A[:300] + level * normal(300, 48), A[300:]).value for level in (0.1, 0.4, 1.0)]
    assert found == sorted(found)


def test_seeds():
    assert kid(A, B, 3, 50, seed=1) == kid(A, B, 3, 50, seed=1)
    assert kid(A, B, 3, 50, seed=1).value != kid(A, B, 3, 50, seed=2).value


def test_a_constant_set_is_told_apart():
    for found in (mmd(torch.zeros(30, 48), B), kid(torch.zeros(60, 48), B, 2, 50)):
        assert found.value > 5 * found.error > 0


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (lambda: kid(A[:200], B), "hold 1,000 samples and there are 200 judged ones.*at most 200"),
        (lambda: kid(A, B[:40], subset_size=50), "there are 40 reference ones"),
        (lambda: kid(A, B, subset_size=1), "at least 2 samples"),
        (lambda: mmd(A, B, "gauss"), "no kernel 'gauss': possible are rbf, mixture, polynomial"),
        (lambda: mmd(A, B, bandwidth=0.0), "bandwidth of 0 isn't possible"),
        (lambda: mmd(torch.ones(9, 3), torch.ones(9, 3)), "median distance is 0: give the bandwidth"),
        (lambda: mmd(A[:1], B), "1 judged sample: at least 2"),
    ],
)
def test_bad_input_gets_a_sentence(measure, words):
    with pytest.raises(ValueError, match=words):
        measure()
