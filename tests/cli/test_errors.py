"""Every mistake is answered by one line on stderr that names what is possible, and exit code 2."""

from pathlib import Path

import pytest

from ganworks import __main__ as program
from ganworks.__main__ import main

MISTAKES = (
    ("trian x", ("trian", "Did you mean train?")),
    ("data shw x", ("Did you mean data show?",)),
    ("data", ("check", "show")),
    ("list everything", ("'everything' is one word too much",)),
    ("show", ("ganworks show SYSTEM",)),
    ("show dgan", ("dgan", "Did you mean", "wgan_gp")),
    ("train", ("fashion_mnist_10k",)),
    ("train wgan_gp", ("ganworks train wgan_gp",)),
    ("train wgan-gp {pictures}", ("Did you mean wgan_gp?", "r3gan")),
    ("train wgam_gp", ("Did you mean wgan_gp?",)),
    ("train gan a b", ("'b' is one word too much",)),
    ("train nowhere/", ("no pictures at 'nowhere/'", "a folder")),
    ("train {file}", ("words.txt",)),
    ("train {empty}", ("no pictures in", "empty")),
    ("train gan {pictures} --out {file}", ("words.txt is a file", "--out")),
    ("train gan {pictures} --widht 3", ("--widht of gan.", "Did you mean --width?", "ganworks show gan")),
    ("train gan {pictures} --penalty 3", ("--penalty of gan; flowgan, nrgan, progan, wgan_gp, dragan",)),
    ("train stylegan2 {pictures} --width 0", ("width is 0", "at least 1")),
    ("train progan {pictures} --penalty -1", ("penalty is -1; it must not be negative",)),
    ("train dcgan {pictures} --g-noise -1", ("--g-noise is -1;",)),
    ("train dcgan {pictures} --soft-labels 0.6 --soft-fakes 0.6", ("--soft-labels and --soft-fakes are 1.2 together",)),
    ("train dcgan nowhere/ --ada 2", ("ada is 2;",)),
    ("train dcgan nowhere/ --other nowhere/", ("dcgan learns from one set of pictures; leave out --other",)),
    ("train cogan nowhere/", ("cogan learns from two sets of pictures", "--other")),
    ("train {pictures} --size 8x", ("'8x'", "64x128")),
    ("train {pictures} --steps 1.5", ("'1.5'", "a whole number")),
    ("train {pictures} --g-lr nan", ("--g-lr", "a number")),
    ("train {pictures} --device gpu", ("'gpu'", "auto, cpu, cuda, mps")),
    ("train {pictures} --out", ("--out", "missing")),
    ("train {pictures} --flip=3", ("--flip",)),
    ("train {run} --batch 2", ("--batch", "--out")),
    ("sample", ("ganworks sample RUN",)),
    ("sample {pictures}", ("is not a run",)),
    ("sample {begun}", ("no usable checkpoint",)),
    ("sample {run} --seed 3-1", ("backwards",)),
    ("sample {run} --seed x", ("'x'", "0-3")),
    ("sample {run} --count 0", ("--count", "1 or more")),
    ("sample {run} --label doog", ("Did you mean dog?", "cat, dog")),
    ("sample {run} --label 2", ("unknown label '2'",)),
    ("walk {run} --points 1", ("--points", "2 or more")),
    ("walk {run} --truncation 0.5", ("truncation is 0.5, but CGAN has none; leave it out",)),
    ("walk {run} --fps 100", ("--fps", "1 to 50")),
    ("walk {run} --out film.avi", ("film.avi", ".gif or .mp4")),
    ("check nothing:here", ("no module 'nothing'",)),
    ("data check {empty}", ("no pictures in",)),
    ("data show {pictures} --rotate 999", ("999", "180")),
    ("data show {pictures} --rows 0", ("--rows", "1 or more")),
)


@pytest.fixture
def places(pictures: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """What the words above stand for."""
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "begun"):
        (tmp_path / name).mkdir()
    (tmp_path / "words.txt").write_text("not a picture")
    (tmp_path / "begun" / "run.json").write_text((run / "run.json").read_text())
    mine = {"empty": tmp_path / "empty", "begun": tmp_path / "begun", "file": tmp_path / "words.txt"}
    return {"pictures": pictures, "run": run} | mine


@pytest.mark.parametrize(("words", "expected"), MISTAKES)
def test_one_line(words: str, expected: tuple[str, ...], places: dict[str, Path], capsys: pytest.CaptureFixture[str]):
    code = main(words.format(**places).split())
    said = capsys.readouterr().err
    assert code == 2
    assert said.startswith("ganworks: error: ")
    assert len(said.splitlines()) == 1, said
    for part in expected:
        assert part in said


def test_a_mistake_in_the_program_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch):
    """A ValueError from anywhere but this package is nobody's wrong word."""
    monkeypatch.setattr(program, "answer", lambda words: int("seven"))
    with pytest.raises(ValueError, match="seven"):
        main(["list"])


def test_paths_that_cannot_be_used_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(program, "answer", lambda words: Path("/nowhere/at/all").read_text())
    assert main([]) == 2
    assert capsys.readouterr().err == "ganworks: error: /nowhere/at/all: No such file or directory\n"


def test_a_path_alone_is_taken_for_train(pictures: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(pictures)]) == 2
    assert f"ganworks train {pictures}" in capsys.readouterr().err
