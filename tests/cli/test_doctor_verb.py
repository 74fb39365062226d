"""`ganworks doctor`, and what `ganworks train` does on a finding."""

import json
import re
import shutil
from pathlib import Path

import pytest
from doctor.logs import health, sound, spoiled

from ganworks import training
from ganworks.__main__ import main
from ganworks.doctor.probe import Probe
from ganworks.engine.chores import Chore
from ganworks.engine.run import Run


def written(run: Path, folder: Path, lines: list) -> Path:
    """A copy of a run with another log."""
    shutil.copytree(run, folder)
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_a_sound_run(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = written(run, tmp_path / "a", sound())
    assert main(["doctor", str(folder), "--strict"]) == 0
    assert capsys.readouterr().out == f"{folder}: 40 lines: nothing was found\n"


def test_findings_of_several_runs(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    a = written(run, tmp_path / "a", sound())
    b = written(run, tmp_path / "b", spoiled(health(told_apart=0.1)))
    target = tmp_path / "new" / "found.json"
    assert main(["doctor", str(a), str(b), "--json", str(target)]) == 0
    out = capsys.readouterr().out
    assert f"{b}: 40 lines: 1 serious\n  serious critic sleeps, from step 1" in out
    assert "1. --d-lr 0.0016: a faster D sees what G does" in out
    found = json.loads(target.read_text())
    assert found[str(a)] == {"findings": [], "not_measured": {}}
    assert [each["name"] for each in found[str(b)]["findings"]] == ["critic sleeps"]
    assert main(["doctor", str(a), str(b), "--strict"]) == 3


def test_notes_are_no_alarm(run: Path, tmp_path: Path):
    assert main(["doctor", str(written(run, tmp_path / "a", spoiled(health(ema_samples=0.9)))), "--strict"]) == 0


def test_old_empty_and_damaged_logs(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    lines = sound()
    for line in lines:
        del line["health"]
    assert main(["doctor", str(written(run, tmp_path / "old", lines))]) == 0
    assert "not looked at, as the log lacks the figures: critic wins, critic sleeps" in capsys.readouterr().out
    empty = written(run, tmp_path / "empty", [])
    with (written(run, tmp_path / "torn", sound()) / "log.jsonl").open("a") as file:
        file.write('{"step": 12, "ter\n[]\n')
    with (tmp_path / "torn" / "log.jsonl").open("ab") as file:
        file.write(b"\xdd\xfe\n")
    assert main(["doctor", str(empty), str(tmp_path / "torn")]) == 0
    assert f"{empty}: nothing is logged yet" in capsys.readouterr().out
    assert main(["doctor", str(tmp_path)]) == 2
    assert "is not a run" in capsys.readouterr().err


@pytest.fixture
def sleeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """All chores at every step, and a probe that sees a sleeping critic until D's rate is changed."""

    def measure(self, engine):
        engine.health = {"told_apart": 0.1 if engine.step > 5 and engine.rates["D"] == [2e-4] else 0.9}

    monkeypatch.setattr(Probe, "measure", measure)
    monkeypatch.setattr(training, "Chore", lambda do, steps=None, seconds=None: Chore(do, steps=steps or 3))
    monkeypatch.setattr("ganworks.doctor.symptoms.pace.LATE", 2)
    monkeypatch.setattr("ganworks.doctor.finding.LONG", 0)
    monkeypatch.setattr("ganworks.doctor.rounds.LONG", 0)
    monkeypatch.setattr("ganworks.doctor.rounds.Chore", lambda do, steps=None, seconds=None: Chore(do, steps=1))


WORDS = ["train", "gan", "--size", "8", "--width", "4", "--batch", "4", "--steps", "30"]


@pytest.mark.usefixtures("sleeping")
def test_train_stops_with_its_own_exit_code(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "run"
    assert main([*WORDS, str(pictures), "--out", str(folder), "--on-collapse", "stop"]) == 3
    out = capsys.readouterr().out
    assert "serious: critic sleeps since step" in out
    said = re.search(r"The doctor stopped it at step (\d+); ganworks doctor (\S+) says why", out)
    assert said, out
    assert int(said[1]) < 20
    assert json.loads((folder / "doctor.json").read_text())["findings"][0]["name"] == "critic sleeps"
    assert "critic sleeps (serious)" in (folder / "report.html").read_text()
    assert main(["doctor", str(folder), "--strict"]) == 3


def test_what_the_doctor_cannot_do_leaves_no_run(pictures: Path, tmp_path: Path):
    assert main([*WORDS, str(pictures), "--out", str(tmp_path / "run"), "--rollbacks", "-1"]) == 2
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("sleeping")
def test_train_goes_back_and_remembers_it(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "run"
    assert main([*WORDS, str(pictures), "--out", str(folder), "--on-collapse", "rollback"]) == 0
    assert "back from step" in capsys.readouterr().out
    run = Run(folder)
    assert run.facts["training"]["d_lr"] == 8e-4
    assert main(["train", str(folder), "--steps", "33"]) == 0
    assert len(run.facts["rollbacks"]) == 1, "a run that goes on remembers"
    assert list(run.read_log())[-1]["rates"]["D"] == 8e-4
    assert "went back from step" in (folder / "report.html").read_text()
    assert main(["doctor", str(folder), "--strict"]) == 0
