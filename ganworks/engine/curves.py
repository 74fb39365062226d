"""Curves as SVG, small enough to put many of them on a page: a line, a band around it, axes with numbers."""

import html
import math
from collections.abc import Sequence

WIDTH, HEIGHT = 330, 200
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 8, 32
MOST = 200  # points of a line; more are averaged
Point = tuple[float, float]


def chart(title: str, points: Sequence[Point], unit: str = "step") -> str:
    """A curve of (x, y) as an SVG figure. With many points: their means, and a band from the least to the most.

    Values that are not finite are left out; an axis ends where 1 value in 200 is beyond it, so that one jump does
    not press all else flat.
    """
    finite = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    caption = f"<figcaption>{html.escape(title)}</figcaption>"
    if not finite:
        return f"<figure>{caption}<p>nothing measured yet</p></figure>"
    bins = binned(finite)
    xs = (min(x for x, _ in finite), max(x for x, _ in finite))
    plane = Plane(widened(*xs) if xs[0] == xs[1] else xs, limits([y for _, y in finite]))
    middle = " ".join(plane.place(x, mean) for x, mean, _, _ in bins)
    band = [(x, most) for x, _, _, most in bins] + [(x, least) for x, _, least, _ in reversed(bins)]
    marks = "".join(plane.mark_x(x) for x in ticks(*plane.x, most=5)) + "".join(map(plane.mark_y, ticks(*plane.y)))
    dot = (
        f'<circle cx="{plane.at_x(bins[0][0]):.1f}" cy="{plane.at_y(bins[0][1]):.1f}" r="2"/>' if len(bins) < 2 else ""
    )
    return (
        f'<figure>{caption}<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(title)}">{marks}'
        f'<svg x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}" '
        f'viewBox="{LEFT} {TOP} {WIDTH - LEFT - RIGHT} {HEIGHT - TOP - BOTTOM}">'
        f'<polygon points="{" ".join(plane.place(*point) for point in band)}"/><polyline points="{middle}"/>{dot}</svg>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" class="unit">{html.escape(unit)}</text></svg></figure>'
    )


class Plane:
    """From values to places in the picture."""

    def __init__(self, x: Point, y: Point):
        self.x, self.y = x, y

    def at_x(self, value: float) -> float:
        return LEFT + (value - self.x[0]) / (self.x[1] - self.x[0]) * (WIDTH - LEFT - RIGHT)

    def at_y(self, value: float) -> float:
        # Far outside would be numbers that browsers can't place.
        share = min(max((value - self.y[0]) / (self.y[1] - self.y[0]), -1.0), 2.0)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def place(self, x: float, y: float) -> str:
        return f"{self.at_x(x):.1f},{self.at_y(y):.1f}"

    def mark_x(self, value: float) -> str:
        x, bottom = self.at_x(value), HEIGHT - BOTTOM
        return f'<path d="M{x:.1f} {bottom}v4"/><text x="{x:.1f}" y="{bottom + 14}">{short(value)}</text>'

    def mark_y(self, value: float) -> str:
        y = self.at_y(value)
        text = f'<text x="{LEFT - 5}" y="{y + 3.5:.1f}" class="side">{short(value)}</text>'
        return f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>{text}'


def binned(points: Sequence[Point]) -> list[tuple[float, float, float, float]]:
    """At most MOST bins of neighbours: mean x, then mean, least and most y."""
    size = math.ceil(len(points) / MOST)
    groups = (points[begin : begin + size] for begin in range(0, len(points), size))
    return [
        (sum(x for x, _ in group) / len(group), sum(ys) / len(ys), min(ys), max(ys))
        for group in groups
        for ys in [[y for _, y in group]]
    ]


def limits(values: Sequence[float]) -> Point:
    """The axis: nearly all values, and a little room."""
    ordered = sorted(values)
    beyond = len(ordered) // 200
    low, high = ordered[beyond], ordered[-1 - beyond]
    if low == high:
        return widened(low, high)
    room = 0.05 * (high - low)
    return low - room, high + room


def widened(low: float, high: float) -> Point:
    room = max(abs(low), 1.0) * 0.5
    return low - room, high + room


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers, 1, 2 or 5 times a power of ten apart, at most `most` of them in [low, high]."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power > raw * (1 + 1e-9))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [number * step for number in range(first, last + 1)]


def short(value: float) -> str:
    """1200000 -> 1.2M, 15000 -> 15k, 0.25 -> 0.25."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.4g}{letter}"
    return f"{value:.4g}"
