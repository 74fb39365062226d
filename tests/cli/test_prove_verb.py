"""`ganworks prove` and `ganworks features train`, as a stranger would give them."""

import json

import pytest

from ganworks.__main__ import main
from ganworks.cli.prove import seconds


def test_without_a_name_all_proofs_are_listed(capsys, tmp_path):
    (tmp_path / "dcgan.json").write_text(json.dumps({"verdict": "not shown"}))
    assert main(["prove", "--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("dcgan ") and "not shown" in line for line in lines)
    assert any(line.startswith("wgan_gp ") and "not yet run" in line for line in lines)


def test_a_proof_runs_and_says_what_it_found(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("ganworks.proofs.claims.divergences.STEPS", 120)
    assert main(["prove", "divergences", "--seeds", "2", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "trials due: 4" in out
    assert "+ cross entropy: free critic" in out
    assert "- cross entropy: half-blind critic" in out and "p = 0.167" in out  # two seeds can't show a difference
    assert "divergences: TOO FEW SEEDS (ganworks prove divergences makes 3)" in out
    assert main(["prove", "divergences", "--seeds", "2", "--out", str(tmp_path)]) == 0
    assert "trials due" not in capsys.readouterr().out


def test_what_lacks_data_is_left_out_of_all(capsys, tmp_path):
    assert main(["prove", "--all", "--budget", "0s", "--out", str(tmp_path)]) == 0
    assert "r3gan_modes was left out: it needs mnist_5k (--data)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["prove", "wgan_pg"], "unknown proof 'wgan_pg'. Did you mean wgan_gp?"),
        (["prove", "dcgan", "--all"], "either the name of a proof, or --all"),
        (["prove", "--all", "--budget", "2 days"], "--budget: '2 days' was given; a number with s, m or h expected"),
        (["prove", "dcgan", "--seeds", "0"], "--seeds: 0 was given"),
        (["prove", "r3gan_modes"], "no --data was given; this proof needs mnist_5k"),
        (["features"], "'features' goes with train: ganworks features train PICTURES"),
        (["features", "train", "fashion_mnist_10k", "--width", "0"], "--width: 0 was given; possible: 1 or more"),
        (["features", "train", "fashion_mnist_10k", "--out", "x.onnx"], "--out: x.onnx was given; a name that ends"),
        (["prove", "r3gan", "--data", "nowhere"], "--data: there is no folder nowhere"),
        (["prove", "r3gan"], "no --data was given; this proof needs emoji/google"),
        (["features", "train", "fashion_mnist_10k", "--epochs", "0"], "--epochs: 0 was given; possible: 1 or more"),
    ],
)
def test_mistakes_get_one_line(words, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 1


def test_times():
    assert [seconds(text) for text in ("90m", "1.5h", "20s")] == [5400.0, 5400.0, 20.0]
