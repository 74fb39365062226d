"""Stacked digits: each channel a picture of its own, in an order that seed and position decide."""

import numpy as np
import pytest
import torch

from ganworks.data import open_pictures
from ganworks.data.stacked import Stacked


@pytest.fixture
def digits(tmp_path):
    """20 grey pictures, each of one value."""
    values = np.broadcast_to(np.arange(0, 200, 10, dtype=np.uint8)[:, None, None], (20, 8, 8))
    np.save(tmp_path / "digits.npy", values)
    return open_pictures(tmp_path / "digits.npy")


def test_every_channel_is_one_of_the_pictures(digits):
    image = next(Stacked(digits, 16, seed=3))["image"]
    assert image.shape == (16, 3, 8, 8)
    assert (image == image[:, :, :1, :1]).all()  # whole pictures, not mixed
    values = ((image[:, :, 0, 0] + 1) * 127.5).round()
    assert set(values.flatten().tolist()) <= set(range(0, 200, 10))
    assert (values[:, 0] != values[:, 1]).any() and (values[:, 1] != values[:, 2]).any()


def test_an_epoch_shows_every_picture_in_every_channel(digits):
    image = next(Stacked(digits, 20, seed=0))["image"][:, :, 0, 0]
    assert all(len(channel.unique()) == 20 for channel in image.T)


def test_seed_and_position_decide(digits):
    stream = Stacked(digits, 16, seed=1)
    first, second = next(stream)["image"], next(stream)["image"]
    stream.seek(16)
    assert torch.equal(next(stream)["image"], second)
    assert torch.equal(next(Stacked(digits, 16, seed=1))["image"], first)
    assert not torch.equal(next(Stacked(digits, 16, seed=2))["image"], first)


def test_colour_is_refused(tmp_path):
    np.save(tmp_path / "colour.npy", np.random.default_rng(0).integers(0, 255, (4, 8, 8, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="have 3 channels"):
        Stacked(open_pictures(tmp_path / "colour.npy"), 2)
