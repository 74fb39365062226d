"""A feature network of the user's own pictures: it learns what can be learnt, and says how well."""

import numpy as np
import pytest
import torch

from ganworks.data import open_pictures
from ganworks.features import train_features
from ganworks.metrics.extractors import extractor


def bars(folder, num=200, noise=20):
    """Pictures 16 x 16 with a bright bar at one of two sides; the side is the class."""
    random = np.random.default_rng(0)
    labels = np.arange(num) % 2
    images = random.integers(0, noise, (num, 16, 16)).astype(np.uint8)
    images[labels == 0, :, :5] += 200
    images[labels == 1, :, -5:] += 200
    np.savez(folder / "bars.npz", images=images, labels=labels)
    return open_pictures(folder / "bars.npz")


def test_it_learns_and_measures_what_it_has_not_seen(tmp_path):
    pictures = bars(tmp_path)
    told = []
    path = tmp_path / "new" / "bars.safetensors"
    facts = train_features(pictures, path, epochs=4, width=4, progress=lambda *step: told.append(step))
    assert facts["accuracy"] == 1.0 and facts["held_out"] == 20
    assert told[0] == (1, 100) and told[-1] == (100, 100)  # 4 epochs would be 8 steps, too few
    eyes = extractor(str(path))
    found = eyes(pictures.read(torch.arange(200))["image"])
    assert found.features.shape == (200, 32)
    assert found.logits is not None
    assert torch.equal(found.logits.argmax(1), torch.arange(200) % 2)


def test_labels_that_say_nothing_are_not_learnt(tmp_path):
    pictures = bars(tmp_path)
    pictures.numbers = torch.randint(2, (200,), generator=torch.Generator().manual_seed(0))
    facts = train_features(pictures, tmp_path / "luck.safetensors", epochs=2, width=4)
    assert facts["accuracy"] < 0.9


def test_the_same_seed_gives_the_same_network(tmp_path):
    pictures = bars(tmp_path)
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    for path in (first, second):
        train_features(pictures, path, epochs=1, width=4, seed=5)
    assert first.read_bytes() == second.read_bytes()


def test_pictures_without_labels_are_refused(tmp_path):
    np.save(tmp_path / "plain.npy", np.zeros((40, 16, 16), np.uint8))
    with pytest.raises(ValueError, match="has no labels; put the pictures in one subfolder a class"):
        train_features(open_pictures(tmp_path / "plain.npy"), tmp_path / "x.safetensors")


def test_few_pictures_are_refused(tmp_path):
    with pytest.raises(ValueError, match="has 12 pictures; at least 20 are needed"):
        train_features(bars(tmp_path, num=12), tmp_path / "x.safetensors")
