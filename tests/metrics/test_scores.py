"""Inception and Mode Score: torch-fidelity's numbers, and closed forms of hand-made probabilities."""

import json
import math
from pathlib import Path

import pytest
import torch
from reference_neighbours import logits

from ganworks.metrics.scores import inception_score, mode_score, probabilities

GOLDEN = json.loads(Path(__file__).with_name("golden_neighbours.json").read_text())["inception"]


@pytest.mark.parametrize(("golden", "options"), [("shuffled", {}), ("in_order", {"splits": 7, "seed": None})])
def test_as_torch_fidelity(golden, options):
    found = inception_score(probabilities(logits()), **options)
    assert found.value == pytest.approx(GOLDEN[golden]["inception_score_mean"], rel=1e-6)
    assert found.error == pytest.approx(GOLDEN[golden]["inception_score_std"], rel=1e-6)


def test_bounds():
    sure = torch.eye(8).repeat(25, 1)
    assert inception_score(sure, splits=1).value == pytest.approx(8)
    assert inception_score(sure, splits=1).error is None
    assert inception_score(torch.full((50, 8), 1 / 8)).value == pytest.approx(1)
    assert inception_score(torch.eye(8)[:1].repeat(50, 1)).value == pytest.approx(1)


def test_order_matters_only_through_the_splits():
    rows = probabilities(logits())
    assert inception_score(rows.flip(0), splits=1).value == pytest.approx(
        inception_score(rows, splits=1).value, rel=1e-12
    )


def test_monotone_as_classes_blur():
    found = [inception_score(probabilities(logits() * sharp)).value for sharp in (0.1, 0.3, 1, 3)]
    assert found == sorted(found)


def test_few_samples_flatter_and_few_a_split_punish():
    """The bias that the docstring warns of: a noisy classifier's score grows with N."""
    rows = probabilities(logits())
    assert inception_score(rows[:20]).value < inception_score(rows[:100]).value < inception_score(rows).value


def test_mode_score_by_hand():
    """Sure samples of class 0 and 1 by halves against real ones of (1/4, 3/4): log = log 2 - KL."""
    ours, real = torch.eye(2).repeat(4, 1), torch.eye(2)[[0, 1, 1, 1]]
    kl = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert mode_score(ours, real, splits=1).value == pytest.approx(2 * math.exp(-kl))
    assert mode_score(ours, ours, splits=1).value == pytest.approx(2)  # equal marginals: the Inception Score


def test_mode_score_sees_dropped_classes_that_the_inception_score_may_like():
    real = torch.eye(10)[[0] * 91 + list(range(1, 10))]  # nearly all of one class
    even = torch.eye(10).repeat(10, 1)
    assert inception_score(even, 1).value > inception_score(real, 1).value
    assert mode_score(even, real, 1).value < mode_score(real, real, 1).value
    assert mode_score(even, torch.eye(10)[:5], 1).value == 0


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (torch.randn(20, 3), {}, "aren't probabilities"),
        (torch.full((5, 2), 0.5), {}, "5 judged samples: at least 10"),
        (torch.full((5, 2), 0.5), {"splits": 0}, "0 splits"),
        (torch.full((20, 2), torch.nan), {}, "NaN"),
    ],
)
def test_bad_input_gets_a_sentence(rows, options, said):
    with pytest.raises(ValueError, match=said):
        inception_score(rows, **options)


def test_classes_must_agree():
    with pytest.raises(ValueError, match="2 classes and reference ones of 4"):
        mode_score(torch.full((20, 2), 0.5), torch.full((20, 4), 0.25))
