import re
from xml.etree import ElementTree

import pytest

from ganworks.engine.curves import binned, chart, limits, short, ticks


def svg(figure: str) -> ElementTree.Element:
    found = ElementTree.fromstring(figure).find("svg")
    assert found is not None
    return found


def curve(figure: str) -> list[tuple[float, float]]:
    points = re.search(r'polyline points="([^"]*)"', figure)
    assert points
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points[1].split())]


def test_a_straight_line_is_drawn_straight_and_upwards():
    drawn = curve(chart("loss", [(0, 0.0), (50, 1.0), (100, 2.0)]))
    (x0, y0), (x1, y1), (x2, y2) = drawn
    assert x0 < x1 < x2
    assert y0 > y1 > y2  # down the page is less
    assert x1 == pytest.approx((x0 + x2) / 2, abs=0.1)
    assert y1 == pytest.approx((y0 + y2) / 2, abs=0.1)


def test_axes_have_numbers():
    texts = [node.text for node in svg(chart("loss", [(0, 0.0), (10_000, 0.5)])).iter("text")]
    assert {"0", "5000", "10k", "0.2", "0.4", "step"} <= set(texts)


def test_many_points_become_means_in_a_band():
    points = [(i, i % 2) for i in range(1000)]
    bins = binned(points)
    assert len(bins) == 200
    assert bins[0] == (2.0, 0.4, 0, 1)
    assert len(curve(chart("loss", points))) == 200


def test_what_is_not_finite_is_left_out():
    assert len(curve(chart("loss", [(0, 1.0), (1, float("nan")), (2, float("inf")), (3, 2.0)]))) == 2
    assert "nothing measured yet" in chart("loss", [(0, float("nan"))])


def test_one_jump_does_not_flatten_the_rest():
    values = [i / 1000 for i in range(1000)]
    values[500] = 1e6
    low, high = limits(values)
    assert -0.1 < low < 0.01
    assert 0.99 < high < 1.1
    assert svg(chart("loss", list(enumerate(values)))) is not None


@pytest.mark.parametrize("points", [[(5, 1.0)], [(0, 0.0), (9, 0.0)], [(0, -3e8), (1, 3e8)], [(0, 1e-9), (1, 2e-9)]])
def test_single_constant_large_and_small_values(points: list[tuple[float, float]]):
    texts = [node.text for node in svg(chart("<loss> & co", points)).iter("text")]
    assert len(texts) > 4


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 11.0), (1e-6, 2e-6), (999, 1000), (0, 20_000)])
def test_ticks_are_few_round_and_inside(low: float, high: float):
    marks = ticks(low, high)
    assert 2 <= len(marks) <= 6
    assert all(low <= mark <= high for mark in marks)
    gap = marks[1] - marks[0]
    assert f"{gap:e}"[0] in "125"


def test_short_numbers():
    values = (0, 0.25, 9999, 15_000, 1_200_000, -2e9)
    assert [short(value) for value in values] == ["0", "0.25", "9999", "15k", "1.2M", "-2G"]
