"""Patches: where they come from, what is done to them, and that they are a function of seed and position."""

import numpy as np
import pytest
import torch
from encoded import encode, noise, png16, save
from PIL import Image

from ganworks import data
from ganworks.data import memory
from ganworks.data.augment import Augment
from ganworks.data.cut import Cut, turned
from ganworks.data.degrade import DEGRADATIONS, Degrade
from ganworks.data.lossy import bicubic
from ganworks.data.open_photos import open_patches
from ganworks.data.patches import PatchStream


def coordinates(height, width):
    """A picture whose first channel is the row, the second the column, and the third their noise."""
    y, x = np.indices((height, width))
    return np.stack([y, x, noise(height, width, 1)[..., 0]], -1).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Seven pictures of several sizes; of the first channel the mean tells the number."""
    for number in range(7):
        save(tmp_path / "photos" / f"{number}.png", np.full((30 + number, 40 - number, 3), 30 * number, np.uint8))
    return tmp_path / "photos"


def take(stream, num):
    return [next(stream) for _ in range(num)]


def joined(batches):
    return {name: torch.cat([batch[name] for batch in batches]) for name in batches[0]}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def numbers(batch):
    return (data.to_bytes(batch["image"])[:, 0, 0, 0] // 30).long()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_patch_is_a_part_of_the_picture_and_its_small_version_that_of_the_whole(seed, scale):
    """Near borders too, in any of the eight ways: the small version is cut from the whole picture made smaller."""
    picture = coordinates(70, 90)
    cut = Cut(16, scale, Degrade.parse("bicubic"), 3)
    image, entries = cut([picture], np.random.default_rng(seed))
    ways = [turned(picture, way) for way in range(8)]
    found = [
        (way, top, left)
        for way, whole in enumerate(ways)
        for top, left in zip(*np.nonzero((whole == image[0, 0]).all(-1)), strict=True)
        if np.array_equal(whole[top : top + 16, left : left + 16], image)
    ]
    assert len(found) == 1
    way, top, left = found[0]
    before = ways[way][top % scale :, left % scale :]
    before = before[: len(before) // scale * scale, : before.shape[1] // scale * scale]
    small = bicubic(before, scale)[top // scale :, left // scale :][: 16 // scale, : 16 // scale]
    assert np.array_equal(entries["other"], small)


def test_all_eight_ways_and_all_places_occur():
    cut, rng = Cut(4, 2, Degrade.parse("noise:0"), 3), np.random.default_rng(0)
    seen = {tuple(cut([coordinates(5, 6)], rng)[0][[0, 0, -1], [0, -1, 0], :2].ravel()) for _ in range(600)}
    assert len(seen) == 8 * 2 * 3


@pytest.mark.parametrize("text", DEGRADATIONS)
def test_a_batch_is_what_the_specs_say(folder, text):
    patches = data.open_patches(folder, patch=24, scale=4, degrade=text)
    batch = next(data.stream_of(patches, 3, workers=0))
    assert batch.keys() == patches.specs.keys()
    for name, spec in patches.specs.items():
        spec.validate(name, batch[name])
    assert batch["image"].shape == (3, 3, 24, 24)
    assert batch["other"].shape == (3, 3, 6, 6)
    assert patches.summary()["degrade"] == str(Degrade.parse(text))


def test_hazes_equation_holds_for_entries_of_a_batch(folder):
    batch = next(PatchStream(open_patches(folder, patch=16, scale=1, degrade="haze"), 4))
    t = (batch["transmission"] + 1) / 2
    assert (batch["other"] - (batch["image"] * t + batch["airlight"] * (1 - t))).abs().max() <= 1 / 255 + 1e-5


@pytest.mark.parametrize(("text", "workers"), [("bicubic", 0), ("real", 0), ("real", 2)])
def test_a_batch_follows_from_seed_and_position(folder, text, workers):
    """However it is come by: at once, after seeking, and from two ranks."""
    patches = open_patches(folder, patch=16, scale=2, degrade=text)
    stream = PatchStream(patches, 4, seed=3, workers=0)
    batches = take(stream, 4)
    assert stream.position == 16
    resumed = PatchStream(patches, 4, seed=3, workers=workers)
    resumed.seek(8)
    assert same(joined(take(resumed, 2)), joined(batches[2:]))
    resumed.close()
    ranks = [next(PatchStream(patches, 4, seed=3, workers=0, rank=rank, world=2)) for rank in range(2)]
    assert same(joined(ranks), batches[0])
    assert not same(next(PatchStream(patches, 4, seed=4, workers=0)), batches[0])


@pytest.mark.parametrize("per_picture", [1, 3])
def test_every_epoch_has_each_picture_as_often(folder, per_picture):
    patches = open_patches(folder, patch=16, per_picture=per_picture)
    assert len(patches) == 7 * per_picture
    stream = PatchStream(patches, 7)
    drawn = numbers(joined(take(stream, 2 * per_picture)))
    epochs = drawn.view(2, 7, per_picture)
    assert (epochs[:, :, :1] == epochs).all(), "the patches of a picture follow each other"
    assert (epochs[:, :, 0].sort(1).values == torch.arange(7)).all()
    assert not torch.equal(epochs[0], epochs[1])
    stream.seek(5)
    assert torch.equal(numbers(next(stream)), drawn[5:12])


def test_patches_of_one_picture_differ(tmp_path):
    save(tmp_path / "a.png", noise(40, 40))
    batch = next(PatchStream(open_patches(tmp_path, patch=16, per_picture=4), 4))
    assert len({image.numpy().tobytes() for image in batch["image"]}) == 4


def test_read_as_needed_it_is_the_same(folder, monkeypatch):
    (folder / "3.png").write_bytes(encode(noise(33, 33))[:700])
    held = open_patches(folder, patch=16)
    assert held.in_memory
    assert "truncated" in dict(held.skipped)["3.png"]
    monkeypatch.setattr(memory, "budget", lambda share: 1000)
    patches = open_patches(folder, patch=16)
    assert not patches.in_memory
    assert any("read as needed" in note for note in patches.notes)
    stream = PatchStream(patches, 7, workers=0)
    with pytest.warns(UserWarning, match=r"3\.png: truncated; the next picture is used"):
        drawn = numbers(next(stream))
    assert sorted(drawn.tolist()) == [0, 1, 2, 4, 4, 5, 6]
    (folder / "3.png").unlink()
    few = open_patches(folder, patch=16)
    assert same(next(PatchStream(few, 5, workers=0)), next(PatchStream(held, 5)))


def test_kept_apart(folder):
    for leave_out in (2, ["5.png", "6"]):
        patches = open_patches(folder, patch=16, leave_out=leave_out)
        assert list(patches.names) == [f"{number}.png" for number in range(5)]
        assert patches.apart is not None
        assert list(patches.apart.names) == patches.summary()["apart"] == ["5.png", "6.png"]
        assert np.array_equal(patches.apart.whole(1), np.full((36, 34, 3), 180, np.uint8))
        assert set(numbers(next(PatchStream(patches, 50))).tolist()) == set(range(5))
        assert numbers(next(PatchStream(patches.apart, 2))).sort().values.tolist() == [5, 6]
        assert patches.summary()["fingerprint"] != open_patches(folder, patch=16).summary()["fingerprint"]
        assert any("kept apart" in note and "5.png, 6.png" in note for note in patches.notes)
    with pytest.raises(ValueError, match="9 is not among the 7 pictures"):
        open_patches(folder, patch=16, leave_out=["9"])
    with pytest.raises(ValueError, match=r"none of the 7 pictures .* would remain"):
        open_patches(folder, patch=16, leave_out=7)


def test_of_any_kind(tmp_path):
    """Grey, transparent, 16 bits, turned by EXIF, and too small for a patch."""
    save(tmp_path / "a_grey.png", np.full((20, 24, 1), 50, np.uint8))
    clear = np.full((20, 24, 4), 60, np.uint8)
    clear[..., 3] = 0
    save(tmp_path / "b_clear.png", clear)
    (tmp_path / "c_deep.png").write_bytes(png16(np.full((20, 24, 3), 70 * 257, np.uint16)))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(coordinates(20, 40)).save(tmp_path / "d_turned.png", exif=exif)
    save(tmp_path / "e_small.png", noise(40, 15))
    patches = open_patches(tmp_path, patch=16)
    assert [patches.whole(index).shape for index in range(4)] == [(20, 24, 3)] * 3 + [(40, 20, 3)]
    assert [int(patches.whole(index)[0, 0, 0]) for index in range(3)] == [50, 255, 70]
    assert np.array_equal(patches.whole(3), np.rot90(coordinates(20, 40), -1))
    assert any(note == "left out, smaller than a patch: 1 of 5" for note in patches.notes)
    grey, clear = (open_patches(tmp_path, patch=16, channels=channels) for channels in (1, 4))
    assert next(PatchStream(grey, 2))["other"].shape == (2, 1, 4, 4)
    assert clear.whole(1)[0, 0].tolist() == [60, 60, 60, 0]
    assert next(PatchStream(clear, 2))["other"].shape == (2, 4, 4, 4)


def test_grey_ones_stay_grey(tmp_path):
    save(tmp_path / "a.png", noise(20, 24, 1))
    patches = open_patches(tmp_path, patch=20, scale=2, degrade="real")
    assert patches.specs["image"].shape == (1, 20, 20)
    assert next(PatchStream(patches, 1, workers=0))["other"].shape == (1, 1, 10, 10)


def test_read_gives_always_the_same_patches(folder):
    patches = open_patches(folder, patch=16)
    first, again = (patches.read(torch.tensor([2, 4])) for _ in range(2))
    assert same(first, again)
    assert (first["image"][:, 0, 0, 0] // 30).tolist() == [2, 4]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"patch": 30}, "--size: 30 was given; a multiple of the scale 4 expected, such as 32"),
        ({"patch": 64}, r"no picture in .* is as large as a patch of 64x64; give --size 32"),
        ({"scale": 0}, "--scale: 0 was given; possible: 1 to 4"),
        ({"scale": 5}, "--scale: 5 was given; possible: 1 to 4"),  # not: another --size
        ({"scale": 1}, "changes nothing"),
        ({"per_picture": 0}, "per_picture: 0 was given"),
        ({"channels": 2}, "channels: 2 was given"),
        ({"degrade": "rain"}, "'rain' was given; possible: bicubic, real"),
    ],
)
def test_what_cannot_be(folder, settings, told):
    with pytest.raises(ValueError, match=told) as error:
        open_patches(folder, **settings)
    assert "\n" not in str(error.value)


def test_other_augmentation_is_refused(folder):
    patches = open_patches(folder, patch=16)
    PatchStream(patches, 2, augment=Augment(flip=True))
    with pytest.raises(ValueError, match="flipped and turned as it is"):
        PatchStream(patches, 2, augment=Augment(rotate=5))


class TestGiven:
    """Versions of the same pictures in another folder."""

    @pytest.fixture
    def both(self, folder):
        """The first two channels say the place, in pixels of the small version; the third the picture."""
        for number in range(3):
            large, small = coordinates(40 + number, 48), coordinates((40 + number) // 2, 24)
            large[..., :2] //= 2
            large[..., 2] = small[..., 2] = number
            save(folder / "sharp" / f"{number}.png", large)
            save(folder / "poor" / f"{number}.bmp", small)
        return folder / "sharp", folder / "poor"

    @pytest.mark.parametrize("share", [0.5, 1e-9])
    def test_both_show_the_same_place(self, both, monkeypatch, share):
        monkeypatch.setattr(memory, "budget", lambda _: int(1e9 * share))
        patches = open_patches(both[0], other=both[1], patch=16, scale=2)
        assert patches.in_memory == (share > 0.1)
        assert any(note.startswith("3 pairs by file name") for note in patches.notes)
        stream = PatchStream(patches, 12, workers=0)
        for batch in take(stream, 3):
            for name, spec in patches.specs.items():
                spec.validate(name, batch[name])
            assert torch.equal(batch["image"][:, :, ::2, ::2], batch["other"])

    def test_without_a_partner_or_of_another_size(self, both):
        (both[1] / "1.bmp").unlink()
        save(both[1] / "2.bmp", noise(9, 9))
        patches = open_patches(both[0], other=both[1], patch=16, scale=2)
        assert list(patches.names) == ["0.png"]
        assert dict(patches.skipped) == {"2.png": "its partner is 9x9, not 21x24"}
        assert any("without a partner: 1 (1)" in note for note in patches.notes)
        (both[1] / "2.bmp").rename(both[1] / "9.bmp")
        (both[1] / "0.bmp").unlink()
        with pytest.raises(ValueError, match="has a partner of the same name"):
            open_patches(both[0], other=both[1], patch=16, scale=2)

    def test_changes_when_they_do(self, both):
        before = open_patches(both[0], other=both[1], patch=16, scale=2).summary()["fingerprint"]
        save(both[1] / "2.bmp", noise(21, 24, 1))
        assert open_patches(both[0], other=both[1], patch=16, scale=2).summary()["fingerprint"] != before

    def test_either_given_or_made(self, both):
        with pytest.raises(ValueError, match=r"--degrade blur makes the versions that --other .*poor gives"):
            open_patches(both[0], other=both[1], patch=16, scale=2, degrade="blur")
