"""`ganworks train`, from the words to the last line."""

import shutil
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ganworks import api
from ganworks.__main__ import main
from ganworks.cli import train
from ganworks.cli.watch import Watch
from ganworks.core import Player
from ganworks.engine.engine import Diverged
from ganworks.engine.run import Run

OWN = """
from ganworks.systems.image.gan import gan

def small(*, size: int = 8, channels: int = 1, broken: bool = False):
    return None if broken else gan(size=size, channels=channels, width=4)
"""


class Calls:
    """Stands for `api.train`: notes what it is given."""

    def __init__(self, run: Path, end: str = "steps"):
        self.run, self.end = Run(run), end

    def __call__(self, *words: str, watch: Watch, **given: Any) -> Any:
        self.words, self.given = words, given
        system = SimpleNamespace(
            inputs=lambda num, seed: {"z": 0},
            specs={},
            players=lambda: {"G": Player(torch.nn.Linear(1, 1), torch.optim.SGD)},
        )
        return SimpleNamespace(run=self.run, end=self.end, system=system)


@pytest.fixture
def calls(run: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    noted = Calls(run)
    monkeypatch.setattr(api, "train", noted)
    return noted


@pytest.mark.parametrize(
    ("words", "expected", "given"),
    [
        ("photos", ["photos"], {}),
        ("gan photos --size 8x16", ["gan", "photos"], {"size": (8, 16)}),
        ("--flip gan --g-lr 1e-3 photos", ["gan", "photos"], {"flip": True, "g_lr": 1e-3}),
        ("photos --no-flip --steps=7", ["photos"], {"flip": False, "steps": 7}),
        ("wgan_gp --penalty 5 photos --out a", ["wgan_gp", "photos"], {"penalty": 5.0, "out": "a"}),
        ("cgan --nets mlp photos", ["cgan", "photos"], {"nets": "mlp"}),
    ],
)
def test_only_what_is_given_is_passed_on(calls: Calls, words: str, expected: list[str], given: dict[str, Any]):
    assert main(["train", *words.split()]) == 0
    assert list(calls.words) == expected
    assert calls.given == given
    assert {name: type(value) for name, value in calls.given.items()} == {n: type(v) for n, v in given.items()}


def test_a_run_knows_its_system(calls: Calls, run: Path):
    """`--condition` is a setting of cgan, which the words do not name."""
    assert main(["train", str(run), "--condition", "concat"]) == 0
    assert calls.given == {"condition": "concat"}


def test_a_system_of_ones_own(calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "own_net.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    assert main(["train", "own_net:small", "photos", "--broken"]) == 0
    assert calls.words == ("own_net:small", "photos")
    assert calls.given == {"broken": True}


@pytest.mark.parametrize(("end", "code", "said"), [("time", 0, "The time is up"), ("interrupt", 130, "Stopped after")])
def test_how_it_ends(calls: Calls, end: str, code: int, said: str, capsys: pytest.CaptureFixture[str]):
    calls.end = end
    assert main(["train", "photos"]) == code
    out = capsys.readouterr().out
    assert said in out
    assert f"ganworks train {calls.run.folder} " in out


def test_goes_on_and_says_where_everything_is(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "copy"
    shutil.copytree(run, folder)
    assert main(["train", str(folder), "--steps", "5"]) == 0
    out = capsys.readouterr().out
    assert "goes on at step 3" in out
    assert "Done: 5 steps." in out
    assert f"samples  {folder / 'samples' / '00000005.png'}" in out
    assert f"ganworks train {folder} --steps 10" in out
    assert (folder / "report.html").exists()


def test_ctrl_c_saves_and_says_how_to_go_on(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "copy"
    shutil.copytree(run, folder)
    monkeypatch.setattr(Watch, "show", lambda self, engine: engine.step == 4 and signal.raise_signal(signal.SIGINT))
    assert main(["train", str(folder), "--steps", "100"]) == 130
    assert "Stopped after step 5; everything is saved." in capsys.readouterr().out
    assert (folder / "checkpoints" / "step-00000005.safetensors").exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [(Diverged("step 9: all is NaN"), "step 9: all is NaN"), (torch.OutOfMemoryError("CUDA"), "--micro 2")],
)
def test_failures_of_training(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fail(*words: str, **given: Any) -> None:
        raise error

    monkeypatch.setattr(api, "train", fail)
    assert main(["train", "photos"]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1


def test_what_is_read_from_the_source_is_what_the_source_does():
    assert {setting.name for setting in train.common()} == set(api.DEFAULTS)
    assert all(setting.help for setting in train.common())
