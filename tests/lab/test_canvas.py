import numpy as np
import pytest

from ganworks.lab import canvas
from ganworks.lab.canvas import HIGH, LOW, MIDDLE, PAPER, Canvas
from ganworks.lab.panels import arrow_mask


def test_a_dot_covers_its_area_wherever_it_lies():
    for x, y in ((20.0, 20.0), (20.5, 19.5), (17.3, 22.8)):
        mask = canvas.dots(np.array([[x, y]], np.float32), 4.0, 40, 0.5)
        assert mask.sum() == pytest.approx(0.5 * np.pi * 16, rel=0.03)
        rows, columns = np.indices(mask.shape)
        assert ((columns + 0.5) * mask).sum() / mask.sum() == pytest.approx(x, abs=0.05)
        assert ((rows + 0.5) * mask).sum() / mask.sum() == pytest.approx(y, abs=0.05)


def test_dots_over_each_other_cover_more_and_never_all():
    places = np.full((3, 2), 10.0, np.float32)
    mask = canvas.dots(places, 3.0, 20, 0.5)
    assert mask[10, 10] == pytest.approx(1 - 0.5**3)


def test_dots_outside_are_not_seen_on_the_other_side():
    outside = np.array([[-5, 10], [25, 10], [10, -5], [10, 25], [1e7, 10]], np.float32)
    assert not canvas.dots(outside, 2.0, 20, 0.5).any()


def test_shading_goes_from_low_over_even_to_high():
    values = np.array([[-1, -1, 0, 0, 1, 1]], np.float32).repeat(2, 0)
    row = canvas.shading(values, 4, 60)[0]
    assert [tuple(row[column]) for column in (0, 30, 59)] == [LOW, MIDDLE, HIGH]
    assert len(np.unique(row, axis=0)) < 30, "bands, not a slope"


def test_a_part_of_the_canvas_has_its_own_origin():
    on = Canvas(20, 10, 2.0)
    part = on.part(5, 2, 10, 6)
    part.box(0, 0, 100, 1, (0, 0, 0))
    picture = on.finished()
    assert picture.shape == (20, 40, 3)
    assert (picture[4:6, 10:30] == 0).all()
    picture[4:6, 10:30] = PAPER
    assert (picture == PAPER).all()


def test_words_end_where_they_shall():
    for anchor, left, right in (("l", 50, 100), ("r", 0, 51)):
        on = Canvas(100, 30, 1.0)
        width = on.words(50, 20, "KL 0.31", 12, anchor=anchor)
        inked = np.flatnonzero((on.finished() != PAPER).any((0, 2)))
        assert left <= inked.min() <= inked.max() < right
        assert inked.max() - inked.min() <= width < 50


def test_arrows_point_where_the_score_rises_and_none_starts_outside():
    on = Canvas(100, 100, 1.0)
    start = np.array([[50, 50], [1e9, 50], [50, -5]], np.float32)
    slope = np.array([[4, 4], [1, 0], [0, 1]], np.float32)  # up on the plane is up in the picture
    rows, columns = np.nonzero(arrow_mask(start, slope, on) > 0.5)
    assert rows.min() == pytest.approx(43, abs=2)
    assert columns.max() == pytest.approx(57, abs=2)
    assert rows.max() <= 52
    assert columns.min() >= 48
