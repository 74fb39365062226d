"""An ablation: which tricks it tries, what becomes of its trials, and what it says of them."""

import json
from math import log
from xml.etree import ElementTree

import pytest
import torch

from ganworks.proofs.ablation.ablate import ablate, choose, suited
from ganworks.proofs.ablation.arms import ARMS, BASELINE
from ganworks.proofs.ablation.figure import at, draw
from ganworks.proofs.ablation.page import main as make_page
from ganworks.proofs.ablation.page import section
from ganworks.proofs.ablation.ranking import caution, rank, shown, verdict
from ganworks.proofs.ablation.trial import DISTANCE, Plan, rates
from ganworks.proofs.bench import Bench, Judge
from ganworks.registry import Unknown, tricks

SMALL = Plan("dcgan", "fashion_mnist_10k", 1.0, {"width": 4})


def test_all_tricks_or_some():
    assert choose("all") == list(ARMS)
    assert choose("soft-labels, kl,kl") == ["soft_labels", "kl"]
    with pytest.raises(Unknown, match=r"unknown trick 'soft_label'\. Did you mean soft_labels\?"):
        choose("kl,soft_label")


def test_every_trick_that_is_a_setting_is_flipped_in_an_arm():
    flipped = {name for arm in ARMS.values() for name in arm.settings}
    sizes = {"noise_steps", "replay_size", "ada_images"}
    assert {setting.name for setting in tricks()} - sizes <= flipped


def test_keys_hold_all_that_differs():
    assert ARMS["soft_labels"].key("soft_labels") == "soft_labels soft_labels=0.1"
    assert ARMS["two_rates"].key("two_rates") == "two_rates rates=0.5x2.0"
    keys = [arm.key("x") for arm in ARMS.values()]
    assert len(set(keys)) == len(keys)


def test_each_arm_suits_dcgan_and_differs_from_it(tmp_path):
    arms, unsuited = suited(SMALL, Bench(tmp_path), ARMS)
    assert unsuited == {}
    assert list(arms) == [BASELINE, *ARMS]


def test_what_does_not_suit_is_left_out_and_why(tmp_path):
    plan = Plan("wgan_gp", "fashion_mnist_10k", 1.0, {"width": 4})
    arms, unsuited = suited(plan, Bench(tmp_path), ["soft_labels", "labels", "no_norm_d", "uniform_z"])
    assert list(arms) == [BASELINE, "no_norm_d", "uniform_z"]
    assert "not the sigmoid's" in unsuited["soft_labels"]
    assert unsuited["labels"] == "cgan is compared with dcgan alone"
    plan = Plan("sngan", "fashion_mnist_10k", 1.0, {"width": 4, "nets": "dcgan"})
    assert suited(plan, Bench(tmp_path), ["spectral_norm"])[1] == {"spectral_norm": "sngan has it already"}


def test_what_a_system_has_already_is_no_trick(tmp_path):
    """Each of these would be the baseline under another name, whose difference is luck."""
    for system, settings, names in (
        ("r3gan", {"width": 2}, ["averaged", "linear_output", "no_norm_d"]),
        ("gan", {"width": 4}, ["leaky_g", "no_norm_d"]),
    ):
        arms, unsuited = suited(Plan(system, "fashion_mnist_10k", 1.0, settings), Bench(tmp_path), names)
        assert list(arms) == [BASELINE]
        assert unsuited == dict.fromkeys(names, f"{system} has it already")


def test_rates_are_of_g_and_d(tmp_path, monkeypatch):
    system = SMALL.build(Bench(tmp_path), ARMS["kl"], 0)
    player = system.players()["G"]
    monkeypatch.setattr(system, "players", lambda: {"left": player})
    monkeypatch.setattr(Plan, "build", lambda self, bench, arm, seed: system)
    why = suited(SMALL, Bench(tmp_path), ["two_rates", "averaged"])[1]
    assert why == dict.fromkeys(["two_rates", "averaged"], "the players of dcgan are left, not G and D")


def test_learning_rates_are_multiples_of_the_systems_own(tmp_path):
    system = SMALL.build(Bench(tmp_path), ARMS["kl"], 0)
    assert rates(system, (0.5, 2.0)) == {"G": pytest.approx(1e-4), "D": pytest.approx(4e-4)}
    assert rates(system, None) is None


def trials(*distances):
    return {seed: {DISTANCE: value, "steps": 100.0} for seed, value in enumerate(distances)}


def test_ranks_by_the_mean_of_paired_ratios():
    rows = rank(
        {
            BASELINE: trials(10, 20, 40),
            "doubles": trials(20, 40, 80),
            "halves": trials(5, 10, 20),
            "wavers": trials(5, 40, 40),
            "diverged": {},
        }
    )
    assert [row["trick"] for row in rows] == ["halves", "wavers", "doubles", "diverged"]
    assert [row["verdict"] for row in rows] == ["better", "within the noise", "worse", "no trial"]
    assert rows[0]["change"] == pytest.approx(-0.5) and rows[2]["change"] == pytest.approx(1.0)
    assert rows[1]["error"] == pytest.approx(log(2) / 3**0.5)  # deviation of -log 2, log 2, 0 over root 3
    assert shown(rows[1]) == ("+0 ± 40 %", "28.3", "1.00", "within the noise")


