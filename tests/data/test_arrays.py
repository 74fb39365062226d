"""idx, npy and npz files, and what is said of those that hold something else."""

import gzip

import numpy as np
import pytest
import torch
from encoded import idx, noise

from ganworks import data
from ganworks.data import memory

GREY = np.stack([noise(6, 5, 1, seed=number)[..., 0] for number in range(4)])
RGB = np.stack([noise(6, 5, 3, seed=number) for number in range(4)])
CLASSES = np.array([7, 3, 7, 9], np.uint8)


def read(path, **settings):
    settings.setdefault("size", (6, 5))
    pictures = data.open_pictures(path, **settings)
    return pictures, pictures.read(torch.arange(len(pictures)))


def test_idx_with_labels_beside(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(GREY))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(CLASSES)))
    pictures, batch = read(tmp_path / "train-images-idx3-ubyte")
    assert np.array_equal(batch["image"][:, 0], GREY)
    assert pictures.specs["label"].names == ("3", "7", "9")
    assert batch["label"].tolist() == [1, 0, 1, 2]


def test_a_folder_of_idx_files_takes_the_training_split(tmp_path):
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(GREY[:2])))
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(GREY)))
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(CLASSES[:2])))
    pictures, batch = read(tmp_path)
    assert len(pictures) == 4 and "label" not in batch
    assert any("not read: t10k-images-idx3-ubyte.gz" in note for note in pictures.notes)


def test_idx_with_other_types(tmp_path):
    (tmp_path / "a-idx3").write_bytes(idx(GREY.astype(np.float32) / 255))
    assert np.array_equal(read(tmp_path / "a-idx3")[1]["image"][:, 0], GREY)


def test_damaged_and_wrong_idx_files(tmp_path):
    path = tmp_path / "images-idx3-ubyte"
    path.write_bytes(idx(GREY)[:-1])
    with pytest.raises(ValueError, match="cut short: 119 of 120 bytes"):
        data.open_pictures(path)
    zipped = tmp_path / "images-idx3-ubyte.gz"
    zipped.write_bytes(gzip.compress(idx(GREY))[:-30])
    with pytest.raises(ValueError, match="damaged"):
        data.open_pictures(zipped)
    path.write_bytes(idx(CLASSES))
    with pytest.raises(ValueError, match="not pictures; give the file of images"):
        data.open_pictures(path)


def test_too_few_labels_are_not_used(tmp_path):
    (tmp_path / "images-idx3-ubyte").write_bytes(idx(GREY))
    (tmp_path / "labels-idx1-ubyte").write_bytes(idx(CLASSES[:3]))
    pictures, batch = read(tmp_path / "images-idx3-ubyte")
    assert "label" not in batch
    assert any("3 labels for 4 pictures" in note for note in pictures.notes)


@pytest.mark.parametrize(
    "values, expected",
    [
        (GREY, GREY[:, None]),
        (GREY[..., None], GREY[:, None]),
        (RGB, RGB.transpose(0, 3, 1, 2)),
        (RGB.transpose(0, 3, 1, 2), RGB.transpose(0, 3, 1, 2)),
        (RGB.astype(np.int64), RGB.transpose(0, 3, 1, 2)),
        (RGB.astype(np.float64) / 255, RGB.transpose(0, 3, 1, 2)),
        (RGB.astype(np.float32) / 127.5 - 1, RGB.transpose(0, 3, 1, 2)),
        (RGB.astype(np.float32), RGB.transpose(0, 3, 1, 2)),
        (GREY > 127, np.where(GREY > 127, 255, 0)[:, None]),
        (GREY.astype(">u2") * 256, GREY[:, None].astype(int) * 256),
    ],
)
def test_npy_of_all_types(tmp_path, values, expected):
    np.save(tmp_path / "a.npy", values)
    assert np.array_equal(read(tmp_path / "a.npy")[1]["image"], expected)


def test_fine_floats_keep_their_precision(tmp_path):
    values = np.linspace(0, 1, 120, dtype=np.float32).reshape(4, 6, 5)
    np.save(tmp_path / "a.npy", values)
    pictures, batch = read(tmp_path / "a.npy")
    assert pictures.bits == 16
    assert np.abs(batch["image"][:, 0].numpy() / 65535 - values).max() < 1 / 65535


