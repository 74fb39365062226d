from math import inf

import pytest

from ganworks.lab.noise import by_luck, fewest_seeds, lower_by_luck, spread


def test_the_whole_difference_lies_in_two_deals_of_all():
    """Of the C(8, 4) = 70 deals of four small and four large values two part them."""
    assert by_luck([1, 2, 3, 4], [11, 12, 13, 14]) == pytest.approx(2 / 70)
    assert by_luck([11, 12, 13, 14], [1, 2, 3, 4]) == pytest.approx(2 / 70)


def test_three_against_three_are_luck_once_in_20():
    assert lower_by_luck([1, 2, 3], [3.1, 4, 5]) == pytest.approx(1 / 20)
    assert lower_by_luck([3.1, 4, 5], [1, 2, 3]) == 1
    # Of the 20 deals of 1, 2, 4 and 3, 5, 6 those with sums of at most 7 are 1 2 3 and 1 2 4.
    assert lower_by_luck([1, 2, 4], [3, 5, 6]) == pytest.approx(2 / 20)
    assert lower_by_luck([1e-12, 2e-12, 3e-12], [4e-12, 5e-12, 6e-12]) == pytest.approx(1 / 20), "however small"


def test_equal_values_differ_by_luck_alone():
    assert by_luck([3, 3, 3], [3, 3, 3]) == 1
    assert by_luck([1, 2, 3, 4], [4, 3, 2, 1]) == 1


def test_many_values_are_dealt_at_random():
    a, b = [float(n) for n in range(12)], [n + 4.0 for n in range(12)]
    assert 0.005 < by_luck(a, b) < 0.03  # Welch's t has 0.012
    assert by_luck(a, [value + 100 for value in b]) < 1e-3


def test_infinite_values_are_the_worst_ones():
    assert by_luck([inf] * 4, [0.1, 0.2, 0.3, 0.4]) == pytest.approx(2 / 70)
    assert by_luck([inf] * 4, [inf] * 4) == 1
    assert spread([1.0, inf]) == 0


def test_fewest_seeds_that_show_anything():
    assert fewest_seeds() == 4
    assert by_luck([1, 2, 3], [11, 12, 13]) > 0.05
