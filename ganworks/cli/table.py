"""Results of judging as a table on a terminal."""

import math
import shutil
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from ganworks.judge.results import STANDARD, Result, Row, metrics_of
from ganworks.metrics.protocol import shown

ARROWS = {"lower": "↓", "higher": "↑", "": ""}
LEAST = 110  # columns, where nobody says how wide the window is


def console() -> Console:
    """Plain text to standard output; wide enough for sentences where it goes into a file."""
    out = Console(highlight=False, markup=False, emoji=False)
    if not out.is_terminal:
        out.width = max(LEAST, shutil.get_terminal_size((LEAST, 24)).columns)
    return out


def show(out: Console, names: Sequence[str], results: Sequence[Result]) -> None:
    """One result with what its numbers mean, or several side by side; then the protocol, and what to bear in mind."""
    with out.capture() as captured:
        out.print(of_one(results[0]) if len(results) == 1 else of_many(names, results))
    for line in captured.get().splitlines():
        out.print(line.rstrip(), soft_wrap=True)  # a table is padded, which is a nuisance in a file
    out.print(outline(results[0]) + ("; * the best number of a line" if len(results) > 1 else ""), soft_wrap=True)
    for note in dict.fromkeys(note for result in results for note in result.notes):
        out.print(f"note: {note}", soft_wrap=True)


def of_one(result: Result) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{result.name} against {result.reference['source']}")
    table.title_justify, table.title_style = "left", ""
    table.add_column("metric", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("best", justify="center", no_wrap=True)
    table.add_column("N judged / real", justify="right", no_wrap=True)
    table.add_column("in words")
    for row in result.rows:
        counts = f"{row.num_judged:,} / {row.num_reference:,}" if row.num_reference else f"{row.num_judged:,}"
        table.add_row(row.metric, number(row), arrow(row), counts, row.words)
    return table


def of_many(names: Sequence[str], results: Sequence[Result]) -> Table:
    """A column for each result; the best number of a line is marked by *, whatever the errors are."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"against {results[0].reference['source']}")
    table.title_justify, table.title_style = "left", ""
    table.add_column("metric", no_wrap=True)
    table.add_column("best", justify="center", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    for metric in metrics_of(results):
        rows = [next((row for row in result.rows if row.metric == metric), None) for result in results]
        there = [row for row in rows if row]
        least = min(map(badness, there))
        best = [row for row in there if row.better and badness(row) == least]
        alone = len(best) == 1 and len(there) == len(rows)  # equal ones are no best, nor is one without rivals
        cells = [f"{number(row)}{' *' if alone and row is best[0] else '  '}" if row else "–  " for row in rows]
        table.add_row(metric, arrow(there[0]), *cells)
    return table


def badness(row: Row) -> float:
    if row.better == "lower":
        return row.value
    return -row.value if row.better == "higher" else abs(row.value - float(row.better or 0))


def arrow(row: Row) -> str:
    return ARROWS.get(row.better, row.better)


def number(row: Row) -> str:
    """Two digits of the error, and the value as far: 45.23 ± 0.87."""
    if not row.error or row.value == 0:
        return f"{row.value:.4g}"
    decimals = 1 - math.floor(math.log10(row.error))
    if not -3 < decimals < 6:
        return f"{row.value:.2e} ± {row.error:.1e}"
    decimals = max(decimals, 0)
    return f"{row.value:.{decimals}f} ± {row.error:.{decimals}f}"


def meaning(result: Result) -> str:
    """What the errors are."""
    others: dict[str, list[str]] = {}
    for row in result.rows:
        if row.error is not None and row.kind != STANDARD:
            others.setdefault(row.kind, []).append(row.metric)
    return "; ".join([STANDARD, *(f"of {', '.join(metrics)} {kind}" for kind, metrics in others.items())])


def outline(result: Result) -> str:
    """The protocol in a line, with the fingerprint that compares it with others."""
    facts = result.protocol.facts
    network, reference = facts.get("extractor"), facts["reference"]
    parts = [f"{network['name']} ({network['dim']:,} features)" if network else "no features"]
    if "pictures" in facts:
        pictures = facts["pictures"]
        kinds = {1: "grey", 3: "RGB", 4: "RGBA"}
        parts.append(f"{shown(pictures['size'])} {kinds.get(pictures['channels'], '')}, 8 bits")
    chosen = "" if reference.get("selection", "all") == "all" else f", {result.reference.get('selection')}"
    parts.append(f"N {facts['judged']['count']:,} against {reference['count']:,}{chosen}")
    parts.append(f"± is {meaning(result)}")
    return f"protocol {result.protocol.fingerprint}: {'; '.join(parts)}"
