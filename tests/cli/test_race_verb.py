"""`ganworks race`, as a stranger would give it."""

import pytest

from ganworks.__main__ import main


def test_it_trains_ranks_and_goes_on(capsys, tmp_path, monkeypatch, pictures):
    monkeypatch.setenv("GANWORKS_CACHE", str(tmp_path / "cache"))
    words = [
        "race",
        str(pictures),
        "--systems",
        "dcgan,cgan,cogan",
        "--width",
        "4",
        "--minutes",
        "0.0001",
        "--size",
        "8",
    ]
    words += ["--features", "pixels", "--out", str(tmp_path / "out")]
    assert main([*words, "--budget", "0s"]) == 0
    assert "Trainings still due: 2." in capsys.readouterr().out
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "trainings due: 2" in out and "2 of 2: cgan, seed 0" in out
    assert "cgan *" in out and "*: is told the labels" in out and "With one seed" in out
    assert "cogan was left out: cogan learns from two sets of pictures" in out
    assert len(list((tmp_path / "out").rglob("*-0.png"))) == 2
    assert main(words) == 0
    assert "trainings due" not in capsys.readouterr().out
    assert main(["race", str(pictures), "--systems", "cogan", "--size", "8", "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "none of these systems can be trained: cogan: cogan learns from two" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fashion_mnist_10k", "--systems", "dcgann"], "Did you mean dcgan?"),
        (["dcgan"], "dcgan is a system; give pictures: ganworks race FOLDER --systems dcgan"),
        ([], "something is missing; it goes: ganworks race PICTURES"),
        (["fashion_mnist_10k", "--seeds", "0"], "--seeds: 0 was given; possible: 1 to 16"),
        (["fashion_mnist_10k", "--width", "0"], "--width: 0 was given; possible: 1 to 4096"),
        (["fashion_mnist_10k", "--minutes", "-1"], "--minutes: -1 was given; it must be above 0"),
        (["fashion_mnist_10k", "--weights", "x.pth"], "--weights: they are of a network; name it by --features"),
        (["nowhere"], "nowhere"),
    ],
)
def test_mistakes_get_one_line(words, says, capsys, tmp_path):
    assert main(["race", *words, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert says in error and len(error.splitlines()) == 1
