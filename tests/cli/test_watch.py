import io
import time
from typing import Any

import pytest
import torch
from rich.console import Console

from ganworks.cli.watch import Watch, duration, losses


class Still:
    """What a watch reads of an engine."""

    def __init__(self):
        self.step, self.position = 0, 0
        self.stream = self.system = self
        self.terms = {"G.a": torch.tensor(1.5), "G.b": torch.tensor(-0.25), "D.a": torch.tensor(2.0)}
        self.figures: dict[str, float] = {}
        self.skipped = 0
        self.notes: list[str] = []

    def readings(self) -> dict[str, float]:
        return {"ada_p": 0.25}


class Clock:
    """A time that tests set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.now = 100.0
        monkeypatch.setattr("ganworks.cli.watch.time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def watch_on(width: int = 80, **terminal: Any) -> tuple[Watch, io.StringIO]:
    shown = io.StringIO()
    return Watch(Console(file=shown, width=width, **terminal)), shown


def train(watch: Watch, clock: Clock, seconds: int, engine: Any, minutes: float | None = None) -> Any:
    """Two steps a second, of 8 pictures."""
    watch.start(engine, 1000, minutes)
    for _ in range(2 * seconds):
        clock.now += 0.5
        engine.step += 1
        engine.position += 8
        watch.show(engine)
    watch.stop()
    return engine


def test_a_plain_line_every_ten_seconds(clock: Clock):
    watch, shown = watch_on()
    train(watch, clock, 33, Still())
    lines = shown.getvalue().splitlines()
    assert len(lines) == 4  # after 2, 12, 22 and 32 seconds
    assert lines[-1] == "step 64/1,000   7:48 left   16 pictures/s   G 1.250   D 2.000   ada p 0.25"


def test_time_left_is_that_of_the_earlier_end(clock: Clock):
    watch, shown = watch_on()
    train(watch, clock, 12, Still(), minutes=1)
    assert "0:48 left" in shown.getvalue()
    assert watch.share == pytest.approx(12 / 60)


def test_figures_skipped_updates_and_notes(clock: Clock):
    watch, shown = watch_on()
    engine = Still()
    engine.figures["diversity"] = 0.876
    engine.skipped = 2
    engine.notes = ["the disk is full"]
    train(watch, clock, 2, engine)
    first, second = shown.getvalue().splitlines()
    assert first == "the disk is full"
    assert "diversity 0.88" in second
    assert "2 updates skipped" in second
    assert not engine.notes, "a note is shown once"


def test_a_run_that_goes_on_counts_only_its_own_speed(clock: Clock):
    watch, shown = watch_on()
    engine = Still()
    engine.step, engine.position = 900, 7200
    train(watch, clock, 12, engine)
    assert "step 924/1,000   0:38 left   16 pictures/s" in shown.getvalue()


def test_speed_is_not_negative_when_the_run_goes_back(clock: Clock):
    watch, _ = watch_on()
    engine = Still()
    engine.step, engine.position = 900, 7200
    train(watch, clock, 4, engine)
    engine.step, engine.position = 100, 800
    watch.measure(engine, clock.now + 1)
    assert "-" not in watch.figures


def test_a_bar_on_a_terminal(clock: Clock):
    watch, shown = watch_on(width=60, force_terminal=True)
    engine = Still()
    engine.figures["diversity"] = 0.5
    train(watch, clock, 3, engine)
    text = shown.getvalue()
    assert "━" in text
    assert "step 6/1,000" in text
    assert "diversity 0.50" in text


def test_only_the_first_rank_shows(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RANK", "1")
    watch, shown = watch_on(force_terminal=True)
    watch.say("a line")
    train(watch, clock, 20, Still())
    assert not watch.shows
    assert shown.getvalue() == ""


def test_a_step_costs_next_to_nothing():
    watch, _ = watch_on()
    engine = Still()
    watch.start(engine, 1000, None)
    begin = time.process_time()
    for _ in range(10_000):
        watch.show(engine)
    assert (time.process_time() - begin) / 10_000 < 50e-6


def test_losses_are_summed_by_player():
    assert losses(Still()) == {"G": 1.25, "D": 2.0}


def test_duration():
    assert [duration(seconds) for seconds in (9.6, 75, 3700, float("inf"))] == ["0:10", "1:15", "1:01:40", "?"]
