from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks import api, core
from ganworks.__main__ import main
from ganworks.cli import sample


def test_seeds():
    assert sample.seeds_of("7") == [7]
    assert sample.seeds_of("0-3") == [0, 1, 2, 3]
    assert sample.seeds_of("1,5,9") == [1, 5, 9]
    assert sample.seeds_of("1,4-5") == [1, 4, 5]


@pytest.mark.parametrize("text", ["", "-1", "1-", "a-b", "1,,2", "2-1", "1.5"])
def test_seeds_that_are_none(text: str):
    with pytest.raises(ValueError, match="--seed"):
        sample.seeds_of(text)


def test_a_grid_for_each_seed(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["sample", str(run), "--count", "4", "--seed", "0-1", "--out", str(tmp_path)]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [path.name for path in paths] == ["sample-seed0.png", "sample-seed1.png"]
    first, second = (np.asarray(Image.open(path)) for path in paths)
    assert first.shape == (18, 18)  # 2 x 2 pictures of 8 pixels, 2 pixels between them
    assert not np.array_equal(first, second)


def test_grids_go_into_the_run(run: Path):
    assert main(["sample", str(run), "--count", "1", "--seed", "5"]) == 0
    assert (run / "out" / "sample-seed5.png").exists()


def test_single_files_of_one_class(run: Path, tmp_path: Path):
    assert main(["sample", str(run), "--count", "3", "--each", str(tmp_path), "--label", "dog"]) == 0
    names = [f"sample-dog-seed0-0000{number}.png" for number in range(3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_label_is_a_name_or_a_number(run: Path):
    model = api.load(run, device="cpu")
    assert sample.labels_of(model, "dog", 2)["label"].tolist() == [1, 1]
    assert sample.labels_of(model, "0", 3)["label"].tolist() == [0, 0, 0]
    assert sample.labels_of(model, None, 3) == {}


def test_truncation_for_systems_that_have_it(run: Path, pictures: Path, capsys: pytest.CaptureFixture[str]):
    folder = run.with_name("truncated")
    small = ["--size", "8", "--width", "4", "--batch", "4", "--precision", "float32", "--latent", "8"]
    assert main(["train", "stylegan2", str(pictures), "--out", str(folder), "--steps", "2", *small]) == 0
    capsys.readouterr()
    assert main(["sample", str(folder), "--count", "4", "--label", "cat", "--truncation", "0"]) == 0
    assert Path(capsys.readouterr().out.strip()).name == "sample-cat-truncation0-seed0.png"
    assert main(["sample", str(run), "--truncation", "0.5"]) == 2
    assert "truncation is 0.5, but CGAN has none; leave it out" in capsys.readouterr().err


def test_many_pictures_are_those_of_one_batch(run: Path, monkeypatch: pytest.MonkeyPatch):
    """Made 64 at a time to bound the memory; the seed means the same pictures."""
    model = api.load(run, device="cpu")
    together = model.sample(9, 3)["image"]
    monkeypatch.setattr(core, "AT_ONCE", 4)
    torch.testing.assert_close(model.sample(9, 3)["image"], together)
