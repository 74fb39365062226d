import json
import signal
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganworks.__main__ import main
from ganworks.core import System
from ganworks.lab.toy import Task
from ganworks.metrics.modes import Modes

SMALL = ["--seeds", "1", "--batch", "16", "--width", "8", "--frames", "3", "--processes", "1"]


def test_a_table_and_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["lab", "ring8", "--systems", "gan,gan:loss=minimax,pacgan:pack=4", "--steps", "4", "--out", str(tmp_path)]
    assert main([*words, *SMALL]) == 0
    out = capsys.readouterr().out
    assert "gan loss=minimax" in out
    assert "pacgan pack=4" in out
    assert "1611.02163" in out
    facts = json.loads((tmp_path / "table.json").read_text())
    assert facts["systems"][2] == {"label": "pacgan pack=4", "system": "pacgan", "settings": {"pack": 4}}
    assert (tmp_path / "film.gif").exists()
    assert (tmp_path / "table.txt").read_text() in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ring9"], "unknown toy 'ring9'. Did you mean ring8?"),
        (["ring8", "--systems", "gam"], "unknown system 'gam'. Did you mean gan?"),
        (["ring8", "--systems", "cgan"], "cgan does not make points without labels; possible: gan, lsgan,"),
        (["ring8", "--systems", "gan,gan"], "name each once"),
        (["ring8", "--systems", "gan:depth=3"], "unknown setting of gan 'depth'"),
        (["ring8", "--systems", "gan:latent=x"], "a whole number"),
        (["ring8", "--systems", "gan:loss=x"], "possible: minimax, non_saturating"),
        (["ring8", "--seeds", "0"], "--seeds: 0 was given; possible: 1 or more"),
        (["ring8", "--processes", "-1"], "--processes: -1 was given; possible: 1 or more"),
        (["stacked:"], "unknown toy 'stacked:'"),
        (["ring8", "--decay", "2"], "--decay: 2 was given; possible: 0 to 1"),
        (["ring8", "--out", "/dev/null/x"], "can't be written"),
        (["ring8", "--film", "film.avi"], "a film ends in .gif or .mp4"),
        (["ring8", "--film", "a/b.gif"], "--out its folder"),
        (["stacked:nowhere"], "no pictures at 'nowhere'"),
    ],
)
def test_mistakes_are_one_line(words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    if "--out" not in words:
        words = [*words, "--out", str(tmp_path)]
    assert main(["lab", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_train_points_to_the_lab(capsys: pytest.CaptureFixture[str]):
    assert main(["train", "gan", "ring8"]) == 2
    assert "ganworks lab ring8" in capsys.readouterr().err


def test_ctrl_c_writes_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    @contextmanager
    def impatient():
        yield lambda what: lambda done, total: signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("ganworks.cli.lab.bar", impatient)
    words = ["lab", "ring8", "--systems", "gan", "--steps", "1000000", "--out", str(tmp_path), *SMALL]
    assert main(words) == 130
    assert "1 unfinished trials" in capsys.readouterr().out
    assert json.loads((tmp_path / "table.json").read_text())["trials"][0]["steps"] == 20
    assert (tmp_path / "still.png").exists()


def test_trials_that_never_began_are_an_interrupt_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Ctrl-C while the first trial of two is judged."""
    judge = Task.judge

    def interrupted(task: Task, system: System) -> Modes:
        signal.raise_signal(signal.SIGINT)
        return judge(task, system)

    monkeypatch.setattr(Task, "judge", interrupted)
    words = ["lab", "ring8", "--systems", "gan,lsgan", "--steps", "4", "--out", str(tmp_path), *SMALL]
    assert main(words) == 130
    trials = json.loads((tmp_path / "table.json").read_text())["trials"]
    assert [(trial["system"], trial["steps"], trial["end"]) for trial in trials] == [("gan", 4, "steps")]


def test_stacked_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    """Dark and bright pictures: 2 classes, 8 modes; the judge is trained once."""
    monkeypatch.setattr("ganworks.lab.stacked.NUM", 200)
    random = np.random.default_rng(0)
    for number in range(24):
        path = tmp_path / "data" / ("dark" if number % 2 else "bright") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 60, (16, 16), np.uint8) + (0 if number % 2 else 190)
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    out = tmp_path / "out"
    words = ["lab", f"stacked:{tmp_path / 'data'}", "--systems", "dcgan,gan", "--steps", "2", "--out", str(out)]
    for _ in range(2):
        assert main([*words, *SMALL]) == 0
    said = capsys.readouterr().out
    assert said.count("held-out pictures rightly") == 1
    assert "200 samples, 8 modes" in said
    facts = json.loads((out / "table.json").read_text())
    assert [trial["total"] for trial in facts["trials"]] == [8, 8]
    assert facts["trials"][0]["good"] == 1
    assert sorted(path.name for path in out.glob("*.png")) == ["dcgan.png", "gan.png"]
