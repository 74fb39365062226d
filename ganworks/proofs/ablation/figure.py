"""An ablation as a picture: a line for each trick, its difference to the baseline, and how sure that is."""

from html import escape
from math import log, log1p
from typing import Any

from ganworks.proofs.statistics import T

LEFT, RIGHT, ROW, TOP, WIDTH = 120, 16, 17, 40, 640
LEAST, MOST = 0.4, 6.0  # times the baseline's distance; beyond, a mark stands at the edge
MARKS = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
STYLE = """
svg{font:11px system-ui,sans-serif}.page{fill:#fff}text{fill:#333}.side{text-anchor:end}.mark{text-anchor:middle}
.head{font-weight:600}.grid{stroke:#ddd}.base{stroke:#555}path{fill:none;stroke-width:1}.better{stroke:#3a8a4a;fill:#3a8a4a}
.worse{stroke:#b03a2a;fill:#b03a2a}.luck{stroke:#999;fill:#999}.sure{stroke-width:1}.error{stroke-width:4}
"""


def at(times: float) -> float:
    """The place of a ratio of distances, on a logarithmic axis."""
    share = (log(min(max(times, LEAST), MOST)) - log(LEAST)) / (log(MOST) - log(LEAST))
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def draw(outcome: dict[str, Any]) -> str:
    """An SVG. Dot: mean ratio; thick bar: its standard error; thin bar: where the true one is, 19 times in 20."""
    rows = [row for row in outcome["rows"] if row["change"] is not None]
    height = TOP + ROW * len(rows) + 24
    title = (
        f"{outcome['system']}, a trick flipped: Fréchet distance, times the baseline's in {outcome['minutes']:g} min"
    )
    grid = "".join(
        f'<path class="{"base" if mark == 1 else "grid"}" d="M{at(mark):.1f} {TOP - 6}V{height - 20}"/>'
        f'<text class="mark" x="{at(mark):.1f}" y="{height - 6}">{mark:g}</text>'
        for mark in MARKS
    )
    lines = "".join(line(row, TOP + ROW * (place + 0.5)) for place, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f'<style>{STYLE}</style><rect class="page" width="{WIDTH}" height="{height}"/>'
        f'<text class="head" x="8" y="18">{escape(title)}</text>{grid}{lines}</svg>\n'
    )


def line(row: dict[str, Any], y: float) -> str:
    kind = row["verdict"] if row["verdict"] in ("better", "worse") else "luck"
    middle = log1p(row["change"])
    bars = ""
    if row["error"] is not None:
        for name, reach in (("sure", T[row["seeds"] - 2] * row["error"]), ("error", row["error"])):
            begin, end = (at(2.718281828**place) for place in (middle - reach, middle + reach))
            bars += f'<path class="{kind} {name}" d="M{begin:.1f} {y:.1f}H{end:.1f}"/>'
    return (
        f'<text class="side" x="{LEFT - 8}" y="{y + 4:.1f}">{escape(row["trick"])}</text>{bars}'
        f'<circle class="{kind}" r="3.5" cx="{at(1 + row["change"]):.1f}" cy="{y:.1f}"/>'
    )
