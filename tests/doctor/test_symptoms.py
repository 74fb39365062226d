"""Each symptom is found in a log that has it, from the right step on, and nothing in a sound one."""

import json
import math

import pytest
from doctor.logs import health, sound, spoiled

from ganworks.doctor.diagnose import SYMPTOMS, diagnose, not_measured
from ganworks.doctor.finding import LONG, Record, falls, held


def losing(line, number):
    line["terms"]["D.adversarial"] = 0.001
    line["health"] |= {"told_apart": 1.0, "distance": 0.4}


def vanishing(line, number):
    line["gradient_norms"]["G"] = 1e-5


def exploding(line, number):
    line["gradient_norms"]["D"] = 1e6


def skipping(line, number):
    line["skipped"] = number


def waiting(line, number):
    line["waited"] = 1.5 + 1.6 * number


def frozen(line, number):
    line["health"]["distance"] = 1.1 + 0.01 * math.sin(3 * number)


FAULTS = {
    "critic wins": (losing, "serious"),
    "critic sleeps": (health(told_apart=0.1), "serious"),
    "logits saturated": (health(flat_scores=0.8), "warning"),
    "critic drifts": (health(slope=100.0), "warning"),
    "collapse": (health(diversity=0.1, distance=0.8), "serious"),
    "memorisation": (health(nearest=0.1), "warning"),
    "oscillation": (health(drift=0.8, distance=0.5), "warning"),
    "tanh saturated": (health(edge=0.95), "warning"),
    "average lags": (health(ema_samples=0.9), "note"),
    "gradients vanish": (vanishing, "serious"),
    "gradients explode": (exploding, "serious"),
    "not finite": (skipping, "serious"),
    "learning rate too high": (health(stride={"G": 0.3, "D": 0.005}), "warning"),
    "learning rate too low": (health(stride={"G": 1e-8, "D": 0.005}), "warning"),
    "slow data": (waiting, "warning"),
}


def test_a_sure_critic_is_a_warning_in_the_long_run_though_samples_get_better():
    def sure(line, number):
        line["terms"]["D.adversarial"] = 0.001
        line["health"] |= {"told_apart": 1.0, "distance": 1.2 * 0.94**number}

    log = spoiled(sure, since=0)
    wins = [finding for finding in diagnose(log) if finding.name == "critic wins"]
    assert [(each.severity, "only slowly" in each.evidence) for each in wins] == [("warning", True)]
    assert not [each for each in diagnose(log[:24]) if each.name == "critic wins"], "1,400 steps are not yet long"


def test_a_gradient_that_explodes_before_the_first_lines_are_over_is_found():
    log = spoiled(exploding, since=1)
    assert "gradients explode" in {finding.name for finding in diagnose(log)}


def test_where_no_gradient_arrives_nobody_advises_longer_steps():
    def dead(line, number):
        vanishing(line, number)
        frozen(line, number)
        line["health"]["stride"] = {"G": 0.0, "D": 0.005}

    found = {finding.name: finding for finding in diagnose(spoiled(dead, since=5))}
    assert "gradients vanish" in found and "learning rate too low" not in found
    assert "plateau" in found and not [each for each in found["plateau"].advice if each.setting]


def test_a_sound_log_has_no_finding_at_any_time():
    log = sound()
    for lines in range(len(log) + 1):
        assert diagnose(log[:lines]) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_with_its_time_and_severity(name):
    change, severity = FAULTS[name]
    log = spoiled(change)
    found = {finding.name: finding for finding in diagnose(log)}
    assert name in found, f"found {list(found)}"
    finding = found[name]
    assert finding.severity == severity
    assert 1500 <= finding.since <= 1900, "it begins at step 1600, and the median of five follows within three lines"
    assert finding.until is None
    assert finding.curve
    assert finding.advice
    json.dumps(finding.to_json(), allow_nan=False)


@pytest.mark.parametrize("name", FAULTS)
def test_what_lasts_a_moment_only_is_no_finding(name):
    change, _ = FAULTS[name]
    log = sound()
    for number, line in enumerate(log[20:22], 1):
        change(line, number)
    for line in log[22:]:
        if name == "not finite":
            line["skipped"] = 2
    assert not [finding for finding in diagnose(log) if finding.severity == "serious" or finding.name != "not finite"]


