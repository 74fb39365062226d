"""`report.html`: what was made of pictures, before and after under a slider, in one file that needs nothing else."""

import base64
import html
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import numpy as np
from PIL import Image

from ganworks.apply.files import Job
from ganworks.apply.truth import Truth
from ganworks.data.decode import Pixels
from ganworks.data.plan import resize
from ganworks.engine.report import PAGE, STYLE
from ganworks.engine.run import write_text

MOST, SIDE = 200, 640  # pictures, and pixels of a side of each
SMALL = 160  # pixels of the longer side, up to which single pixels are shown, without loss
WIDTH = 520  # of a picture on the page


@dataclass(frozen=True)
class Entry:
    """One picture. size: height and width of what was made; shown: of its preview. Previews are data: URIs."""

    name: str
    size: tuple[int, int]
    shown: tuple[int, int]
    before: str
    after: str
    true: str


class Page:
    """Collects pictures while they are made, and writes the page.

    title: what was made by what. detail: show the middle at full size, not the whole made smaller.
    """

    def __init__(self, title: str, detail: bool, truth: Truth | None = None):
        self.title, self.detail, self.truth = title, detail, truth
        self.num = 0
        self.entries: list[Entry] = []

    def add(self, job: Job, before: Pixels, after: Pixels) -> None:
        true = self.truth.compare(job, before, after) if self.truth else None
        size, scale = after.shape[:2], after.shape[0] // before.shape[0]
        if self.detail:
            box = middle(before.shape, SIDE // scale)
            larger = tuple(slice(part.start * scale, part.stop * scale) for part in box)
            before, after, true = before[box], after[larger], None if true is None else true[larger]
        shown = fitted(after.shape[:2])
        views = [preview(before, shown), preview(after, shown), "" if true is None else preview(true, shown)]
        self.entries.append(Entry(job.name, size, shown, *views))
        self.num += 1
        if len(self.entries) > 2 * MOST:  # memory does not grow with the folder
            self.entries = self.chosen()

    def chosen(self) -> list[Entry]:
        """At most MOST, in their order on the page: the worst first, the best last, then those without a true one."""
        rank = {name: place for place, name in enumerate(self.truth.ranked())} if self.truth else {}
        judged = sorted((entry for entry in self.entries if entry.name in rank), key=lambda entry: rank[entry.name])
        if len(judged) > MOST:
            judged = judged[: MOST // 2] + judged[-MOST // 2 :]
        return (judged + [entry for entry in self.entries if entry.name not in rank])[:MOST]

    def write(self, folder: Path) -> Path:
        entries = self.chosen()
        left_out = f", of which {len(entries)} are shown" if len(entries) < self.num else ""
        note = f"{self.num:,} picture{'s' * (self.num != 1)}{left_out}"
        note += time.strftime(", %Y-%m-%d %H:%M. Drag across a picture: before on the left, after on the right.")
        parts = [f"<h1>{html.escape(self.title)}</h1><p>{note}</p>"]
        if self.truth and self.truth.found:
            parts += [SIDES, table_of(self.truth)]
        parts.append(f'<div class="pairs">{"".join(self.figure(entry) for entry in entries)}</div>')
        path = folder / "report.html"
        page = PAGE.format(title=html.escape(self.title), style=STYLE + LOOK, body="\n".join(parts), script=SCRIPT)
        write_text(path, page)
        return path

    def figure(self, entry: Entry) -> str:
        height, width = entry.shown
        zoom = max(1, 256 // max(entry.shown))
        views = [f'<img class="right" alt="after" src="{entry.after}">']
        views.append(f'<img class="left before" alt="before" src="{entry.before}">')
        if entry.true:
            views.append(f'<img class="left true" alt="the true picture" src="{entry.true}">')
        slider = f'<input type="range" aria-label="{html.escape(entry.name)}: how much of it is before">'
        link = f'<a href="{quote(entry.name)}.png">{html.escape(entry.name)}</a>'
        kind = "view pixels" if max(entry.shown) <= SMALL else "view"
        style = f"width: {min(width * zoom, WIDTH)}px; aspect-ratio: {width} / {height}"
        return (
            f'<figure><div class="{kind}" style="{style}">{"".join(views)}{slider}</div>'
            f"<figcaption>{link} {self.remarks(entry)}</figcaption></figure>"
        )

    def remarks(self, entry: Entry) -> str:
        """Its size, its scores, and whether it is the worst or the best."""
        words = "{}×{}".format(*reversed(entry.size))
        if self.detail and max(entry.size) > max(entry.shown):
            words += ", the middle"
        if self.truth and entry.name in self.truth.found:
            made, ranked = self.truth.found[entry.name][0], self.truth.ranked()
            words += f"; PSNR {made.psnr:.2f}, SSIM {made.ssim:.3f}"
            ends = {ranked[-1]: "best", ranked[0]: "worst"} if len(ranked) > 1 else {}
            if end := ends.get(entry.name):
                return f'<span>{words}</span> <b class="{end}">{end}</b>'
        return f"<span>{words}</span>"


def table_of(truth: Truth) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{made}</td><td>{as_was}</td></tr>" for name, made, as_was in truth.table()
    )
    head = f"<tr><th>against {len(truth.found):,} true pictures, the mean</th><th>after</th><th>{truth.rival}</th></tr>"
    return f"<table>{head}{rows}</table>"


def middle(shape: tuple[int, ...], side: int) -> tuple[slice, ...]:
    """Rows and columns of the middle of a picture, at most `side` of each."""
    begins = [max(0, (have - side) // 2) for have in shape[:2]]
    return tuple(slice(begin, min(begin + side, have)) for begin, have in zip(begins, shape, strict=False))


def fitted(size: tuple[int, ...]) -> tuple[int, int]:
    """The height and width within SIDE x SIDE."""
    scale = min(1.0, SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def preview(pixels: Pixels, shown: tuple[int, int]) -> str:
    """A data: URI: PNG of what is small or transparent, otherwise JPEG."""
    if pixels.shape[0] > shown[0]:
        pixels = resize(pixels, shown, "stretch")
    if pixels.dtype == np.uint16:
        pixels = (pixels // 257).astype(np.uint8)
    flat = np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    exact, file = max(shown) <= SMALL or pixels.shape[2] in (2, 4), BytesIO()
    if exact:
        Image.fromarray(flat).save(file, "PNG")
    else:
        Image.fromarray(flat).save(file, "JPEG", quality=90, subsampling=0)
    return f"data:image/{'png' if exact else 'jpeg'};base64,{base64.b64encode(file.getvalue()).decode()}"


SIDES = """<fieldset><legend>on the left</legend>
<label><input type="radio" name="left" checked> before</label>
<label><input type="radio" name="left" id="true"> the true picture</label></fieldset>"""
LOOK = """
body { max-width: 1640px }
fieldset { border: 1px solid var(--line); border-radius: 6px; width: max-content; margin: 1rem 0; padding: .2rem .8rem }
legend, figcaption span { color: var(--soft); font-weight: 400 } label { margin-right: .8rem }
td { text-align: right } tr:first-child th + th { text-align: right }
.pairs { display: flex; flex-wrap: wrap; gap: 1.4rem; margin-top: 1.5rem }
.pairs figure { width: auto; max-width: 100%; display: flex; flex-direction: column }
.view { --at: 50%; position: relative; max-width: 100%; overflow: hidden; border-radius: 6px;
  outline: 1px solid var(--line); background: repeating-conic-gradient(#8883 0% 25%, #8881 0% 50%) 0 / 16px 16px }
.view img { position: absolute; inset: 0; width: 100%; height: 100% } .pixels img { image-rendering: pixelated }
.view .right { clip-path: inset(0 0 0 var(--at)) } .view .left { clip-path: inset(0 calc(100% - var(--at)) 0 0) }
.view::after { content: ""; position: absolute; inset: 0 auto 0 calc(var(--at) - 1px); width: 2px; background: #fff;
  box-shadow: 0 0 3px #000; pointer-events: none }
.view input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize }
.view:focus-within { outline: 2px solid var(--curve) }
figcaption { contain: inline-size; margin-top: .3rem; overflow-wrap: anywhere }
figcaption a { color: inherit; display: block }
figcaption b { border-radius: 4px; padding: 0 .4rem; color: #fff; font-weight: 600 }
.worst { background: #b3372f } .best { background: #2c7d46 }
.true, body:has(#true:checked) figure:has(.true) .before { display: none }
body:has(#true:checked) .true { display: block }
"""
SCRIPT = """
for (const slider of document.querySelectorAll(".view input")) {
  const move = () => slider.parentElement.style.setProperty("--at", slider.value + "%");
  slider.addEventListener("input", move);
  move();
}
"""
