"""`ganworks evaluate` and `ganworks compare`, as words."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks.__main__ import main
from ganworks.cli import evaluate, table
from ganworks.judge.results import Result, Row
from ganworks.metrics.protocol import Protocol

PIXELS = "--features pixels"
MISTAKES = (
    ("evaluate", ("ganworks evaluate RUN REAL",)),
    ("evaluate {run}", ("against what?", "REAL")),
    ("evaluate nowhere {pets} --features pixels", ("no pictures at 'nowhere'", "a folder")),
    ("evaluate {empty} {pets} --features pixels", ("no pictures in", "empty")),
    ("evaluate {one} {pets} --features pixels --size 8", ("one has 1 picture; at least 2",)),
    ("evaluate {large} {pets} --features pixels", ("has 20x20 grey pictures", "has 8x8 grey pictures", "--size 8")),
    ("evaluate {begun} {pets} --features pixels", ("no usable checkpoint",)),
    ("evaluate {pets} {pets} --features pixels --count 99", ("--count: 99", "has 9 pictures; possible: 2 to 9")),
    ("evaluate {pets} {pets} --features pixels --count 1", ("--count: 1", "2 or more")),
    ("evaluate {pets} {pets} --features pixels --metrics fdd", ("unknown metric 'fdd'", "Did you mean fd?")),
    ("evaluate {pets} {pets} --features pixels --metrics fid", ("fid is made with the standard Inception network",)),
    ("evaluate {pets} {pets} --features pixel", ("Did you mean pixels?", "inception")),
    ("evaluate {pets} {pets} --weights {words}", ("words.txt can't be read as weights",)),
    ("evaluate {pets} {pets} --weights nowhere.pth", ("no file nowhere.pth",)),
    ("evaluate {run} {pets} --features pixels --size 16", ("--size: 16x16", "makes 8x8 grey", "leave --size out")),
    ("evaluate {run}/.. {pets} --features pixels", ("holds runs, and is none", "such as")),
    ("evaluate {pets} {pets} --features pixels --seed -1", ("--seed: -1 was given; possible: 0 to",)),
    ("evaluate {pets} {pets} --features pixels --json {words}/a.json", ("can't be written", "another place")),
    ("evaluate {pets} {pets} --feature pixels", ("Did you mean --features?",)),
    ("compare", ("ganworks compare FILE",)),
    ("compare nowhere.json", ("no file at 'nowhere.json'", "--json")),
    ("compare {words}", ("words.txt", "no JSON")),
    ("compare {other}", ("other.json is no result",)),
)


def save(folder: Path, num: int, side: int = 8, seed: int = 0) -> Path:
    """Grey pictures of random light."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for number in range(num):
        Image.fromarray(random.integers(0, 255, (side, side), np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(autouse=True)
def places(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """What the words above stand for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANWORKS_CACHE", str(tmp_path / "cache"))
    for name in ("empty", "begun"):
        (tmp_path / name).mkdir()
    (tmp_path / "words.txt").write_text("no weights, no JSON")
    (tmp_path / "other.json").write_text("[1, 2]")
    (tmp_path / "begun" / "run.json").write_text((run / "run.json").read_text())
    sets = {"pets": save(tmp_path / "pets", 9), "few": save(tmp_path / "few", 5), "one": save(tmp_path / "one", 1)}
    files = {"words": tmp_path / "words.txt", "other": tmp_path / "other.json"}
    folders = {"empty": tmp_path / "empty", "begun": tmp_path / "begun", "large": save(tmp_path / "large", 5, 20)}
    return {"run": run} | sets | files | folders


@pytest.mark.parametrize(("words", "expected"), MISTAKES)
def test_one_line(words: str, expected: tuple[str, ...], places: dict[str, Path], capsys: pytest.CaptureFixture[str]):
    code = main(words.format(**places).split())
    said = capsys.readouterr().err
    assert code == 2
    assert said.startswith("ganworks: error: ")
    assert len(said.splitlines()) == 1, said
    for part in expected:
        assert part in said


def test_without_weights_the_line_says_what_needs_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    def fail(*words: object, **given: object) -> None:
        raise OSError("the network is away")

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert main(["evaluate", "pets", "pets"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    for part in ("the network is away", "--weights FILE", "--features convs"):
        assert part in said


def test_a_run_against_a_folder(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(f"evaluate {run} pets {PIXELS} --json new/a.json".split()) == 0
    out = capsys.readouterr().out
    for part in (
        "fd_pixels",
        "one_nn_pixels",
        "9 / 9",
        "protocol ",
        "8x8 grey",
        "note: fd_pixels with N = 9",
        "at step 3",
    ):
        assert part in out, part
    assert (run / "evaluation.png").exists()
    facts = json.loads(Path("new/a.json").read_text())
    assert facts["command"] == f"ganworks evaluate {run} pets --features pixels --json new/a.json"
    assert facts["versions"].keys() >= {"ganworks", "torch", "numpy"}
    [result] = facts["results"]
    assert result["judged"] | {"content": ""} == {
        "source": str(run),
        "kind": "run",
        "step": 3,
        "seed": 0,
        "count": 9,
        "content": "",
    }
    for row in result["rows"]:
        assert row["fingerprint"] == Protocol(row["protocol"]).fingerprint
        assert row["protocol"]["extractor"]["name"] == "pixels"


def test_a_picture_of_sets_only_on_request(capsys: pytest.CaptureFixture[str]):
    assert main(f"evaluate pets few {PIXELS}".split()) == 0
    assert not list(Path().rglob("evaluation.png"))
    assert main(f"evaluate pets few {PIXELS} --picture seen.png --metrics fd".split()) == 0
    assert Path("seen.png").exists()
    out = capsys.readouterr().out
    assert "few: features of 5 pictures were found in the cache" in out
    assert "pets: features" not in out  # only of references


def test_a_picture_that_cannot_be_written_costs_no_number(run: Path, capsys: pytest.CaptureFixture[str]):
    shutil.copytree(run, "copy")
    Path("copy/evaluation.png").unlink(missing_ok=True)
    Path("copy/evaluation.png").mkdir()  # not asked for
    assert main(f"evaluate copy pets {PIXELS} --metrics fd --json kept.json".split()) == 0
    assert "note: no picture: copy/evaluation.png can't be written" in capsys.readouterr().out
    assert Path("kept.json").exists()


def test_several_sides_in_one_table_and_compared_later(capsys: pytest.CaptureFixture[str]):
    save(Path("cats"), 9, seed=1)
    assert main(f"evaluate cats pets pets {PIXELS} --json both.json".split()) == 0
    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if "fd_pixels" in line)
    assert line.split()[-2:] == ["0", "*"], "the set itself is the best"
    assert main(f"evaluate cats pets {PIXELS} --json cats.json".split()) == 0
    assert main(["compare", "both.json", "cats.json"]) == 0
    out = capsys.readouterr().out
    assert "both.json:" in out
    assert "cats.json:" in out


def test_compare_refuses_what_was_measured_otherwise(capsys: pytest.CaptureFixture[str]):
    for count in (4, 5):
        assert main(f"evaluate pets few {PIXELS} --count {count} --json {count}.json".split()) == 0
    assert main(["compare", "4.json", "5.json"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    for part in ("N of the judged set: 4 against 5", "N of the reference: 4 against 5", "give all the same --count"):
        assert part in said


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (45.2345, 0.871, "45.23 ± 0.87"),
        (1234.5, 31.0, "1234 ± 31"),
        (0.7421, None, "0.7421"),
        (-0.000123, 0.0000021, "-1.23e-04 ± 2.1e-06"),
        (0.0, 0.0, "0"),
    ],
)
def test_numbers_have_the_digits_that_their_errors_allow(value: float, error: float | None, shown: str):
    assert table.number(Row("fd", value, error, "lower", Protocol({}))) == shown


def test_the_command_can_be_given_again():
    given = {"features": "convs", "size": (8, 16), "best": True, "json": Path("a b.json"), "count": None, "seed": 0}
    assert evaluate.command(["a", "b c"], given) == (
        "ganworks evaluate a 'b c' --features convs --size 8x16 --best --json 'a b.json'"
    )


def test_names_of_results():
    result = Result({"source": "runs/a", "step": 1500}, {"source": "b"}, [], Protocol({}))
    assert result.name == "runs/a at step 1,500"