def test_a_fault_that_is_over_is_a_note_that_says_until_when():
    log = sound(60)
    for line in log[15:30]:
        line["health"] |= {"told_apart": 0.1}
    (finding,) = diagnose(log)
    assert (finding.name, finding.severity, finding.is_alarm) == ("critic sleeps", "note", False)
    assert finding.since < 3000 < finding.until <= 3500


def test_nothing_gained_from_the_start_is_a_warning_and_at_the_end_a_note():
    (stuck,) = diagnose(spoiled(frozen, since=0))
    assert (stuck.name, stuck.severity, stuck.advice[0].setting) == ("plateau", "warning", "g_lr")
    log = sound(120)
    for number, line in enumerate(log[20:]):
        line["health"]["distance"] = 0.2 + 0.01 * math.sin(3 * number)
    (done,) = diagnose(log)
    assert (done.name, done.severity) == ("plateau", "note")


def test_a_young_run_is_given_time():
    slow = spoiled(health(diversity=0.05, twins=1.0, lost=0.9, distance=1.2), since=0)[:9]
    assert diagnose(slow) == []
    rising = sound(40, every=50)
    for number, line in enumerate(rising, 1):
        line["health"] |= {"diversity": 0.005 * number, "twins": 1.0, "lost": 0.9, "distance": 1.2 * 0.97**number}
    assert diagnose(rising) == []


def test_advice_is_computed_from_the_run():
    (finding,) = diagnose(spoiled(health(told_apart=0.1)))
    assert [(each.setting, each.value) for each in finding.advice] == [("d_lr", 1.6e-3), ("g_lr", 1e-4)]
    assert str(finding.advice[0]).startswith("--d-lr 0.0016: ")


def test_damaged_and_old_logs_are_read_as_far_as_they_go():
    for log in ([], [{}], [1, "x", None, {"step": "one"}], [{"step": 5}], [{"step": 5, "health": [], "terms": None}]):
        assert diagnose(log) == []
    torn = spoiled(health(told_apart=0.1))
    torn[::7] = [{"step": 3, "terms": {"G": None}, "gradient_norms": 3, "skipped": float("nan")} for _ in torn[::7]]
    assert "critic sleeps" in [finding.name for finding in diagnose(torn)]
    old = spoiled(vanishing)
    for line in old:
        del line["health"]
    assert [finding.name for finding in diagnose(old)] == ["gradients vanish"]
    assert not_measured(old)["collapse"] == ["diversity", "twins", "lost"]
    assert set(not_measured(old)) == {each.__name__.replace("_", " ") for each in SYMPTOMS} - {
        "gradients",
        "not finite",
        "slow data",
    }
    assert not_measured(sound()) == {}


def test_when_something_held():
    steps = enumerate([0, 1, 1, 0, 1, 1, 0, 0, 1, 1])
    assert held(((step, bool(value)) for step, value in steps), 3, 0) == (1, 7), "one exception ends nothing"
    assert held(((step, True) for step in range(3)), 3, 0) == (0, None)
    assert held(((step, True) for step in range(2)), 3, 0) is None
    assert held(((step, True) for step in range(LONG)), 3) is None
    assert held(((step, True) for step in range(LONG + 1)), 3) == (0, None)


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - {"not finite", "slow data"}))
def test_lines_one_step_apart_make_no_symptom_of_a_moment(name):
    """A slow machine logs every step: R3GAN's D, as good as it is, had fakes above real ones for its first 20."""
    change, _ = FAULTS[name]
    log = sound(60, every=1)
    for number, line in enumerate(log, 1):
        change(line, number)
    assert diagnose(log) == []


def test_nothing_gained_is_not_said_of_a_young_run_nor_of_a_log_that_begins_late():
    early = sound(60, every=2)
    for number, line in enumerate(early, 1):
        frozen(line, number)
    assert diagnose(early) == []
    late = sound(60)
    for number, line in enumerate(late, 1):
        line["step"] += 2000
        line["health"]["distance"] = 0.1 + 0.005 * math.sin(3 * number)
    assert [(each.name, each.severity) for each in diagnose(late)] == [("plateau", "note")]


def test_what_falls():
    curve = Record([{"step": step, "figure": 0.5 if step > 60 else 1.0} for step in range(10, 130, 10)]).curve("figure")
    answers = falls(curve)
    assert answers[60] is False
    assert answers[70] is True
    assert answers[120] is False