def test_an_error_is_a_share_of_the_whole():
    """Three times the distance, give or take a factor of 1.1, is 3 +- 0.3 times, not 3 +- 0.1."""
    (row,) = rank({BASELINE: trials(1, 1), "trick": trials(3 * 1.1, 3 / 1.1)})
    assert shown(row)[0] == "+200 ± 29 %"


def test_three_seeds_need_more_than_four_errors():
    assert verdict(-0.44, 0.1, 3) == "better"
    assert verdict(-0.42, 0.1, 3) == "within the noise"
    assert verdict(0.42, 0.1, 5) == "worse"
    assert verdict(-9.0, None, 1) == "one seed"


def test_the_verdict_is_wrong_one_time_in_twenty():
    """Of tricks that are none, 5 % are called better or worse, whatever the number of seeds."""
    generator = torch.Generator().manual_seed(0)
    for num in (3, 5, 16):
        x = torch.randn(4000, num, generator=generator, dtype=torch.float64)
        errors = x.std(1) / num**0.5
        called = [
            verdict(m, e, num) != "within the noise" for m, e in zip(x.mean(1).tolist(), errors.tolist(), strict=True)
        ]
        assert sum(called) / 4000 == pytest.approx(0.05, abs=0.012)


def test_caution_says_what_can_be_said():
    assert caution(rank({BASELINE: trials(1), "a": trials(2)})).startswith("With one seed nothing can be said")
    rows = rank({BASELINE: trials(1, 2, 3)} | {str(n): trials(1, 2, 4) for n in range(30)})
    assert "beyond 4.3 standard errors" in caution(rows) and "luck alone makes about 2 such" in caution(rows)
    assert "by up to 4.3 times its error." in caution(rows) and "fewer seeds" not in caution(rows)
    rows = rank({BASELINE: trials(1, 2, 3), "a": trials(1, 2, 4), "b": trials(1, 2), "c": {}})
    assert caution(rows).endswith("Trials that diverged or are due leave fewer seeds: b 2, c 0.")
    assert "among 2 tricks" in caution(rows)  # the third has no verdict


def test_the_axis_of_the_figure():
    assert at(2.0) - at(1.0) == pytest.approx(at(4.0) - at(2.0))
    assert at(1e9) == at(6.0)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Trainings of one step, judged by the mean of the samples."""
    monkeypatch.setattr(Bench, "hire", lambda self, name: object.__new__(Judge))
    monkeypatch.setattr(Judge, "frechet", lambda self, samples: 1 + samples.abs().mean().item())
    return Bench(tmp_path, scale=1e-9)


def test_trials_stay_done_and_the_page_says_what_the_file_says(bench, tmp_path):
    told = []

    def started(trial, number, total):
        told.append((trial.arm, trial.seed))

    outcome = ablate(SMALL, bench, ["kl", "unit_range"], 1, started=started)
    assert [arm.split()[0] for arm, _ in told] == [BASELINE, "kl", "unit_range"]
    assert (outcome["seeds"], outcome["due"]) == (1, 0)
    outcome = ablate(SMALL, bench, ["kl"], 2, started=started)
    assert [(arm.split()[0], seed) for arm, seed in told[3:]] == [(BASELINE, 1), ("kl", 1)]
    assert json.loads((tmp_path / f"{SMALL.name}.json").read_text())["rows"] == outcome["rows"]
    ElementTree.fromstring(draw(outcome))
    make_page(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "tricks.md").read_text()
    change, *_ = shown(outcome["rows"][0])
    assert "## dcgan on fashion_mnist_10k, 1 minutes, width 4" in page
    assert f"| kl | 0.1 KL(fakes \\|\\| data) in G's loss | {change} |" in page
    assert (tmp_path / "docs" / "tricks" / f"{SMALL.name}.svg").exists()
    outcome["trials"] = [trial for trial in outcome["trials"] if trial["arm"] != BASELINE]
    assert "The baseline's distance is not known." in section(outcome)


def test_pictures_without_labels_are_judged_by_random_convolutions(tmp_path):
    folder = tmp_path / "grey"
    folder.mkdir()
    from PIL import Image

    for number in range(8):
        Image.new("L", (16, 16), 10 * number).save(folder / f"{number}.png")
    bench = Bench(tmp_path / "results")
    judge = bench.judge(str(folder))
    assert bench.hired[str(folder)]["network"] == "4 random convolutions"
    assert judge.frechet(bench.pictures(str(folder)).read(torch.arange(8))["image"].float() / 127.5 - 1) < 0.1
