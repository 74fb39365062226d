"""Folders and archives of pictures, whole: what is read, skipped, chosen and said."""

import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from encoded import encode, noise, png16, save
from PIL import Image

from ganworks import data
from ganworks.data import gather, memory


def everything(pictures):
    return pictures.read(torch.arange(len(pictures)))


@pytest.fixture
def folder(tmp_path):
    """Six 12x20 RGB pictures."""
    for number in range(6):
        save(tmp_path / "set" / f"{number}.png", noise(12, 20, seed=number))
    return tmp_path / "set"


def test_a_folder(folder):
    pictures = data.open_pictures(folder)
    batch = pictures.read(torch.tensor([4, 1]))
    assert batch.keys() == {"image"} == pictures.specs.keys()
    assert batch["image"].dtype == torch.uint8
    assert np.array_equal(batch["image"][0].permute(1, 2, 0), noise(12, 20, seed=4))
    assert np.array_equal(batch["image"][1].permute(1, 2, 0), noise(12, 20, seed=1))
    assert pictures.in_memory and len(pictures) == 6
    assert any("6 pictures" in note for note in pictures.notes)


def test_twenty_grey_pictures_one_of_them_corrupt(tmp_path):
    """They stay grey and wide; the corrupt file is named, counted and skipped, or stops when strict."""
    for number in range(20):
        save(tmp_path / f"{number:02}.png", noise(100, 200, 1, seed=number))
    (tmp_path / "07.png").write_bytes((tmp_path / "07.png").read_bytes()[:3000])
    pictures = data.open_pictures(tmp_path)
    assert pictures.specs["image"].shape == (1, 64, 128)
    assert len(pictures) == 19
    assert pictures.skipped == [("07.png", "truncated")]
    assert any("skipped 1 of 20: 07.png (truncated)" in note for note in pictures.notes)
    kept = data.open_pictures(tmp_path, size=(100, 200))
    expected = [noise(100, 200, 1, seed=number)[..., 0] for number in range(20) if number != 7]
    assert np.array_equal(everything(kept)["image"][:, 0], np.stack(expected)), "the gap must close in order"
    with pytest.raises(ValueError, match=r"07\.png.*truncated"):
        data.open_pictures(tmp_path, strict=True)


def test_broken_files_of_all_kinds(folder):
    (folder / "text.jpg").write_text("not a picture at all")
    (folder / "empty.png").touch()
    pictures = data.open_pictures(folder)
    assert dict(pictures.skipped) == {"text.jpg": "not a picture", "empty.png": "empty file"}
    assert len(pictures) == 6
    assert pictures.summary()["num_skipped"] == 2


def test_no_picture_can_be_read(tmp_path):
    (tmp_path / "a.png").touch()
    with pytest.raises(ValueError, match=r"no picture in .*, of 1: a\.png \(empty file\)"):
        data.open_pictures(tmp_path)


def test_nothing_to_read_is_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"no pictures in .*empty.*\.png") as error:
        data.open_pictures(tmp_path)
    assert "\n" not in str(error.value)
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(ValueError, match=r"it holds other files \(\.txt\)"):
        data.open_pictures(tmp_path)
    (tmp_path / "photos.zip").touch()
    with pytest.raises(ValueError, match=r"give .*photos\.zip"):
        data.open_pictures(tmp_path)


def test_unknown_names_the_nearest(folder):
    with pytest.raises(ValueError, match=r"Did you mean .*set\?"):
        data.open_pictures(folder.with_name("sett"))
    with pytest.raises(ValueError, match=r"Did you mean mnist\? Possible: a folder"):
        data.open_pictures("mnits")


def test_hidden_files_and_other_files(folder):
    shutil.copy(folder / "0.png", folder / "._0.png")
    save(folder / "__MACOSX" / "1.png", noise(3, 3))
    save(folder / ".cache" / "1.png", noise(3, 3))
    (folder / "readme.md").touch()
    pictures = data.open_pictures(folder)
    assert len(pictures) == 6
    assert any("not read: 1 (.md)" in note for note in pictures.notes)


def test_links_are_followed_once(folder):
    save(folder.parent / "elsewhere" / "9.png", noise(12, 20, seed=9))
    (folder / "more").symlink_to(folder.parent / "elsewhere")
    (folder / "loop").symlink_to(folder)
    assert len(data.open_pictures(folder)) == 7


def test_a_single_picture(folder):
    with pytest.raises(ValueError, match="single picture"):
        data.open_pictures(folder / "0.png")


def test_mixed_sizes_become_squares(tmp_path):
    for number, (height, width) in enumerate([(80, 120), (200, 90), (70, 70), (30, 30)]):
        save(tmp_path / f"{number}.png", noise(height, width, seed=number))
    pictures = data.open_pictures(tmp_path)
    assert pictures.specs["image"].shape == (3, 64, 64)
    assert any("smaller ones enlarged: 1" in note for note in pictures.notes)


