"""Trials run once, go on after an interrupt, and are due again when their code changes."""

import json
import re
import time

import pytest

from ganworks.proofs import prove as proving
from ganworks.proofs import titles
from ganworks.proofs.bench import Bench
from ganworks.proofs.page import write_page
from ganworks.proofs.prove import code_of, find, prove, trials_of
from ganworks.registry import Unknown

SOURCE = '''
"""A claim about numbers."""

from ganworks.engine.engine import Diverged
from ganworks.proofs.claim import Claim, Higher

CALLS = []


def trial(bench, arm, seed):
    """Words."""
    CALLS.append((arm, seed))
    if len(CALLS) == STOP_AT:
        raise KeyboardInterrupt
    if (arm, seed) == DIVERGES:
        raise Diverged("not finite")
    return {"height": seed / 8 + (3.0 if arm == "tall" else 1.0)}


STOP_AT, DIVERGES = 0, None
CLAIM = Claim(
    "tall is higher", "nobody 2020", {"tall": "a", "small": "b"}, trial, [Higher("height", "tall", "small", 0.1)], 1.0
)
'''


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The module of a claim that can be rewritten."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "toy.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(folder))
    import toy

    monkeypatch.setattr(proving, "find", lambda name: toy.CLAIM)
    yield toy
    import sys

    del sys.modules["toy"]


def test_every_trial_runs_once(toy, tmp_path):
    bench = Bench(tmp_path / "results")
    outcome = prove("toy", bench, seeds=5)
    assert outcome["verdict"] == "shown"
    assert outcome["seeds"] == 5 and outcome["due"] == 0
    assert len(toy.CALLS) == 10
    assert toy.CALLS[:2] == [("tall", 0), ("small", 0)]  # pairs, one after the other
    prove("toy", bench, seeds=6)
    assert len(toy.CALLS) == 12
    written = json.loads((tmp_path / "results" / "toy.json").read_text())
    assert written["trials"][0]["numbers"] == {"height": 3.0}
    assert {"processor", "versions", "commit", "threads", "date"} <= written["trials"][0].keys()
    assert (tmp_path / "results" / "toy.svg").read_text().count('class="dot"') == 12


def test_an_interrupt_loses_only_the_trial_it_hits(toy, tmp_path):
    toy.STOP_AT = 4
    bench = Bench(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        prove("toy", bench, seeds=5)
    assert sum(trial.result() is not None for trial in trials_of(toy.CLAIM, 5, tmp_path)) == 3
    assert prove("toy", bench, seeds=5)["due"] == 0
    assert len(toy.CALLS) == 4 + 7


def test_a_budget_that_is_used_up_starts_nothing(toy, tmp_path):
    outcome = prove("toy", Bench(tmp_path), seeds=5, until=time.monotonic() + 59)
    assert toy.CALLS == []
    assert outcome["verdict"] == "not yet run" and outcome["due"] == 10


def test_new_code_is_due_and_new_words_or_thresholds_are_not(toy, tmp_path):
    path = tmp_path / "code" / "toy.py"
    before = code_of(toy.trial)
    path.write_text(SOURCE.replace("Words.", "Other words.").replace("0.1)", "0.9)") + "# more\n")
    code_of.cache_clear()
    assert code_of(toy.trial) == before
    path.write_text(SOURCE.replace("3.0", "4.0"))
    code_of.cache_clear()
    assert code_of(toy.trial) != before


def test_a_damaged_result_is_measured_again(toy, tmp_path):
    bench = Bench(tmp_path)
    prove("toy", bench, seeds=1)
    for damaged in (b"{", b"[]", b"\xff\xfe"):
        toy.CALLS.clear()
        next(trials_of(toy.CLAIM, 1, tmp_path)).path.write_bytes(damaged)
        prove("toy", bench, seeds=1)
        assert toy.CALLS == [("tall", 0)]


def test_fewer_seeds_than_before_forget_nothing(toy, tmp_path):
    prove("toy", Bench(tmp_path), seeds=5)
    again = prove("toy", Bench(tmp_path), seeds=2)
    assert (again["verdict"], again["seeds"]) == ("shown", 5)


def test_a_trial_that_diverges_is_told_and_stays_due(toy, tmp_path, monkeypatch):
    toy.DIVERGES = ("small", 1)
    outcome = prove("toy", Bench(tmp_path), seeds=3)
    assert outcome["failed"] == ["small, seed 1, diverged: not finite"]
    assert outcome["due"] == 1 and outcome["verdict"] == "too few seeds"
    assert len(toy.CALLS) == 6


def test_results_of_another_bench_are_due(toy, tmp_path, monkeypatch):
    prove("toy", Bench(tmp_path), seeds=1)
    monkeypatch.setattr(proving, "VERSION", 2)
    assert prove("toy", Bench(tmp_path), seeds=1)["trials"][0]["bench"] == 2
    assert len(toy.CALLS) == 4


def test_unknown_names_get_the_nearest():
    with pytest.raises(Unknown, match=r"unknown proof 'wgan_pg'. Did you mean wgan_gp\?"):
        find("wgan_pg")


def test_claims_are_whole():
    assert len(titles()) >= 9
    for name, title in titles().items():
        claim = find(name)
        assert title.endswith("."), name
        assert len(claim.arms) >= 2, f"{name} has no ablation"
        assert re.search(r"(19|20)\d\d", claim.source), name
        for check in claim.checks:
            assert {check.arm, getattr(check, "than", check.arm)} <= claim.arms.keys(), name


def test_the_page_says_what_the_files_say(toy, tmp_path, monkeypatch):
    monkeypatch.setattr("ganworks.proofs.page.titles", lambda: {"toy": "A claim about numbers.", "other": "Another."})
    (tmp_path / "proofs").mkdir()
    prove("toy", Bench(tmp_path / "proofs"), seeds=5)
    page = write_page(tmp_path)
    assert "| [toy](#toy) | A claim about numbers. | shown |" in page
    assert "| [other](#other) | Another. | not yet run |" in page
    assert "tall 3.25 ± 0.2, small 1.25 ± 0.2" in page
    assert "(proofs/toy.svg)" in page
