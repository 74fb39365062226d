"""The report of a small made-up run."""

import base64
import html
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganworks.engine.report import MOST_GRIDS, speed_of, spread, write_report
from ganworks.engine.run import Run

FACTS: dict[str, Any] = {
    "system": "wgan_gp",
    "settings": {"size": [8, 16], "penalty": 10.0, "name": "<b>bold</b>"},
    "training": {"steps": 4000, "batch": 64, "clip": None, "flip": True},
    "data": {
        "source": "somewhere/my <pets>",
        "summary": {
            "count": 14,
            "size": [8, 16],
            "classes": {"cat & co": 5, "dog": 9},
            "skipped": [{"name": "torn.png", "reason": "not a picture"}],
        },
    },
    "versions": {"torch": "2.14"},
}
VOID = {"meta", "input", "img", "br"}


def line(step: int, **more: Any) -> dict[str, Any]:
    return {
        "step": step,
        "seconds": step / 10,
        "examples": 64 * step,
        "terms": {"G.adversarial": 1.0 / step, "D.penalty": 0.5},
        "gradient_norms": {"G": 2.0, "D": float("nan") if step == 3 else 3.0},
        "rates": {"G": 1e-4, "D": 1e-4 / step},
        "skipped": 2,
    } | more


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "samples").mkdir()
    (tmp_path / "run.json").write_text(json.dumps(FACTS))
    return Run(tmp_path)


class Page(HTMLParser):
    """Fails on a tag that is not closed, or closed twice; collects what tests look at."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.images: list[tuple[str, bool]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.links += [str(found[name]) for name in ("src", "href") if name in found]
        if tag == "img":
            self.images.append((str(found["src"]), "hidden" in found))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data


def draw(run: Run, *steps: int, suffix: str = "") -> None:
    for step in steps:
        Image.new("L", (40, 40), step % 256).save(run.samples / f"{step:08d}{suffix}.png")


def test_a_run_that_has_hardly_begun(run: Run):
    page = Page(write_report(run).read_text())
    assert "wgan_gp on my <pets>" in page.text
    assert "Nothing is logged yet." in page.text
    assert "Losses" not in page.text


def test_everything_that_a_run_has_shown(run: Run):
    for step in (1, 2, 3, 4):
        run.write_log(line(step, diversity=0.5, distance=0.1))
    draw(run, 2, 4)
    page = Page(write_report(run).read_text())
    for part in (
        "Step 4 of 4,000, 256 pictures seen in 0 s. 2 updates were skipped",
        *("G adversarial", "D penalty", "Gradient norms", "diversity", "distance", "pictures a second"),
        *("penalty", "10.0", "8 × 16", "<b>bold</b>", "clip", "cat & co", "torn.png", "not a picture", "2.14"),
    ):
        assert part in page.text, part
    assert "Learning rates" in page.text, "D's rate moves"


def test_it_needs_no_other_file(run: Run):
    draw(run, 1, 2)
    page = Page(write_report(run).read_text())
    assert len(page.links) == 2
    for link, path in zip(page.links, sorted(run.samples.iterdir()), strict=True):
        kind, _, data = link.partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data) == path.read_bytes()


def test_of_many_grids_twelve_are_kept_and_the_last_is_shown(run: Run):
    draw(run, *range(1, 41))
    draw(run, 7, suffix="-fake_a")
    text = write_report(run).read_text()
    page = Page(text)
    assert len(page.images) == MOST_GRIDS + 1
    assert [hidden for _, hidden in page.images] == [True] * 11 + [False, False]
    steps = re.findall(r'data-step="(\d+)"', text)
    assert steps[0] == "1" and steps[11] == "40" and steps[12] == "7"
    assert "fake_a" in page.text


def test_spread_keeps_the_ends():
    paths = [Path(str(number)) for number in range(100)]
    kept = spread(paths)
    assert (len(kept), kept[0], kept[-1]) == (12, paths[0], paths[-1])
    assert spread(paths[:5]) == paths[:5]


def test_speed_is_that_between_two_lines():
    assert speed_of([line(1), line(2), line(2), line(4)]) == [(2, pytest.approx(640)), (4, pytest.approx(640))]


def test_rates_that_stay_are_not_drawn(run: Run):
    for step in (1, 2):
        run.write_log(line(step, rates={"G": 1e-4}))
    assert "Learning rates" not in Page(write_report(run).read_text()).text


def test_it_is_quick_and_replaces_the_old_one_whole(run: Run):
    for step in range(1, 3001):
        run.write_log(line(step))
    draw(run, *range(1, 13))
    (run.folder / "report.html").write_text("old")
    begin = time.process_time()
    path = write_report(run)
    assert time.process_time() - begin < 1.0
    assert html.escape("my <pets>") in path.read_text()
    assert sorted(each.name for each in run.folder.iterdir()) == ["log.jsonl", "report.html", "run.json", "samples"]
