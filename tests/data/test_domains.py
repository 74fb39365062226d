"""Two domains: what is in them, in which order they come, and what is made of pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from encoded import noise, save

from ganworks import data
from ganworks.data import memory
from ganworks.data.domains import Domains, DomainStream, derived
from ganworks.data.stream import Stream
from ganworks.data.transforms import DERIVED, edges, negative


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """5 pictures of 12x16 in colour, and 7 grey ones of 20x20."""
    for number in range(5):
        save(tmp_path / "horses" / f"{number}.png", noise(12, 16, 3, seed=number))
    for number in range(7):
        save(tmp_path / "zebras" / f"{number}.png", noise(20, 20, 1, seed=number))
    return tmp_path / "horses", tmp_path / "zebras"


def numbered(path: Path, first: int, num: int) -> data.Pictures:
    """Pictures whose every value is their number."""
    np.save(path, np.arange(first, first + num, dtype=np.uint8).repeat(16).reshape(num, 4, 4))
    return data.open_pictures(path)


def numbers(pictures: torch.Tensor) -> torch.Tensor:
    return data.to_bytes(pictures)[:, 0, 0, 0].long()


def test_both_have_the_size_and_kind_of_one_system(folders):
    domains = data.open_domains(*folders, strict=True)
    batch = next(data.stream_of(domains, 3))
    assert domains.specs["image"] == domains.specs["other"]
    for name, spec in domains.specs.items():
        spec.validate(name, batch[name])
        assert spec.shape == (3, 12, 16), "grey pictures beside those in colour are in colour"
    assert (domains.summary()["count"], domains.summary()["other"]["count"]) == (5, 7)
    assert data.open_domains(*folders, size=8, channels=1).specs["other"].shape == (1, 8, 8)


def test_each_is_drawn_in_an_order_of_its_own(tmp_path):
    domains = Domains(numbered(tmp_path / "a.npy", 0, 6), numbered(tmp_path / "b.npy", 100, 9))
    stream = data.stream_of(domains, 3, seed=1)
    batches = [next(stream) for _ in range(6)]
    ours, theirs = (torch.cat([numbers(batch[name]) for batch in batches]) for name in ("image", "other"))
    assert (ours.view(3, 6).sort(1).values == torch.arange(6)).all()
    assert (theirs.view(2, 9).sort(1).values == torch.arange(100, 109)).all()
    stream.seek(9)
    assert stream.position == 9
    assert torch.equal(
        torch.cat([next(stream)["other"] for _ in range(3)]), torch.cat([b["other"] for b in batches[3:]])
    )
    assert torch.equal(
        torch.cat([next(data.stream_of(domains, 4, seed=1, rank=rank, world=2))["other"] for rank in range(2)]),
        next(data.stream_of(domains, 4, seed=1))["other"],
    )


def test_unpaired_orders_are_unrelated(tmp_path):
    pictures = numbered(tmp_path / "a.npy", 0, 64)
    batch = next(DomainStream(Domains(pictures, pictures), 64))
    assert (batch["image"] == batch["other"]).flatten(1).all(1).sum() < 8


def test_pairs_stay_pairs(tmp_path):
    """Of the same rows and the same augmentation, over the end of an epoch."""
    values = noise(8, 8, 7)
    np.save(tmp_path / "a.npy", values.transpose(2, 0, 1))
    pictures = data.open_pictures(tmp_path / "a.npy")
    stream = DomainStream(Domains(pictures, pictures, paired=True), 4, augment=data.Augment(flip=True, rotate=20))
    for _ in range(4):
        batch = next(stream)
        assert torch.equal(batch["image"], batch["other"])
    with pytest.raises(ValueError, match=r"has 7 pictures and .* has 3 pictures; pairs need as many"):
        Domains(pictures, numbered(tmp_path / "b.npy", 0, 3), paired=True)


@pytest.mark.parametrize("share", [0.25, 1e-12])
def test_no_picture_is_in_both_halves(tmp_path, monkeypatch, share):
    """In memory, or read as needed."""
    monkeypatch.setattr(memory, "budget", lambda _: int(1e9 * share))
    for number in range(7):
        save(
            tmp_path / "set" / ("even" if number % 2 == 0 else "odd") / f"{number}.png",
            np.full((4, 4, 1), number, np.uint8),
        )
    domains = data.open_domains(tmp_path / "set", "negative")
    assert domains.first.in_memory == domains.other.in_memory == (share > 0.1)
    batch = next(Stream(domains.first, 4, workers=0))
    ours, theirs = numbers(batch["image"]), 255 - numbers(next(Stream(domains.other, 3, workers=0))["image"])
    assert sorted([*ours.tolist(), *theirs.tolist()]) == list(range(7))
    assert torch.equal(batch["label"], ours % 2)
    again = data.open_domains(tmp_path / "set", "negative")
    assert again.summary() == domains.summary(), "the halves are the same each time"


def test_the_word_means_the_same_beside_a_folder_of_that_name(folders, monkeypatch):
    folders[1].rename(folders[1].parent / "edges")
    monkeypatch.chdir(folders[1].parent)
    assert len(data.open_domains("horses", "edges").other) == 2
    assert len(data.open_domains("horses", Path("edges")).other) == 7


def test_a_word_misspelt_is_told_what_there_is(folders):
    with pytest.raises(ValueError, match=r"no pictures at 'edge'.*; or made of half of the first: edges, negative"):
        data.open_domains(folders[0], "edge")


def test_one_picture_has_no_halves(tmp_path):
    with pytest.raises(ValueError, match="cannot be halved for --other edges"):
        derived(numbered(tmp_path / "a.npy", 0, 1), "edges")


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_edges_surround_what_is_bright(kind):
    picture = np.zeros((1, 5, 6, 1), kind)
    picture[0, 2, 3] = 200
    found = edges(picture)[0, :, :, 0]
    expected = np.zeros((5, 6), kind)
    expected[1:4, 2:5] = 200
    expected[2, 3] = 0
    assert np.array_equal(found, expected)
    assert found.dtype == kind
    assert not edges(np.full((3, 3, 1), 9, kind)).any(), "nothing is beyond the border"


def test_edges_are_the_brightest_of_nine_minus_the_pixel():
    picture = noise(6, 7, 3)
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    largest = [[padded[y : y + 3, x : x + 3].max((0, 1)) for x in range(7)] for y in range(6)]
    assert np.array_equal(edges(picture), np.array(largest) - picture)


def test_negatives():
    assert np.array_equal(negative(negative(noise(4, 4, 3))), noise(4, 4, 3))
    assert negative(np.zeros((1, 1, 1), np.uint16)).item() == 65535


@pytest.mark.parametrize("change", DERIVED)
def test_transparency_stays(change):
    picture = noise(4, 4, 4)
    assert np.array_equal(DERIVED[change](picture)[..., 3], picture[..., 3])
