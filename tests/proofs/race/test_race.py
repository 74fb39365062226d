"""A race: who takes part, what is measured of each, and what is said of it."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks.proofs.bench import Bench
from ganworks.proofs.race.memory import peak_of
from ganworks.proofs.race.page import main as make_page
from ganworks.proofs.race.race import choose, field_of, race
from ganworks.proofs.race.ranking import caution, rank, shown
from ganworks.proofs.race.trial import DISTANCE, ERROR, Entrant, Plan, Sampler, engine_of
from ganworks.registry import DEFAULT, DEFAULT_ON_CPU, Unknown, entries


def test_all_are_those_of_pictures_and_the_default():
    found = choose("all")
    default = Entrant(DEFAULT, dict(DEFAULT_ON_CPU)).name
    groups = {entries()[entrant.system].domain for entrant in found.values()}
    assert groups == {"image", "baseline"} and {"dcgan", "pixelcnn", default} <= found.keys()
    assert not {"ambientgan", "nrgan"} & found.keys(), "their samples are cleaner than the data"
    assert list(choose("vae, nrgan,vae,default")) == ["vae", "nrgan", default]
    with pytest.raises(Unknown, match=r"Did you mean dcgan\?"):
        choose("vae,dcgann")


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """40 pictures of 8x8 in colour, three quarters of them of one class."""
    monkeypatch.setenv("GANWORKS_CACHE", str(tmp_path / "cache"))
    random = np.random.default_rng(0)
    for number in range(40):
        path = tmp_path / "pets" / ("cat" if number % 4 else "dog") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (8, 8, 3), np.uint8)).save(path)
    return tmp_path / "pets"


def test_who_takes_part_and_who_does_not(pictures, tmp_path):
    bench = Bench(tmp_path / "out")
    entrants = choose("dcgan,cgan,cogan").values()
    field = field_of(Plan(str(pictures), 1.0, 4), bench, entrants)
    assert list(field.entrants) == ["dcgan", "cgan"] and field.labelled == ["cgan"]
    assert field.left_out["cogan"].startswith("cogan learns from two sets of pictures")
    field = field_of(Plan(str(pictures / "cat"), 1.0, 4), bench, entrants)
    assert list(field.entrants) == ["dcgan"]
    assert field.left_out["cgan"].startswith("cgan was given 0 classes")


def test_an_engine_is_that_of_train(pictures, tmp_path):
    """Batch, averaging and width by their rules: 40 pictures have room for batches of 32."""
    engine = engine_of(Plan(str(pictures), 1.0), Bench(tmp_path / "out"), Entrant("r3gan", {"nets": "dcgan"}), 0)
    assert engine.stream.batch == 32 and engine.average.decays["G"] == engine.players["G"].ema
    narrow = engine_of(Plan(str(pictures), 1.0, 4), Bench(tmp_path / "out"), Entrant("r3gan", {"nets": "dcgan"}), 0)
    sizes = [sum(map(torch.numel, each.system.parameters())) for each in (engine, narrow)]
    assert sizes[1] < sizes[0] / 4


def test_labels_of_samples_are_as_frequent_as_in_the_data(pictures, tmp_path, monkeypatch):
    bench, plan = Bench(tmp_path / "out"), Plan(str(pictures), 1.0, 4)
    engine = engine_of(plan, bench, Entrant("cgan"), 0)
    seen = {}
    monkeypatch.setattr(engine, "sample", lambda num, seed, **given: seen.update(given) or {})
    sample = Sampler(engine, bench.pictures(plan.data))
    sample(4000, seed=1)
    assert seen["label"].float().mean() == pytest.approx(0.25, abs=0.03)
    assert sample.num == 4000 and sample.seconds >= 0


def test_trials_stay_done_and_the_page_shows_them(pictures, tmp_path):
    bench = Bench(tmp_path / "out", scale=1e-9, size=8)  # trainings of one step
    plan = Plan(str(pictures), 1.0, 4, "pixels")
    field = field_of(plan, bench, choose("dcgan,cgan").values())
    told = []
    outcome = race(plan, bench, field, 1, started=lambda trial, number, total: told.append(trial.arm))
    assert told == ["dcgan", "cgan"] and outcome["due"] == 0 and outcome["seeds"] == 1
    again = race(plan, bench, field, 1, started=lambda *_: pytest.fail("a trial ran twice"))
    assert again["rows"] == outcome["rows"]
    assert json.loads((tmp_path / "out" / "pets-8x8-1min-width4-pixels.json").read_text())["rows"] == again["rows"]
    best, last = outcome["rows"]
    assert best[DISTANCE] <= last[DISTANCE] and best[ERROR] > 0 and best["steps"] == 1
    assert {"precision", "recall", "pictures a second", "samples a second"} <= best.keys()
    assert str(tmp_path) not in json.dumps(outcome), "a page has no place of this machine"
    make_page(tmp_path / "out", tmp_path / "docs")
    page = (tmp_path / "docs" / "race.md").read_text()
    assert "## pets, 1 minutes, all of width 4" in page and "40 pictures, 8x8 RGB in 2 classes" in page
    assert f"| cgan \\* | {' | '.join(shown(next(row for row in (best, last) if row['entrant'] == 'cgan')))} |" in page
    grid = tmp_path / "docs" / "race" / "pets-8x8-1min-width4-pixels-dcgan-0.png"
    assert f"![dcgan](race/{grid.name})" in page
    with Image.open(grid) as picture:
        assert picture.size == (78, 78)  # 8 x 8 of 8 pixels, 2 between


def trials(*distances, error=0.1):
    return {seed: {DISTANCE: value, ERROR: error, "steps": 10} for seed, value in enumerate(distances)}


def test_ranked_by_distance_and_told_apart_by_errors():
    rows = rank({"a": trials(1.5), "b": trials(1.0), "c": trials(1.2)})
    assert [row["entrant"] for row in rows] == ["b", "c", "a"]
    assert [row["apart"] for row in rows] == [False, False, True]  # 0.2 and 0.5, against 1.96 x 0.1 x root 2 = 0.28
    assert "With one seed" in caution(rows) and "Not told apart from b at the 5 % level: c." in caution(rows)
    assert shown(rows[0]) == ("1 ± 0.1", "", "", "10", "", "", "")


def test_several_seeds_have_the_error_of_their_mean():
    rows = rank({"a": trials(9, 10, 11), "b": trials(11, 12, 13), "c": trials(13, 14, 15), "d": trials(30, 31)})
    assert rows[0][DISTANCE] == 10 and rows[0][ERROR] == pytest.approx(3**-0.5)
    # t = 2.776 for 4 degrees of freedom, x root of 2 / 3: 2.27
    assert [row["apart"] for row in rows] == [False, False, True, True]
    assert "With 3 seeds" in caution(rows) and caution(rows).endswith("Fewer seeds: d 2.")


def test_the_peak_is_that_of_the_work_and_not_of_what_was_before():
    """Twice the same work holds the same, though the first has left memory to the second."""

    def work():
        return sum(torch.ones(8, 1_000_000).sum().item() for _ in range(3))

    torch.ones(20_000_000).sum()
    found = [peak_of(work) for _ in range(2)]
    assert found[0][0] == 24e6
    if found[0][1] is not None:
        assert [megabytes for _, megabytes in found] == pytest.approx([32, 32], abs=8)
