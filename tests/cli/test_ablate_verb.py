"""`ganworks ablate`, as a stranger would give it."""

import pytest

from ganworks.__main__ import main
from ganworks.proofs.bench import Bench, Judge


def test_it_trains_ranks_and_goes_on(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(Bench, "hire", lambda self, name: object.__new__(Judge))
    monkeypatch.setattr(Judge, "frechet", lambda self, samples: 1 + samples.abs().mean().item())
    words = ["ablate", "fashion_mnist_10k", "--tricks", "minimax,labels", "--width", "4", "--minutes", "0.0001"]
    words += ["--seeds", "2", "--out", str(tmp_path)]
    assert main([*words, "--budget", "0s"]) == 0
    assert "Trainings still due: 6." in capsys.readouterr().out
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "trainings due: 6" in out and "6 of 6: labels system=cgan, seed 1" in out
    assert "G's loss is minimax" in out and "With 2 seeds a difference counts beyond 12.7 standard errors" in out
    assert len(list(tmp_path.glob("*.svg"))) == 1
    assert main(words) == 0
    assert "trainings due" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["dcgan", "fashion_mnist_10k", "--tricks", "instancenorm"], "Did you mean instance_norm?"),
        (["dcgan"], "dcgan is a system; give it pictures too: ganworks ablate dcgan FOLDER"),
        (["fashion_mnist_10k", "--seeds", "0"], "--seeds: 0 was given; possible: 1 to 16"),
        (["fashion_mnist_10k", "--minutes", "0"], "--minutes: 0 was given; it must be above 0"),
        (["wgan", "fashion_mnist_10k", "--tricks", "kl"], "none of these tricks can be tried: kl: kl is 0.1"),
        (["dcgann", "fashion_mnist_10k"], "Did you mean dcgan?"),
    ],
)
def test_mistakes_get_one_line(words, says, capsys, tmp_path):
    assert main(["ablate", *words, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert says in error and len(error.splitlines()) == 1
