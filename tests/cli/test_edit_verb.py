import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from ganworks import api
from ganworks.__main__ import main
from ganworks.latent.codes import draw, save_codes


@pytest.fixture(scope="module")
def directed(run: Path) -> Path:
    """The run, with two directions of SeFa."""
    assert main(["directions", str(run), "--by", "sefa", "--count", "2"]) == 0
    return run


def test_along_a_direction(directed: Path, tmp_path: Path):
    path = tmp_path / "edit.png"
    words = ["--direction", "sefa1", "--pictures", "3,0", "--strength", "2", "--out", str(path)]
    assert main(["edit", str(directed), *words]) == 0
    assert np.asarray(Image.open(path)).shape == (18, 68)  # 2 rows of 7
    facts = json.loads(path.with_suffix(".json").read_text())
    assert (facts["direction"], facts["strength"], facts["pictures"]) == ("sefa1", 2.0, [3, 0])
    z = draw(api.load(directed, device="cpu").system, 64, 0)["z"][[3, 0]]
    way = json.loads((directed / "directions" / "sefa1.json").read_text())
    moved = load_file(path.with_suffix(".safetensors"))["z"] - z
    np.testing.assert_allclose(moved[0], 2 * way["deviation"] * np.array(way["vector"]), rtol=1e-3, atol=1e-5)


def test_what_is_of_another_step_is_told(directed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    facts = json.loads((directed / "directions" / "sefa1.json").read_text())
    assert facts["step"] == 3
    (tmp_path / "old.json").write_text(json.dumps(facts | {"step": 2}))
    out = tmp_path / "edit.png"
    for direction, note in ((tmp_path / "old.json", "of step 2, and the run is at step 3"), ("sefa1", "")):
        assert main(["edit", str(directed), "--direction", str(direction), "--out", str(out)]) == 0
        said = capsys.readouterr().out.splitlines()
        assert [note in line for line in said if line.startswith("note: direction")] == [True] * bool(note)
    save_codes(out.with_suffix(".safetensors"), load_file(out.with_suffix(".safetensors")), {"step": 1})
    code = ["--code", str(out.with_suffix(".safetensors"))]
    assert main(["edit", str(directed), "--direction", "sefa1", *code, "--out", str(tmp_path / "more.png")]) == 0
    assert "edit.safetensors is of step 1, and the run is at step 3" in capsys.readouterr().out


def test_arithmetic_and_what_can_be_done_with_its_codes(directed: Path, tmp_path: Path):
    path = tmp_path / "sum.png"
    assert main(["edit", str(directed), "--plus", "3,7+1", "--minus", "5", "--out", str(path)]) == 0
    assert np.asarray(Image.open(path)).shape == (38, 88)  # 4 rows of at most 9 pictures
    assert json.loads(path.with_suffix(".json").read_text())["plus"] == "3,7+1"
    codes = path.with_suffix(".safetensors")
    more = tmp_path / "more.png"
    words = ["edit", str(directed), "--code", str(codes), "--direction", "sefa0", "--out", str(more)]
    assert main(words) == 0
    assert np.asarray(Image.open(more)).shape == (8, 68)  # the only code that there is


def test_directions_are_drawn_and_kept(directed: Path):
    assert np.asarray(Image.open(directed / "out" / "directions-sefa.png")).shape == (
        114,
        404,
    )  # 2 x 7, enlarged 7 times
    assert sorted(path.name for path in (directed / "directions").glob("sefa*")) == ["sefa0.json", "sefa1.json"]


def test_components(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["directions", str(run), "--by", "pca", "--count", "1", "--samples", "100"]) == 0
    assert "of the variance of G.net.hidden" in capsys.readouterr().out


MISTAKES = (
    ("edit {run}", "either --direction NAME or --plus"),
    ("edit {run} --plus 1 --direction sefa0", "either --direction NAME or --plus"),
    ("edit {run} --direction sefa0 --minus 1", "--minus goes with --plus"),
    ("edit {run} --plus 1 --pictures 2", "--pictures goes with --direction"),
    ("edit {run} --direction sefa0 --code codes.safetensors --label 1", "--label goes with --seed"),
    ("edit {run} --direction sefa7", "Possible: sefa0, sefa1"),
    ("edit {run} --plus 1,64", "numbers of pictures from 0 to 63"),
    ("edit {run} --plus 1, --minus 3", "numbers of pictures from 0 to 63"),
    ("edit {run} --direction sefa0 --pictures 1+2", "one list"),
    ("edit {run} --direction sefa0 --code nowhere.safetensors", "no file nowhere.safetensors"),
    ("directions {run} --by labels", "--network FILE go together"),
    ("directions {run} --by labels --network nowhere.safetensors", "ganworks features train"),
    ("directions {run} --count 0", "--count: 0 was given"),
)


@pytest.mark.parametrize(("words", "expected"), MISTAKES)
def test_mistakes_in_editing(directed: Path, words: str, expected: str, capsys: pytest.CaptureFixture[str]):
    (directed / "directions" / "pca0.json").unlink(missing_ok=True)
    assert main(words.format(run=directed).split()) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert len(said.splitlines()) == 1


def test_where_no_direction_was_found(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    copy = tmp_path / "run"
    copy.mkdir()
    (copy / "run.json").write_text((run / "run.json").read_text())
    (copy / "checkpoints").symlink_to(run / "checkpoints")
    assert main(["edit", str(copy), "--direction", "smile"]) == 2
    assert "ganworks directions finds some" in capsys.readouterr().err
