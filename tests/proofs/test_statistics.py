"""Paired differences, luck, and ranks, against values worked out by hand."""

import pytest

from ganworks.proofs.statistics import better_by_luck, rank_correlation, spread


def test_five_gains_of_one_sign_are_luck_once_in_32():
    assert better_by_luck([3.0, 1.0, 2.0, 5.0, 0.1]) == pytest.approx(1 / 32)


def test_no_seeds_can_show_more_than_their_number():
    assert better_by_luck([1.0, 1.0, 1.0]) == pytest.approx(1 / 8)


def test_gains_and_losses():
    # Of the 8 patterns of (3, -1, 2), sums of at least 4 are 3+1+2, 3-1+2.
    assert better_by_luck([3.0, -1.0, 2.0]) == pytest.approx(2 / 8)
    assert better_by_luck([-1.0, -2.0, -3.0]) == pytest.approx(1.0)
    assert better_by_luck([0.0, 0.0]) == pytest.approx(1.0)


def test_equal_gains_do_not_depend_on_rounding():
    assert better_by_luck([0.1, 0.2, 0.3, 0.1, 0.7]) == pytest.approx(1 / 32)


def test_spread_is_that_of_a_sample():
    assert spread([1.0, 2.0, 3.0]) == pytest.approx(1.0)
    assert spread([7.0]) == 0.0


@pytest.mark.parametrize(
    ("x", "y", "rho"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 99], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.8),  # 1 - 6 * (1+1+1+1) / (5 * 24)
        ([1, 1, 2], [1, 1, 2], 1.0),
        ([1, 2, 3], [5, 5, 5], 0.0),
    ],
)
def test_spearman(x, y, rho):
    assert rank_correlation(x, y) == pytest.approx(rho)
