"""The stream is a function of seed and position: over epochs, resumes, workers and ranks."""

import numpy as np
import pytest
import torch
from encoded import encode, noise, save

from ganworks import data
from ganworks.data import memory

AUGMENT = data.Augment(flip=True, rotate=15, colour=0.2, zoom=0.1, crop=0.1, light=0.1)


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """Ten pictures whose every value is their number, in two classes."""
    path = tmp_path_factory.mktemp("numbered") / "a.npz"
    images = np.arange(10, dtype=np.uint8).repeat(16).reshape(10, 4, 4)
    np.savez(path, images=images, labels=np.arange(10) % 2)
    return data.open_pictures(path)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    path = tmp_path_factory.mktemp("noisy") / "a.npy"
    np.save(path, np.stack([noise(8, 8, seed=number) for number in range(7)]))
    return data.open_pictures(path)


def numbers(batch):
    return ((batch["image"][:, 0, 0, 0] + 1) * 127.5).round().long()


def take(stream, num):
    return [next(stream) for _ in range(num)]


def same(first, second):
    return all(
        a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a) for a, b in zip(first, second, strict=True)
    )


def test_a_batch_is_what_the_specs_say(numbered):
    batch = next(data.Stream(numbered, 5))
    for name, spec in numbered.specs.items():
        spec.validate(name, batch[name])
    assert batch["image"].dtype == torch.float32
    assert torch.equal(numbers(batch) % 2, batch["label"])


def test_every_epoch_is_a_new_permutation_and_batches_run_across(numbered):
    drawn = torch.cat([numbers(batch) for batch in take(data.Stream(numbered, 4), 10)])
    epochs = drawn.view(4, 10)
    assert (epochs.sort(dim=1).values == torch.arange(10)).all()
    assert len({tuple(epoch.tolist()) for epoch in epochs}) == 4


def test_a_batch_larger_than_the_set(numbered):
    """35 draws from 10 pictures: each three times, and five of them a fourth time."""
    drawn = numbers(next(data.Stream(numbered, 35)))
    assert sorted(drawn.bincount().tolist()) == [3] * 5 + [4] * 5


def test_seeds(numbered):
    first, again, other = (take(data.Stream(numbered, 8, seed=seed), 3) for seed in (0, 0, 1))
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.parametrize("augment", [None, AUGMENT])
def test_seek_goes_on_exactly_where_another_stopped(noisy, augment):
    whole = data.Stream(noisy, 4, seed=3, augment=augment)
    batches = take(whole, 5)
    position = whole.position
    rest = take(whole, 5)
    assert position == 20
    resumed = data.Stream(noisy, 4, seed=3, augment=augment)
    resumed.seek(position)
    assert resumed.position == 20
    assert same(take(resumed, 5), rest)
    resumed.seek(0)
    assert same(take(resumed, 5), batches)


@pytest.mark.parametrize("augment", [None, AUGMENT])
@pytest.mark.parametrize("world", [2, 3])
def test_ranks_together_are_one_process(noisy, augment, world):
    whole = take(data.Stream(noisy, 6, seed=3, augment=augment), 4)
    streams = [data.Stream(noisy, 6, seed=3, augment=augment, rank=rank, world=world) for rank in range(world)]
    parts = [take(stream, 4) for stream in streams]
    joined = [{"image": torch.cat([part["image"] for part in step])} for step in zip(*parts, strict=True)]
    assert same(joined, whole)
    assert {stream.position for stream in streams} == {24}


def test_the_global_random_numbers_are_left_alone(noisy, monkeypatch):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    stream = data.Stream(noisy, 4, augment=AUGMENT, workers=1)
    take(stream, 2)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A folder that does not fit in the memory allowed, with one file that turns out broken."""
    root = tmp_path_factory.mktemp("large")
    for number in range(12):
        save(root / f"{number:02}.png", noise(32, 32, seed=number))
    (root / "05.png").write_bytes(encode(noise(32, 32))[:2500])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "available_memory", lambda: 100)
        return lambda strict=False: data.open_pictures(root, size=16, channels=3, strict=strict)


@pytest.mark.filterwarnings("ignore:05.png", "ignore:This DataLoader will create 3")
@pytest.mark.parametrize("workers", [1, 3])
def test_workers_do_not_change_the_result(large, monkeypatch, workers):
    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    pictures = large()
    assert not pictures.in_memory
    expected = take(data.Stream(pictures, 4, seed=2, augment=AUGMENT, workers=0), 8)
    stream = data.Stream(pictures, 4, seed=2, augment=AUGMENT, workers=workers)
    assert same(take(stream, 8), expected)
    stream.seek(8)
    assert same(take(stream, 6), expected[2:])


def test_broken_files_found_by_workers_are_named(large, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    pictures = large()
    with pytest.warns(UserWarning, match=r"05\.png: truncated"):
        take(data.Stream(pictures, 12, workers=2), 1)
    assert pictures.skipped == [("05.png", "truncated")]
    with pytest.raises(ValueError, match=r"05\.png: truncated") as error:
        take(data.Stream(large(strict=True), 12, workers=2), 1)
    assert "\n" not in str(error.value)


def test_workers_are_chosen_for_files_only(large, noisy, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    assert data.Stream(large(), 4).workers >= 1
    assert data.Stream(noisy, 4).workers == 0


def test_zip_files_are_reopened_by_workers(large, tmp_path, monkeypatch):
    import shutil

    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    folder = tmp_path / "set"
    for number in range(8):
        save(folder / f"{number}.png", noise(16, 16, seed=number))
    for kind in ("zip", "tar"):
        path = shutil.make_archive(str(tmp_path / "a"), kind, folder)
        pictures = data.open_pictures(path, channels=3)
        assert not pictures.in_memory
        assert same(take(data.Stream(pictures, 4, workers=2), 6), take(data.Stream(pictures, 4, workers=0), 6))


@pytest.mark.parametrize("settings", [{"batch": 0}, {"batch": 5, "world": 2}, {"batch": 4, "workers": -1}])
def test_settings_that_make_no_sense(noisy, settings):
    with pytest.raises(ValueError, match=r"(batch|workers): -?\d was given"):
        data.Stream(noisy, **settings)


def test_augmentation_differs_from_batch_to_batch(tmp_path):
    """The only picture, again and again."""
    np.save(tmp_path / "a.npy", noise(8, 8)[None])
    first, second = take(data.Stream(data.open_pictures(tmp_path / "a.npy"), 2, augment=AUGMENT), 2)
    images = [*first["image"], *second["image"]]
    assert not any(torch.equal(one, other) for i, one in enumerate(images) for other in images[:i])


def test_workers_of_ranks_keep_step(noisy):
    whole = take(data.Stream(noisy, 6, seed=3), 3)
    parts = [take(data.Stream(noisy, 6, seed=3, rank=rank, world=2, workers=1), 3) for rank in range(2)]
    assert same([{"image": torch.cat([p["image"] for p in step])} for step in zip(*parts, strict=True)], whole)


def test_augmentation_off_changes_nothing(noisy):
    assert same(take(data.Stream(noisy, 4, augment=data.Augment()), 2), take(data.Stream(noisy, 4), 2))
    assert not same(take(data.Stream(noisy, 4, augment=AUGMENT), 2), take(data.Stream(noisy, 4), 2))