@pytest.mark.parametrize("keys", [("images", "labels"), ("x", "y"), ("x_train", "y_train"), ("arr_0", "arr_1")])
def test_npz(tmp_path, keys):
    np.savez(tmp_path / "a.npz", **dict(zip(keys, (RGB, CLASSES[:, None]), strict=True)))
    batch = read(tmp_path / "a.npz")[1]
    assert np.array_equal(batch["image"], RGB.transpose(0, 3, 1, 2))
    assert batch["label"].tolist() == [1, 0, 1, 2]


def test_labels_as_text_one_hot_and_beside(tmp_path):
    np.savez(tmp_path / "a.npz", images=RGB, labels=np.array(["dog", "cat", "dog", "cat"]))
    pictures, batch = read(tmp_path / "a.npz")
    assert pictures.specs["label"].names == ("cat", "dog") and batch["label"].tolist() == [1, 0, 1, 0]
    np.savez(tmp_path / "b.npz", images=RGB, labels=np.eye(3)[[2, 0, 2, 1]])
    assert read(tmp_path / "b.npz")[1]["label"].tolist() == [2, 0, 2, 1]
    np.save(tmp_path / "c.npy", RGB)
    np.save(tmp_path / "c_labels.npy", CLASSES.astype(np.float32))
    pictures, batch = read(tmp_path / "c.npy")
    assert pictures.specs["label"].names == ("3", "7", "9") and batch["label"].tolist() == [1, 0, 1, 2]


@pytest.mark.parametrize(
    "values, message",
    [
        (np.zeros((4, 5)), r"shape \(4, 5\); \(N, H, W\)"),
        (np.zeros((20, 20, 3)), r"shape \(20, 20, 3\)"),
        (np.zeros((0, 5, 5)), r"shape \(0, 5, 5, 1\)"),
        (np.full((2, 5, 5), 1e6), r"from 1e\+06 to 1e\+06"),
        (np.full((2, 5, 5), np.nan), "nan"),
        (np.full((2, 5, 5), "a"), "numbers expected"),
        (np.array([[[None] * 5] * 5]), "no plain array"),
    ],
)
def test_arrays_that_hold_no_pictures(tmp_path, values, message):
    np.save(tmp_path / "a.npy", values, allow_pickle=True)
    with pytest.raises(ValueError, match=message) as error:
        data.open_pictures(tmp_path / "a.npy")
    assert "\n" not in str(error.value) and "a.npy" in str(error.value)


def test_npz_without_pictures_names_its_keys(tmp_path):
    np.savez(tmp_path / "a.npz", voxels=GREY, names=CLASSES)
    with pytest.raises(ValueError, match=r"holds voxels, names; .* images, image, x"):
        data.open_pictures(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-40])
    with pytest.raises(ValueError, match="damaged npz"):
        data.open_pictures(tmp_path / "b.npz")


def test_a_npy_larger_than_memory_is_mapped(tmp_path, monkeypatch):
    np.save(tmp_path / "a.npy", RGB)
    np.savez(tmp_path / "a.npz", x=RGB)
    monkeypatch.setattr(memory, "available_memory", lambda: 200)
    pictures, batch = read(tmp_path / "a.npy")
    assert not pictures.in_memory
    assert isinstance(pictures.store.source.values, np.memmap)
    assert np.array_equal(batch["image"], RGB.transpose(0, 3, 1, 2))
    with pytest.raises(ValueError, match=r"more than the .* of memory allowed"):
        data.open_pictures(tmp_path / "a.npz")


def test_arrays_are_resized_and_narrowed(tmp_path):
    np.save(tmp_path / "a.npy", np.repeat(GREY[..., None], 3, axis=3))
    pictures, batch = read(tmp_path / "a.npy", size=(12, 10))
    assert pictures.specs["image"].shape == (1, 12, 10)
    assert abs(batch["image"].float().mean() - GREY.mean()) < 3


def test_the_fingerprint_follows_the_values(tmp_path):
    np.save(tmp_path / "a.npy", RGB)
    changed = RGB.copy()
    changed[1, 2, 3, 0] ^= 1
    np.save(tmp_path / "b.npy", changed)
    first, second = (read(tmp_path / name)[0].summary()["fingerprint"] for name in ("a.npy", "b.npy"))
    assert first != second
