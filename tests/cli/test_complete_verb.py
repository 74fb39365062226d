"""`ganworks complete`: a picture of another size and kind, its hole alone changed; and mistakes, in one line."""

import numpy as np
import pytest
import torch
from PIL import Image

import ganworks
from ganworks.__main__ import main
from ganworks.engine.run import Run
from ganworks.metrics.quick import mean_error


@pytest.fixture(scope="module")
def completion(pictures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("complete") / "run"
    small = ["--size", "16", "--width", "2", "--batch", "4", "--precision", "float32"]
    assert main(["train", "glcic", str(pictures), "--out", str(folder), "--steps", "5", *small]) == 0
    return folder


@pytest.fixture
def photo(tmp_path, monkeypatch):
    """50x37, grey with transparency, and a mask of it, in the current folder."""
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (37, 50, 2), np.uint8)
    Image.fromarray(pixels, "LA").save(tmp_path / "photo.png")
    mask = np.zeros((37, 50), np.uint8)
    mask[5:15, 20:40] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path / "photo.png"


@pytest.mark.parametrize("blend", [[], ["--no-blend"]])
def test_the_hole_is_filled_and_nothing_else_changes(completion, photo, blend, capsys):
    out = photo.with_name("out.png")
    words = ["complete", str(completion), str(photo), "--mask", str(photo.with_name("mask.png")), "--out", str(out)]
    assert main([*words, *blend]) == 0
    assert "10.8% of the picture filled" in capsys.readouterr().out
    hole = np.asarray(Image.open(photo.with_name("mask.png"))) > 0
    before, after = np.asarray(Image.open(photo)), np.asarray(Image.open(out))
    np.testing.assert_array_equal(after[~hole], before[~hole])
    assert (after[hole][:, 1] == 255).all()
    assert (after[hole][:, 0] != before[hole][:, 0]).mean() > 0.9


def test_the_best_fills_what_was_there(completion):
    """Its samples are compared with the pictures that they were made of, not with all as a set."""
    model = ganworks.load(str(completion))
    error = mean_error(model.sample(64, seed=1)["image"], model.system.starts(torch.arange(64)))
    assert list(Run(completion).read_log())[-1]["distance"] == pytest.approx(error, rel=1e-4)


def test_without_a_place_it_lies_in_the_run(completion, photo):
    assert main(["complete", str(completion), str(photo), "--mask", str(photo.with_name("mask.png"))]) == 0
    assert (completion / "out" / "photo.png").exists()


@pytest.mark.parametrize(("given", "words"), [
    ({}, "white there: --mask MASK"),
    ({"--mask": "other.png"}, "other.png is 5x9, and"),
    ({"--mask": "photo.txt"}, "not a picture"),
    ({"--mask": "mask.png", "--out": "a.jpg"}, "ends in .png"),
    ({"--mask": "nowhere.png"}, "No such file"),
    ({"--mask": "mask.png", "--out": "photo.png"}, "is the picture itself"),
])  # fmt: skip
def test_mistakes_are_told_in_one_line(given, words, completion, photo, capsys):
    Image.new("L", (9, 5), 255).save("other.png")
    photo.with_name("photo.txt").write_text("words")
    more = [word for pair in given.items() for word in pair]
    assert main(["complete", str(completion), str(photo), *more]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_other_runs_and_other_verbs_say_what_to_do(run, completion, photo, capsys):
    mask = ["--mask", str(photo.with_name("mask.png"))]
    assert main(["complete", str(run), str(photo), *mask]) == 2
    assert "cgan fills no holes" in capsys.readouterr().err
    assert main(["apply", str(completion), str(photo)]) == 2
    assert "ganworks complete" in capsys.readouterr().err
