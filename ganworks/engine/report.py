"""`report.html`: all that a run has shown, in one file that needs nothing else."""

import base64
import html
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ganworks.engine.curves import Point, chart
from ganworks.engine.run import Run, write_text

MOST_GRIDS = 12
# Other entries of a line are figures.
KNOWN = {"step", "seconds", "examples", "terms", "gradient_norms", "rates", "skipped", "waited"}
KNOWN |= {"protocol", "health", "rollback"}
Facts = dict[str, Any]
Log = list[Facts]


def write_report(run: Run, also: Callable[[Run], str] | None = None) -> Path:
    """Write `report.html` of a run, in one go; a run that has hardly begun has a short one.

    also: a section that comes first.
    """
    facts, log = run.facts, list(run.read_log())
    title = f"{facts['system']} on {name_of_data(facts)}"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(outline(facts, log))}</p>",
        also(run) if also else "",
        samples_over_time(run),
        section("Losses", curves_of(log, "terms")),
        section("Figures", figures_of(log)),
        section("Gradient norms", curves_of(log, "gradient_norms")),
        section("Speed", [chart("pictures a second", speed_of(log))] if len(log) > 1 else []),
        section("Learning rates", changing_rates(log)),
        section(
            "Settings", [table(f"of {facts['system']}", facts["settings"]), table("of the run", facts["training"])]
        ),
        section("Data", data_of(facts)),
        section("Made with", [table("", facts.get("versions", {}))]),
    ]
    path = run.folder / "report.html"
    write_text(
        path, PAGE.format(title=html.escape(title), style=STYLE, body="\n".join(filter(None, parts)), script=SCRIPT)
    )
    return path


def name_of_data(facts: Facts) -> str:
    return Path(facts["data"]["source"]).name


def outline(facts: Facts, log: Log) -> str:
    """One sentence: how far the run is, how long it took, what went wrong."""
    if not log:
        return "Nothing is logged yet."
    last = log[-1]
    text = (
        f"Step {last['step']:,} of {facts['training']['steps']:,}, {last['examples']:,} pictures seen "
        f"in {duration(last['seconds'])}."
    )
    if last["skipped"]:
        text += f" {last['skipped']:,} updates were skipped, because a loss or a gradient was not finite."
    return text + time.strftime(" Written %Y-%m-%d %H:%M.")


# ------------------------------------------------------------------ samples


def samples_over_time(run: Run) -> str:
    """A large grid with a slider through at most MOST_GRIDS of them, for each entry that the system makes."""
    series: dict[str, list[Path]] = {}
    for path in sorted(run.samples.glob("[0-9]*.png")):
        series.setdefault(path.stem.partition("-")[2], []).append(path)
    return section("Samples over time", [flip_through(name, spread(paths)) for name, paths in series.items()])


def flip_through(name: str, paths: Sequence[Path]) -> str:
    last = len(paths) - 1
    pictures = "".join(
        f'<img alt="samples at step {step_of(path)}" data-step="{step_of(path)}" '
        f'src="data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"{"" if i == last else " hidden"}>'
        for i, path in enumerate(paths)
    )
    caption = f"{html.escape(name)} " if name else ""
    slider = f'<input type="range" min="0" max="{last}" value="{last}" aria-label="step">' if last else ""
    return (
        f'<figure class="film">{pictures}<figcaption>{slider}<span>{caption}step '
        f"<b>{step_of(paths[last])}</b></span></figcaption></figure>"
    )


def spread(paths: Sequence[Path]) -> list[Path]:
    """At most MOST_GRIDS, with the first and the last."""
    if len(paths) <= MOST_GRIDS:
        return list(paths)
    return [paths[round(i * (len(paths) - 1) / (MOST_GRIDS - 1))] for i in range(MOST_GRIDS)]


def step_of(path: Path) -> str:
    return f"{int(path.stem.partition('-')[0]):,}"


# ------------------------------------------------------------------ curves


def curves_of(log: Log, group: str) -> list[str]:
    """A chart for each name in a group of the log."""
    names = dict.fromkeys(name for line in log for name in line[group])
    return [chart(name.replace(".", " "), points(log, group, name)) for name in names]


def points(log: Log, group: str, name: str) -> list[Point]:
    return [(line["step"], line[group][name]) for line in log if name in line[group]]


