"""Bits per dimension among the metrics: of systems that know likelihoods, and of nobody else."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from blocks import pictures

import ganworks
from ganworks import data
from ganworks.__main__ import main
from ganworks.judge import evaluate


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("set.npy", pictures(40)[:, 0].numpy())
    return ganworks.train("pixelcnn", "set.npy", width=4, layers=2, batch=8, steps=2, out="run", device="cpu")


def test_a_run_that_knows_likelihoods_says_them(model, means):
    [result] = evaluate(["run"], "set.npy", features=means, count=30)
    row = result["bits_per_dimension"]
    with torch.no_grad():
        bits = model.system.bits(data.from_bytes(pictures(40)))
    assert row.num_reference == 30
    assert row.num_judged == 0
    assert row.value == pytest.approx(bits.mean().item(), abs=0.1)
    [result] = evaluate(["run"], pictures(40), features=means, metrics="bits")
    assert result["bits_per_dimension"].value == pytest.approx(bits.mean().item(), rel=1e-5)
    assert result["bits_per_dimension"].error == pytest.approx((bits.std() / 40**0.5).item(), rel=1e-4)


def test_bits_alone_take_neither_features_nor_samples(model, monkeypatch, capsys):
    monkeypatch.setattr("ganworks.judge.judging.network_for", None)
    monkeypatch.setattr("ganworks.api.Model.sample", None)
    assert main(["evaluate", "run", "set.npy", "--metrics", "bits", "--json", "a.json", "--picture", "a.png"]) == 0
    said = capsys.readouterr().out
    assert "no features; 8x8 grey, 8 bits; N 0 against 40" in said
    assert "note: no picture: bits alone" in said
    facts = json.loads(Path("a.json").read_text())["results"][0]
    assert [row["metric"] for row in facts["rows"]] == ["bits_per_dimension"]
    assert facts["judged"]["count"] == 0
    assert facts["reference"]["count"] == 40


def test_unknown_metrics_are_refused_before_anything_is_opened():
    with pytest.raises(ValueError, match="unknown metric 'fd_infinty'"):
        evaluate(["nowhere"], "nowhere", metrics="fd_infinty")
    with pytest.raises(ValueError, match="no pictures at 'nowhere'"):
        evaluate(["nowhere"], "nowhere", features="convs", metrics="fd_convs,coverage,bits")


def test_pictures_say_nothing_of_bits(means):
    [result] = evaluate([pictures(30, seed=1)], pictures(30), features=means)
    assert "bits_per_dimension" not in {row.metric for row in result.rows}
    assert not any("bits" in note for note in result.notes)
    with pytest.raises(ValueError, match="bits: only the run of a system that knows likelihoods"):
        evaluate([pictures(30, seed=1)], pictures(30), features=means, metrics="bits_per_dimension")
