"""Whole comparisons, small ones."""

import json
import multiprocessing
import signal
from math import inf
from pathlib import Path

import pytest
import torch
from PIL import Image

from ganworks.lab import Arm, Findings, compare
from ganworks.lab.film import HOLD
from ganworks.lab.plan import Plan
from ganworks.lab.trial import Trial, engine_of, run, task_of
from ganworks.metrics.modes import Modes

SMALL = {"steps": 6, "batch": 16, "width": 8, "frames": 3, "processes": 1}


def test_every_system_begins_with_the_same_g_and_sees_the_same():
    plan = Plan("ring8", 10, 16, 8, 2, 1e-3, 0.5, 3)
    task = task_of(plan)
    engines = [engine_of(plan, task, Arm(name), seed=3) for name in ("gan", "lsgan", "wgan_gp", "r3gan")]
    first, *others = [engine.system.G.state_dict() for engine in engines]
    for other in others:
        for name, value in first.items():
            assert torch.equal(value, other[name]), name
    batches = [engine.next_parts()[0] for engine in engines]
    assert all(torch.equal(batch[name], batches[0][name]) for batch in batches for name in ("point", "z"))


def test_rates_fall_to_nothing_over_the_last_part():
    plan = Plan("ring8", 100, 16, 8, 2, 1e-3, 0.5, 3)
    engine = engine_of(plan, task_of(plan), Arm("wgan_gp"), seed=0)
    seen = {}
    for step in (0, 50, 75, 99):
        engine.step = step
        engine.set_rates()
        seen[step] = [engine.optimizers[player].param_groups[0]["lr"] for player in "GD"]
    assert seen == {step: pytest.approx([rate] * 2) for step, rate in ((0, 1e-3), (50, 1e-3), (75, 5e-4), (99, 2e-5))}


def test_the_same_comparison_gives_the_same_numbers():
    runs = [compare("ring8", ["gan", "pacgan"], seeds=2, **SMALL) for _ in range(2)]
    values = [[vars(trial.modes) for trial in run.trials] for run in runs]
    assert values[0] == values[1]
    assert [(trial.arm.label, trial.seed) for trial in runs[0].trials] == [
        ("gan", 0), ("pacgan", 0), ("gan", 1), ("pacgan", 1),
    ]  # fmt: skip
    assert [bool(trial.views) for trial in runs[0].trials] == [True, True, False, False]


def test_processes_change_nothing():
    alone = compare("ring8", ["gan", "lsgan"], seeds=1, **SMALL)
    told: list[tuple[int, int]] = []
    together = compare(
        "ring8", ["gan", "lsgan"], seeds=1, **SMALL | {"processes": 2}, progress=lambda *done: told.append(done)
    )
    key = {trial.arm.label: vars(trial.modes) for trial in together.trials}
    assert key == {trial.arm.label: vars(trial.modes) for trial in alone.trials}
    assert told[-1][1] == 12


def test_ctrl_c_ends_the_trials_of_other_processes_where_they_are():
    is_asked = False

    def ask_once(done: int, total: int) -> None:
        nonlocal is_asked
        if done and not is_asked:
            is_asked = True
            signal.raise_signal(signal.SIGINT)

    settings = SMALL | {"steps": 1_000_000, "processes": 2}
    found = compare("ring8", ["gan", "lsgan"], seeds=2, **settings, progress=ask_once)
    assert len(found.trials) == 2
    assert {trial.end for trial in found.trials} == {"interrupt"}
    assert all(0 < trial.step < 1_000_000 and trial.views for trial in found.trials)


def test_a_process_that_dies_is_not_waited_for_for_ever():
    looks = 0

    def kill_one(done: int, total: int) -> None:
        nonlocal looks
        if done and not looks:
            multiprocessing.active_children()[0].kill()
        looks += bool(done)
        assert looks < 150, "still waiting"

    with pytest.raises(ValueError, match=r"died.*__main__.*--processes"):
        compare("ring8", ["gan"], seeds=2, **SMALL | {"steps": 1_000_000, "processes": 2}, progress=kill_one)


@pytest.mark.parametrize("toy", ["mixture1d", "spiral", "ring1200"])
def test_files(toy: str, tmp_path: Path):
    found = compare(toy, [Arm("gan"), Arm("gan", {"loss": "minimax"})], seeds=1, **SMALL)
    paths = found.write(tmp_path / "new")
    assert [path.name for path in paths] == ["table.json", "table.txt", "film.gif", "still.png"]
    facts = json.loads(paths[0].read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert [trial["system"] for trial in facts["trials"]] == ["gan", "gan loss=minimax"]
    assert facts["trials"][0]["steps"] == 6
    with Image.open(paths[2]) as film:
        assert film.n_frames >= 2
        assert film.size[0] * 2 == Image.open(paths[3]).size[0]
    assert HOLD > 0


def trial(name: str, seed: int, fair: int, kl: float, end: str = "steps") -> Trial:
    return Trial(Arm(name), seed, 10, 1.0, Modes(fair, fair, 25, kl, inf, 0.5, fair), end)


def findings(*trials: Trial) -> Findings:
    return Findings(
        Plan("grid25", 10, 16, 8, 2, 1e-3, 0.5, 3), [Arm(name) for name in ("gan", "r3gan")], "p", list(trials)
    )


def test_a_difference_beyond_the_seeds_is_told_from_one_within():
    mine = [trial("gan", seed, 8 + seed % 2, 0.5 + 0.1 * seed) for seed in range(4)]
    other = [trial("r3gan", seed, 20 + seed, 0.55 + 0.1 * seed) for seed in range(4)]
    line, note = findings(*mine, *other).verdicts()
    assert "brings about 0.15 of these 3 that far" in note
    assert "held 21.5 against 8.5 (p = 0.029)" in line
    assert "KL within the noise of seeds" in line
    assert "good within the noise of seeds" in line


def test_few_seeds_show_nothing():
    (line,) = findings(trial("gan", 0, 1, 2.0), trial("r3gan", 0, 25, 0.0)).verdicts()
    assert line.startswith("4 seeds or more")


def test_trials_stopped_early_prove_nothing():
    mine = [trial("gan", seed, 25, 0.1) for seed in range(4)]
    other = [trial("r3gan", seed, 1, 3.0, "interrupt") for seed in range(4)]
    found = findings(*mine, *other)
    assert found.luck() == {}
    assert found.verdicts() == ["4 seeds or more are needed to tell a difference from luck"]


def test_a_trial_asked_to_stop_at_its_last_step_is_finished():
    plan = Plan("ring8", 3, 16, 8, 2, 1e-3, 0.5, 3)
    count = iter(range(100))
    assert run(plan, task_of(plan), Arm("gan"), 0, tick=lambda: next(count) < 2).end == "steps"
    assert run(plan, task_of(plan), Arm("gan"), 0, tick=lambda: False).end == "interrupt"


def test_rows_are_means_over_the_trials_that_were_finished():
    found = findings(
        trial("gan", 0, 8, 1.0), trial("gan", 1, 10, 2.0), trial("gan", 2, 0, 9.0, "interrupt"),
        trial("r3gan", 0, 5, 0.25, "interrupt"),
    )  # fmt: skip
    _, gan, r3gan = found.rows()
    assert gan[2:7] == ["9.0 ± 1.4", "9.0 ± 1.4", "0.500 ± 0.000", "1.500 ± 0.707", "inf"]
    assert gan[-1] == "2"
    assert r3gan[5] == "0.250"
    assert any("2 unfinished trials" in line for line in found.notes())