def figures_of(log: Log) -> list[str]:
    names = dict.fromkeys(name for line in log for name in line if name not in KNOWN and not name.endswith("_error"))
    return [chart(name, [(line["step"], line[name]) for line in log if name in line]) for name in names]


def speed_of(log: Log) -> list[Point]:
    """Pictures a second between a line of the log and the next."""
    return [
        (b["step"], (b["examples"] - a["examples"]) / (b["seconds"] - a["seconds"]))
        for a, b in pairwise(log)
        if b["seconds"] > a["seconds"]
    ]


def changing_rates(log: Log) -> list[str]:
    """Only those that a schedule moves: constant ones stand in the settings."""
    names = dict.fromkeys(name for line in log for name in line["rates"])
    curves = {name: points(log, "rates", name) for name in names}
    return [chart(name, curve) for name, curve in curves.items() if len({rate for _, rate in curve}) > 1]


# ------------------------------------------------------------------ tables


def data_of(facts: Facts) -> list[str]:
    summary = dict(facts["data"].get("summary", {}))
    classes, skipped = summary.pop("classes", {}), summary.pop("skipped", [])
    other = summary.pop("other", None)
    parts = [table("", {"source": facts["data"]["source"]} | summary)]
    if classes:
        parts.append(table("pictures in each class", {name: f"{count:,}" for name, count in classes.items()}))
    if skipped:
        parts.append(table("files not used", {each["name"]: each["reason"] for each in skipped}))
    if other:
        parts += ["<p>The second domain:</p>", *data_of({"data": {"source": other["source"], "summary": other}})]
    return parts


def table(caption: str, rows: Facts) -> str:
    lines = "".join(f"<tr><th>{html.escape(str(key))}</th><td>{plain(value)}</td></tr>" for key, value in rows.items())
    return f"<table><caption>{html.escape(caption)}</caption>{lines}</table>"


def plain(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return html.escape(" × ".join(map(str, value)) if isinstance(value, list) else str(value))


def section(title: str, parts: Iterable[str]) -> str:
    """Nothing, if there are no parts."""
    body = "".join(parts)
    return f"<section><h2>{html.escape(title)}</h2><div>{body}</div></section>" if body else ""


def duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


STYLE = """
:root { color-scheme: light dark; --ink: #1c2230; --soft: #68708a; --line: #dfe3ec; --page: #fff; --curve: #2f62d9 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9f2; --soft: #98a1ba; --line: #333a4b; --page: #14171f; --curve: #7ea4ff } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 1100px; margin: 2rem auto; padding: 0 1rem }
h1 { margin-bottom: 0 } h1 + p { color: var(--soft); margin-top: .2rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
section > div { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start }
figure { margin: 0; width: 330px } figcaption { font-weight: 600; font-size: .9rem }
svg { width: 100%; display: block } svg svg { overflow: hidden }
svg text { font-size: 10px; fill: var(--soft); text-anchor: middle } svg text.side, svg text.unit { text-anchor: end }
svg path { stroke: var(--soft); fill: none } svg path.grid { stroke: var(--line) }
svg polyline { fill: none; stroke: var(--curve); stroke-width: 1.6 } svg circle { fill: var(--curve) }
svg polygon { fill: var(--curve); opacity: .18 }
.film { width: min(100%, 720px) }
.film img { width: 100%; image-rendering: pixelated; border: 1px solid var(--line) } .film [hidden] { display: none }
.film figcaption { display: flex; gap: 1rem; align-items: center; margin-top: .4rem } .film input { flex: 1 }
table { border-collapse: collapse; font-size: .9rem } caption { text-align: left; font-weight: 600; font-size: .9rem }
th, td { text-align: left; font-weight: 400; padding: .15rem .9rem .15rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere } th { color: var(--soft); min-width: 7rem }
"""
SCRIPT = """
for (const film of document.querySelectorAll(".film")) {
  const pictures = film.querySelectorAll("img"), slider = film.querySelector("input"), step = film.querySelector("b");
  slider?.addEventListener("input", () => {
    pictures.forEach((picture, i) => { picture.hidden = i != slider.value });
    step.textContent = pictures[slider.value].dataset.step;
  });
}
"""
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>{style}</style></head>
<body>
{body}
<script>{script}</script>
</body>
</html>
"""