class TestChannels:
    def test_rgb_files_without_colour_are_grey(self, tmp_path):
        for number in range(3):
            save(tmp_path / f"{number}.png", np.repeat(noise(8, 8, 1, seed=number), 3, axis=2))
        pictures = data.open_pictures(tmp_path)
        assert pictures.specs["image"].channels == 1
        assert np.array_equal(everything(pictures)["image"][2, 0], noise(8, 8, 1, seed=2)[..., 0])

    def test_one_coloured_picture_makes_all_rgb(self, tmp_path, monkeypatch):
        monkeypatch.setattr(gather, "BLOCK", 1)
        save(tmp_path / "a.png", noise(8, 8, 1))
        save(tmp_path / "b.png", noise(8, 8, 3))
        assert data.open_pictures(tmp_path).specs["image"].channels == 3

    def test_alpha_counts_only_if_used(self, tmp_path):
        solid = noise(8, 8, 4)
        solid[..., 3] = 255
        save(tmp_path / "a.png", solid)
        pictures = data.open_pictures(tmp_path)
        assert pictures.specs["image"].channels == 3
        assert np.array_equal(everything(pictures)["image"][0].permute(1, 2, 0), solid[..., :3])
        save(tmp_path / "b.png", noise(8, 8, 4))
        assert data.open_pictures(tmp_path).specs["image"].channels == 4

    def test_grey_with_used_alpha_is_rgba(self, tmp_path):
        save(tmp_path / "a.png", noise(8, 8, 2))
        assert data.open_pictures(tmp_path).specs["image"].channels == 4

    def test_as_asked(self, tmp_path):
        save(tmp_path / "a.png", noise(8, 8, 4))
        for channels in (1, 3, 4):
            assert data.open_pictures(tmp_path, channels=channels).specs["image"].channels == channels
        assert any("white" in note for note in data.open_pictures(tmp_path, channels=3).notes)
        with pytest.raises(ValueError, match=r"channels: 2 .* 1 \(grey\), 3 \(RGB\) or 4"):
            data.open_pictures(tmp_path, channels=2)


def test_sixteen_bits_arrive(tmp_path):
    values = noise(8, 8, 3, top=65536)
    (tmp_path / "a.png").write_bytes(png16(values))
    save(tmp_path / "b.png", noise(8, 8, 3))
    pictures = data.open_pictures(tmp_path)
    image = everything(pictures)["image"]
    assert image.dtype == torch.int32
    assert np.array_equal(image[0].permute(1, 2, 0), values)
    assert np.array_equal(image[1].permute(1, 2, 0), noise(8, 8, 3).astype(int) * 257)
    assert pictures.summary()["bits"] == 16
    stream = data.Stream(pictures, 2)
    batch = next(stream)["image"]
    steps = (batch.double() + 1) * 32767.5
    assert (steps - steps.round()).abs().max() < 0.01, "every one of 65,536 levels survives"
    pictures.specs["image"].validate("image", batch)


def archives(folder):
    """The same files in every kind of archive."""
    base = folder.parent
    for name, kind in [("a.zip", "zip"), ("a.tar", "tar"), ("a.tar.gz", "gztar"), ("a.tar.xz", "xztar")]:
        made = shutil.make_archive(str(base / f"made_{kind}"), kind, base, folder.name)
        Path(made).replace(base / name)
        yield base / name


def test_archives_give_what_the_folder_gives(folder):
    expected = everything(data.open_pictures(folder))["image"]
    for path in archives(folder):
        pictures = data.open_pictures(path)
        assert torch.equal(everything(pictures)["image"], expected), path.name


def test_damaged_archives(folder, tmp_path):
    for path in archives(folder):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(ValueError, match=path.name):
            pictures = data.open_pictures(path, strict=True)
            assert len(pictures) == 6


def test_a_broken_file_in_a_zip(folder):
    path = folder.parent / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(folder / "0.png", "in/0.png")
        archive.writestr("in/1.png", encode(noise(12, 20))[:300])
        archive.writestr("__MACOSX/in/._0.png", b"resource fork")
    pictures = data.open_pictures(path)
    assert len(pictures) == 1
    assert pictures.skipped == [("in/1.png", "truncated")]


