"""Bits per dimension among the metrics: of systems that know likelihoods, and of nobody else."""

import numpy as np
import pytest
import torch
from blocks import pictures

import ganworks
from ganworks import data
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


def test_pictures_say_nothing_of_bits(means):
    [result] = evaluate([pictures(30, seed=1)], pictures(30), features=means)
    assert "bits_per_dimension" not in {row.metric for row in result.rows}
    assert not any("bits" in note for note in result.notes)
    with pytest.raises(ValueError, match="bits: only the run of a system that knows likelihoods"):
        evaluate([pictures(30, seed=1)], pictures(30), features=means, metrics="bits_per_dimension")
