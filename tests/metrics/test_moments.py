import numpy as np
import pytest
import torch
from feature_sets import pair

from ganworks.metrics import moments
from ganworks.metrics.moments import Moments


@pytest.mark.parametrize("ddof", [0, 1])
def test_covariance_is_that_of_numpy(ddof):
    features, _ = pair(50, 2, 7)
    found = Moments.of(features)
    np.testing.assert_allclose(found.covariance(ddof), np.cov(features.numpy(), rowvar=False, ddof=ddof), rtol=1e-12)
    np.testing.assert_allclose(found.mean, features.numpy().mean(0), rtol=1e-12)


@pytest.mark.parametrize("sizes", [[1] * 30, [13, 1, 16], [30]])
def test_pieces_of_any_size_give_the_same(sizes):
    """Far from zero, where sums of squares would lose all digits."""
    features = pair(30, 2, 5)[0] + 1e7
    found = Moments(5)
    for piece in features.split(sizes):
        found.update(piece)
    assert found.count == 30
    torch.testing.assert_close(found.mean, features.mean(0), rtol=1e-14, atol=0)
    torch.testing.assert_close(found.covariance(), features.T.cov(), rtol=1e-7, atol=1e-9)


def test_many_rows_are_summed_in_blocks(monkeypatch):
    features, _ = pair(50, 2, 7)
    whole = Moments.of(features)
    monkeypatch.setattr(moments, "AT_ONCE", 4 * 7)
    torch.testing.assert_close(Moments.of(features).scatter, whole.scatter, rtol=1e-12, atol=1e-14)


def test_float32_features_are_summed_in_float64():
    features = pair(400, 2, 3)[0].float() + 4096
    torch.testing.assert_close(Moments.of(features).scatter, Moments.of(features.double()).scatter, rtol=0, atol=0)


def test_merging_leaves_the_other_as_it_is():
    a, b = (Moments.of(x) for x in pair(20, 10, 4))
    before = b.scatter.clone()
    a.merge(b)
    a.merge(Moments(4))
    assert (a.count, b.count) == (30, 10)
    assert torch.equal(b.scatter, before)


def test_bad_moments_get_a_sentence():
    with pytest.raises(ValueError, match="1 samples have no covariance: at least 2"):
        Moments.of(torch.ones(1, 3)).covariance()
    with pytest.raises(ValueError, match="moments of 3 numbers can't take in features of 4"):
        Moments(3).update(torch.ones(2, 4))
    with pytest.raises(ValueError, match="1 of 2 given samples have NaN"):
        Moments(1).update(torch.tensor([[1.0], [float("nan")]]))