def test_an_empty_archive(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w"):
        pass
    with pytest.raises(ValueError, match=r"no pictures in .*a\.tar"):
        data.open_pictures(tmp_path / "a.tar")


def test_sets_too_large_for_memory_are_read_as_needed(folder, monkeypatch):
    expected = everything(data.open_pictures(folder))["image"]
    monkeypatch.setattr(memory, "available_memory", lambda: 4 * 6 * 12 * 20 * 3)
    assert data.open_pictures(folder, memory_share=1).in_memory
    pictures = data.open_pictures(folder, memory_share=0.25)
    assert not pictures.in_memory, "the pictures fit exactly, but not a copy of them with one channel"
    assert torch.equal(everything(pictures)["image"], expected)
    assert any("read as needed" in note for note in pictures.notes)


def test_broken_while_streaming(folder, monkeypatch):
    """The next readable picture takes the place, with its own label; the file is named once."""
    root = folder.parent / "two"
    save(root / "a" / "0.png", noise(8, 8, seed=0))
    save(root / "a" / "1.png", noise(64, 64, seed=1))
    save(root / "b" / "2.png", noise(8, 8, seed=2))
    broken = root / "a" / "1.png"
    broken.write_bytes(broken.read_bytes()[:5000])  # the header is whole
    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    pictures = data.open_pictures(root, size=8)
    with pytest.warns(UserWarning, match=r"a/1\.png: truncated"):
        batch = pictures.read(torch.tensor([1, 0, 1]))
    assert np.array_equal(batch["image"][0].permute(1, 2, 0), noise(8, 8, seed=2))
    assert torch.equal(batch["image"][0], batch["image"][2])
    assert batch["label"].tolist() == [1, 0, 1]
    assert pictures.skipped == [("a/1.png", "truncated")]
    strict = data.open_pictures(root, size=8, strict=True)
    with pytest.raises(ValueError, match=r"a/1\.png: truncated"):
        strict.read(torch.tensor([1]))


def test_a_large_set_with_alpha_is_looked_at(tmp_path, monkeypatch):
    for number in range(4):
        save(tmp_path / f"{number}.png", noise(8, 8, 4, seed=number))
    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    assert data.open_pictures(tmp_path).specs["image"].channels == 4
    for number in range(4):
        solid = noise(8, 8, 4, seed=number)
        solid[..., 3] = 255
        save(tmp_path / f"{number}.png", solid)
    assert data.open_pictures(tmp_path).specs["image"].channels == 3


def test_memory_share_must_make_sense(folder):
    for share in (0, -1, 1.5):
        with pytest.raises(ValueError, match="memory_share"):
            data.open_pictures(folder, memory_share=share)


def test_progress_reaches_its_end(folder):
    steps = []
    data.open_pictures(folder, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (12, 12)
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    steps.clear()
    data.open_pictures("fashion_mnist_10k", progress=lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1]


def test_the_summary_is_json_and_its_fingerprint_follows_the_data(folder):
    import json

    first = data.open_pictures(folder).summary()
    assert json.loads(json.dumps(first)) == first
    assert first["size"] == [12, 20] and first["channels"] == 3 and first["kind"] == "folder"
    moved = shutil.copytree(folder, folder.with_name("copy"))
    assert data.open_pictures(moved).summary()["fingerprint"] == first["fingerprint"]
    (moved / "5.png").unlink()
    assert data.open_pictures(moved).summary()["fingerprint"] != first["fingerprint"]


def test_stretch_and_unknown_fit(folder):
    cropped = everything(data.open_pictures(folder, size=12))["image"]
    stretched = everything(data.open_pictures(folder, size=12, fit="stretch"))["image"]
    assert np.array_equal(cropped[0].permute(1, 2, 0), noise(12, 20)[:, 4:16])
    assert cropped.shape == stretched.shape and not torch.equal(cropped, stretched)
    with pytest.raises(ValueError, match="crop or stretch"):
        data.open_pictures(folder, fit="pad")


def test_pictures_that_the_system_refuses(folder):
    (folder / "dangling.png").symlink_to(folder / "gone.png")
    assert data.open_pictures(folder).skipped == [("dangling.png", "can't be read: No such file or directory")]
    with pytest.raises(ValueError, match="can't be read: File name too long"):
        data.open_pictures("a" * 5000)


def test_jpegs_decoded_small_look_like_those_decoded_whole(tmp_path):
    """The shortcut for large JPEGs stays within a few levels of the long way."""
    ramp = np.linspace(0, 255, 1024)[None, :, None] * np.ones((1024, 1, 3))
    wave = 64 + 63 * np.sin(np.linspace(0, 60, 1024))[:, None, None] * np.ones((1, 1024, 3))
    values = ((ramp + wave) / 2).astype(np.uint8)
    save(tmp_path / "a.jpg", values)
    small = everything(data.open_pictures(tmp_path, size=64, channels=3))["image"][0].permute(1, 2, 0)
    whole = Image.fromarray(values).resize((64, 64), Image.Resampling.BICUBIC)
    assert np.abs(small.numpy().astype(int) - np.asarray(whole).astype(int)).max() <= 4
