"""The numbers of a claim as a picture: a panel for each number that decides, a column of dots for each arm."""

from collections.abc import Sequence
from html import escape
from math import ceil

from ganworks.engine.curves import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH, Plane, limits, ticks
from ganworks.proofs.claim import AtLeast, Claim, Trials
from ganworks.proofs.statistics import mean

GAP, HEAD, LINE = 14, 22, 13
LETTER = 6.2  # pixels, about
STYLE = """
svg{font:11px system-ui,sans-serif}.page{fill:#fff}text{fill:#333}.unit{text-anchor:end}.side{text-anchor:end}
.arm{text-anchor:middle}.head{font-weight:600}.grid{stroke:#ddd}path{stroke:#999;fill:none}
.dot{fill:#2a6fb0;fill-opacity:.65}.mean{stroke:#b03a2a;stroke-width:2}
.wanted{stroke:#3a8a4a;stroke-dasharray:5 3}
"""


def plot(claim: Claim, trials: Trials) -> str:
    """An SVG; a dot is a seed, a bar the mean, a broken line the value wanted of an arm, as least or as most."""
    numbers = list(dict.fromkeys(check.number for check in claim.checks))
    arms = [arm for arm in claim.arms if arm in trials]
    bounds = [check for check in claim.checks if isinstance(check, AtLeast)]
    panels = [panel(name, arms, trials, {c.arm: c.value for c in bounds if c.number == name}) for name in numbers]
    step_x, step_y = WIDTH + GAP, HEIGHT + HEAD + GAP + LINE * (lines_of(arms) - 1)
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    width, height = columns * step_x, rows * step_y
    places = [(place % columns * step_x, place // columns * step_y) for place in range(len(panels))]
    placed = (f'<g transform="translate({x},{y})">{body}</g>' for (x, y), body in zip(places, panels, strict=True))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<style>{STYLE}</style><rect class="page" width="{width}" height="{height}"/>{"".join(placed)}</svg>\n'
    )


def lines_of(arms: Sequence[str]) -> int:
    """In how many lines the arms' names must be written, in turns, so that none runs into another."""
    room = (WIDTH - LEFT - RIGHT) / max(1, len(arms))
    return max(1, min(3, ceil(max(map(len, arms), default=1) * LETTER / room)))


def panel(number: str, arms: Sequence[str], trials: Trials, wanted: dict[str, float]) -> str:
    """One number: the arms side by side, and the value wanted of an arm. Arms that did not measure it are left out."""
    values = {arm: [v[number] for v in trials[arm].values() if number in v] for arm in arms}
    values = {arm: seen for arm, seen in values.items() if seen}
    title = f'<text class="head" x="{LEFT}" y="14">{escape(number)}</text>'
    if not values:
        return title
    plane = Plane((0.0, float(len(values))), limits([*wanted.values(), *(v for seen in values.values() for v in seen)]))
    marks = "".join(map(plane.mark_y, ticks(*plane.y)))
    lines = lines_of(list(values))
    columns = []
    for place, (arm, seen) in enumerate(values.items()):
        x, step = plane.at_x(place + 0.5), (WIDTH - LEFT - RIGHT) / len(values)
        dots = "".join(
            f'<circle class="dot" r="4" cx="{x + offset(i, len(seen), step):.1f}" cy="{plane.at_y(value):.1f}"/>'
            for i, value in enumerate(seen)
        )
        y = plane.at_y(mean(seen))
        bar = f'<path class="mean" d="M{x - step / 5:.1f} {y:.1f}h{2 * step / 5:.1f}"/>'
        if arm in wanted:
            bar += f'<path class="wanted" d="M{x - step / 2:.1f} {plane.at_y(wanted[arm]):.1f}h{step:.1f}"/>'
        below = HEIGHT - BOTTOM + 18 + LINE * (place % lines)
        columns.append(f'{dots}{bar}<text class="arm" x="{x:.1f}" y="{below}">{escape(arm)}</text>')
    return f'{title}<g transform="translate(0,{HEAD})">{marks}{"".join(columns)}</g>'


def offset(place: int, num: int, step: float) -> float:
    """Seeds side by side, so that equal values do not hide each other."""
    return (place - (num - 1) / 2) * min(8.0, step / 3 / max(num, 1))
