import numpy as np
import pytest
import torch

from ganworks import metrics
from ganworks.metrics.estimate import Estimate
from ganworks.metrics.features import check

GOOD = torch.arange(12.0).reshape(4, 3)


def spoiled(value):
    found = GOOD.clone()
    found[1:3, 0] = value
    return found


@pytest.mark.parametrize(
    ("a", "b", "settings", "words"),
    [
        (GOOD[:1], GOOD, {}, "1 judged sample: at least 2"),
        (GOOD, GOOD[:0], {}, "0 reference samples: at least 2"),
        (GOOD, GOOD, {"least": 5}, "4 judged samples: at least 5"),
        (spoiled(float("nan")), GOOD, {}, "2 of 4 judged samples have NaN or infinite"),
        (GOOD, spoiled(float("-inf")), {}, "2 of 4 reference samples have NaN or infinite"),
        (GOOD, GOOD[:, :2], {}, "judged features have 3 numbers each and reference features 2"),
        (GOOD.reshape(2, 2, 3), GOOD, {}, r"shape \(2, 2, 3\), wanted is \(N, d\)"),
        (GOOD[:, :0], GOOD, {}, "0 numbers each"),
        (GOOD.to(torch.complex64), GOOD, {}, "complex"),
        (GOOD, torch.ones(4, 3), {"varied": True}, "all 4 reference samples are the same"),
    ],
)
def test_bad_features_get_one_sentence(a, b, settings, words):
    with pytest.raises(ValueError, match=words) as caught:
        check(a, b, **settings)
    assert "\n" not in str(caught.value)


def test_a_constant_set_is_fine_where_the_metric_allows_it():
    check(torch.ones(4, 3))


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        (torch.float64, torch.float64),
        (torch.float32, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.uint8, torch.float32),
        (torch.int64, torch.float64),
    ],
)
def test_numbers_become_floats_that_hold_them(given, becomes):
    found = check(GOOD.to(given))
    assert found.dtype == becomes
    assert torch.equal(found.double(), GOOD.double())


def test_arrays_are_taken_without_a_copy():
    array = np.ones((4, 3), dtype=np.float32)
    assert check(array).data_ptr() == array.ctypes.data


def test_an_estimate_is_read_as_a_number_and_as_words():
    assert float(Estimate(1.5, 0.25)) == 1.5
    assert (str(Estimate(1.5, 0.25)), str(Estimate(1.5))) == ("1.5 ± 0.25", "1.5")


def test_metrics_are_found_without_their_file():
    assert all(getattr(metrics, name).__name__ == name for name in metrics.__all__)
    assert sorted(metrics.HOMES) == sorted(metrics.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'fid'"):
        metrics.fid  # noqa: B018
