"""Checks of a claim hold when they should, and only then."""

import pytest

from ganworks.proofs.claim import AtLeast, AtMost, Claim, Higher, Lower


def trials(ours, theirs):
    return {
        "new": {seed: {"fd": value} for seed, value in enumerate(ours)},
        "old": {seed: {"fd": value} for seed, value in enumerate(theirs)},
    }


FIVE = [10.0, 10.1, 10.2, 10.05, 9.9]


def test_lower_beyond_the_spread_of_seeds_holds():
    finding = Lower("fd", "new", "old").look(trials(FIVE, [v + 1 for v in FIVE]))
    assert finding.holds
    assert "p = 0.004" in finding.words  # 1 of 252
    assert "new 10.05 ± 0.11, old 11.05 ± 0.11" in finding.words
    assert Lower("fd", "new", "old").look(trials(FIVE[:3], [v + 1 for v in FIVE[:3]])).holds


def test_lower_is_not_shown_by_two_seeds_nor_by_luck():
    assert not Lower("fd", "new", "old").look(trials(FIVE[:2], [v + 1 for v in FIVE[:2]])).holds
    assert not Lower("fd", "new", "old").look(trials(FIVE, [10.1, 10.0, 10.3, 10.0, 10.2])).holds
    assert not Lower("fd", "new", "old").look(trials([v + 1 for v in FIVE], FIVE)).holds


def test_a_share_is_asked_for():
    lower_by_a_quarter = trials(FIVE, [v / 0.75 for v in FIVE])
    assert Lower("fd", "new", "old", by=0.2).look(lower_by_a_quarter).holds
    assert not Lower("fd", "new", "old", by=0.3).look(lower_by_a_quarter).holds
    assert "30% lower wanted" in Lower("fd", "new", "old", by=0.3).look(lower_by_a_quarter).words


def test_a_share_may_be_given_away():
    higher_by_a_fifth = trials([1.2 * v for v in FIVE], FIVE)
    finding = Lower("fd", "new", "old", by=-0.25).look(higher_by_a_fifth)
    assert finding.holds and "at most 25% higher wanted" in finding.words
    assert not Lower("fd", "new", "old", by=-0.1).look(higher_by_a_fifth).holds
    lower_by_a_fifth = trials([0.8 * v for v in FIVE], FIVE)
    finding = Higher("fd", "new", "old", by=-0.25).look(lower_by_a_fifth)
    assert finding.holds and "at most 25% lower wanted" in finding.words
    assert not Higher("fd", "new", "old", by=-0.1).look(lower_by_a_fifth).holds


def test_higher_is_the_reverse():
    double = trials([2 * v for v in FIVE], FIVE)
    assert Higher("fd", "new", "old", by=0.9).look(double).holds
    assert not Higher("fd", "new", "old", by=1.1).look(double).holds
    assert not Higher("fd", "old", "new").look(double).holds


@pytest.mark.parametrize(("check", "holds"), [(AtLeast("fd", "new", 10), True), (AtLeast("fd", "new", 10.1), False)])
def test_bounds(check, holds):
    assert check.look(trials(FIVE, FIVE)).holds is holds
    assert AtMost("fd", "new", check.value).look(trials(FIVE, FIVE)).holds is not holds


def test_the_verdict_needs_all_checks_and_all_arms():
    claim = Claim("says", "source", {"new": "", "old": ""}, lambda *_: {}, [AtLeast("fd", "new", 1)], 1.0)
    assert claim.judge(trials(FIVE, FIVE))[0] == "shown"
    assert claim.judge({"new": {0: {"fd": 3.0}}})[0] == "not yet run"
    assert claim.judge(trials(FIVE[:2], FIVE[:2]))[0] == "shown"  # a bound needs no pairs
    paired = Claim("says", "source", claim.arms, claim.trial, [Lower("fd", "new", "old")], 1.0)
    assert paired.judge(trials(FIVE[:2], [v + 1 for v in FIVE[:2]]))[0] == "too few seeds"
    assert paired.judge(trials(FIVE, [v + 1 for v in FIVE]))[0] == "shown"
    both = Claim("says", "source", claim.arms, claim.trial, [*claim.checks, AtMost("fd", "old", 1)], 1.0)
    verdict, findings = both.judge(trials(FIVE, FIVE))
    assert verdict == "not shown"
    assert [finding.holds for finding in findings] == [True, False]
