"""The built-in set, and torchvision's: their own loaders over files laid out as their downloads are."""

import gzip
import time

import numpy as np
import pytest
import torch
from encoded import idx, noise, save

from ganworks import data
from ganworks.data.named import BUILTIN, NAMES, REMOTE


def test_the_builtin_set():
    started = time.perf_counter()
    pictures = data.open_pictures("fashion_mnist_10k")
    assert time.perf_counter() - started < 5  # 0.1 s on an idle machine
    assert len(pictures) == 10_000
    assert pictures.specs["image"].shape == (1, 28, 28)
    assert pictures.specs["label"].names[8] == "Bag"
    assert set(pictures.summary()["classes"].values()) == {1000}
    assert pictures.read(torch.tensor([0]))["label"].tolist() == [9], "the first picture is an ankle boot"
    assert "MIT" in (BUILTIN / "fashion_mnist_10k" / "LICENSE").read_text(encoding="utf-8")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANWORKS_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name, cls", [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST"), ("kmnist", "KMNIST")])
def test_mnist_and_its_kin(cache, name, cls):
    raw = cache / name / cls / "raw"
    raw.mkdir(parents=True)
    images = np.stack([noise(28, 28, 1, seed=number)[..., 0] for number in range(10)])
    for split in ("train", "t10k"):
        (raw / f"{split}-images-idx3-ubyte").write_bytes(idx(images))
        (raw / f"{split}-labels-idx1-ubyte").write_bytes(idx(np.arange(10, dtype=np.uint8)[::-1]))
    pictures = data.open_pictures(name)
    batch = pictures.read(torch.arange(10))
    assert np.array_equal(batch["image"][:, 0], images)
    assert batch["label"].tolist() == list(range(9, -1, -1))
    if name == "mnist":
        assert pictures.specs["label"].names[3] == "three"


def test_emnist_is_turned_upright(cache):
    raw = cache / "emnist" / "EMNIST" / "raw"
    raw.mkdir(parents=True)
    images = np.stack([noise(28, 28, 1, seed=number)[..., 0] for number in range(4)])
    for split in ("train", "test"):
        (raw / f"emnist-balanced-{split}-images-idx3-ubyte").write_bytes(idx(images.transpose(0, 2, 1)))
        (raw / f"emnist-balanced-{split}-labels-idx1-ubyte").write_bytes(idx(np.array([0, 10, 46, 10], np.uint8)))
    pictures = data.open_pictures("emnist")
    assert np.array_equal(pictures.read(torch.arange(4))["image"][:, 0], images)
    assert pictures.summary()["classes"] == {"0": 1, "A": 2, "t": 1}


def test_qmnist_has_more_than_a_class(cache):
    raw = cache / "qmnist" / "QMNIST" / "raw"
    raw.mkdir(parents=True)
    images = np.stack([noise(28, 28, 1, seed=number)[..., 0] for number in range(3)])
    facts = np.zeros((3, 8), np.int32)
    facts[:, 0], facts[:, 1] = [5, 0, 5], 99
    (raw / "qmnist-train-images-idx3-ubyte").write_bytes(idx(images))
    (raw / "qmnist-train-labels-idx2-int").write_bytes(idx(facts))
    (raw / "qmnist-train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
    (raw / "qmnist-train-labels-idx2-int.gz").write_bytes(gzip.compress(idx(facts)))
    pictures = data.open_pictures("qmnist")
    assert pictures.summary()["classes"] == {"zero": 1, "five": 2}


def test_eurosat_lists_folders(cache):
    for number in range(4):
        save(
            cache / "eurosat" / "eurosat" / "2750" / ("River" if number % 2 else "Forest") / f"{number}.jpg",
            noise(64, 64),
        )
    pictures = data.open_pictures("eurosat")
    assert len(pictures) == 4
    assert pictures.summary()["classes"] == {"Forest": 2, "River": 2}


def test_imagenette_lists_samples(cache):
    wnids = ["n01440764", "n02102040", "n02979186", "n03000684", "n03028079"]
    wnids += ["n03394916", "n03417042", "n03425413", "n03445777", "n03888257"]
    for wnid in wnids:
        for split in ("train", "val"):
            save(cache / "imagenette" / "imagenette2-320" / split / wnid / f"{wnid}_1.JPEG", noise(40, 30))
    pictures = data.open_pictures("imagenette")
    assert len(pictures) == 10
    assert pictures.specs["label"].names[0] == "tench"
    assert pictures.read(torch.arange(10))["label"].tolist() == list(range(10))


def test_food101_lists_files_and_labels(cache):
    base = cache / "food101" / "food-101"
    (base / "meta").mkdir(parents=True)
    listed = '{"apple_pie": ["apple_pie/2", "apple_pie/1"], "baklava": ["baklava/3"]}'
    for split in ("train", "test"):
        (base / "meta" / f"{split}.json").write_text(listed)
    for name, seed in [("apple_pie/1", 1), ("apple_pie/2", 2), ("baklava/3", 3)]:
        save(base / "images" / f"{name}.jpg", np.full((16, 16, 3), seed * 60, np.uint8))
    pictures = data.open_pictures("food101", channels=1)
    batch = pictures.read(torch.arange(3))
    assert [pictures.specs["label"].names[number] for number in batch["label"]] == ["apple_pie", "apple_pie", "baklava"]
    assert batch["image"][:, 0, 0, 0].tolist() == [60, 120, 180], "pictures and labels stay together when sorted"


@pytest.mark.parametrize("name", ["cifar10", "svhn", "stl10", "stl10_unlabeled"])
def test_arrays_of_torchvision(cache, monkeypatch, name):
    """Those with checksums, with torchvision's class replaced by its result."""
    from torchvision import datasets

    values = np.stack([noise(32, 32, 3, seed=number) for number in range(4)])

    class Result:
        def __init__(self, root, download, **settings):
            assert download and settings == REMOTE[name].settings
            if name == "cifar10":
                self.data, self.targets, self.classes = values, [0, 1, 1, 0], ["airplane", "automobile"]
            else:
                self.data = values.transpose(0, 3, 1, 2)
                self.labels = np.array([-1] * 4 if name == "stl10_unlabeled" else [0, 1, 1, 0])

    monkeypatch.setattr(datasets, REMOTE[name].cls, Result)
    pictures = data.open_pictures(name)
    batch = pictures.read(torch.arange(4))
    assert np.array_equal(batch["image"].permute(0, 2, 3, 1), values)
    assert ("label" in batch) == (name != "stl10_unlabeled")
    if name == "cifar10":
        assert pictures.specs["label"].names == ("airplane", "automobile")


def test_a_failed_download_is_one_clear_line(cache, monkeypatch):
    from torchvision import datasets

    def fail(*args, **settings):
        raise OSError("no route to host\nand more")

    monkeypatch.setattr(datasets, "CIFAR10", fail)
    with pytest.raises(ValueError, match=r"cifar10 can't be downloaded into .*: no route to host. Try") as error:
        data.open_pictures("cifar10")
    assert "\n" not in str(error.value)


def test_every_name_is_a_class_of_torchvision():
    from torchvision import datasets

    assert len(NAMES) == 19
    assert all(hasattr(datasets, remote.cls) for remote in REMOTE.values())
