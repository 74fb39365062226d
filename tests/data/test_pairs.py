"""Pairs: by file name in two folders, or side by side in one file."""

import numpy as np
import pytest
import torch
from encoded import noise, save

from ganworks import data
from ganworks.data.domains import Domains
from ganworks.data.open_two import open_parts
from ganworks.data.pairs import kept_apart, partners


@pytest.fixture
def folder(tmp_path):
    """45 pairs, whose pictures are all of their number's grey, and one picture without a partner on each side."""
    for number in range(45):
        grey = np.full((8, 8, 1), number, np.uint8)
        save(tmp_path / "before" / f"{number}.png", grey)
        save(tmp_path / "after" / f"{number}.bmp", grey + 100)
    save(tmp_path / "before" / "lonely.png", noise(8, 8, 1))
    save(tmp_path / "after" / "alone.png", noise(8, 8, 1))
    return tmp_path


def greys(pictures):
    return data.to_bytes(pictures)[:, 0, 0, 0].long()


def test_pairs_stay_together(folder):
    domains = open_parts(folder, "before", "after")
    stream = data.stream_of(domains, 7, seed=3)
    seen = set()
    for _ in range(7):
        batch = next(stream)
        assert torch.equal(greys(batch["image"]), greys(batch["other"]) + 100)
        seen |= set(greys(batch["other"]).tolist())
    kept = set(greys(domains.apart.examples(len(domains.apart))["other"]).tolist())
    assert len(domains) + len(domains.apart) == 45 and 0 < len(domains.apart) < 8
    assert seen | kept == set(range(45)) and not seen & kept, "what is kept apart is not learnt from"
    assert any("left out, without a partner: 2 (alone, lonely)" in note for note in domains.notes)


def test_a_new_picture_moves_none_across():
    names = [f"a/{number}.png" for number in range(400)]
    few, all_of_them = kept_apart(names[:300]), kept_apart(names)
    assert few == all_of_them[:300] and 8 < sum(all_of_them) < 40
    assert kept_apart([name.replace("png", "jpg") for name in names]) == all_of_them
    assert not any(kept_apart(names[:19]))
    for start in range(0, 400, 20):
        assert any(kept_apart(names[start : start + 20])), "of twenty, one at least"


def test_pairs_stay_together_when_files_break(folder):
    """Read as needed; the next pair takes the place of one that cannot be read on either side."""
    sets = [data.open_pictures(folder / name, memory_share=1e-12) for name in ("after", "before")]
    domains = Domains(*partners(*sets), paired=True)
    assert not domains.first.in_memory
    for name in ("before/10.png", "before/11.png", "after/12.bmp", "after/44.bmp"):
        (folder / name).write_bytes(b"no picture")
    with pytest.warns(UserWarning, match="the next picture is used"):
        batch = next(data.stream_of(domains, 45, workers=0))
    assert torch.equal(greys(batch["image"]), greys(batch["other"]) + 100)
    assert set(range(45)) - set(greys(batch["other"]).tolist()) == {10, 11, 12, 44}
    for number in range(45):
        (folder / "before" / f"{number}.png").unlink()
    with pytest.raises(ValueError, match="can be read any more"):
        next(data.stream_of(domains, 2, seed=1, workers=0))


def test_without_pairs_nothing_is_left_out(folder):
    domains = open_parts(folder, "before", "after", paired=False)
    assert (len(domains.first), len(domains.other), domains.apart) == (46, 46, None)
    assert not domains.paired


def test_halves(tmp_path):
    for number in range(3):
        save(tmp_path / f"{number}.png", np.concatenate([noise(8, 12, 3, seed=number), noise(8, 12, 3, seed=9)], 1))
    domains = open_parts(tmp_path, split=True)
    batch = next(data.stream_of(domains, 3))
    right = torch.from_numpy(noise(8, 12, 3, seed=9)).permute(2, 0, 1)
    assert (data.to_bytes(batch["image"]) == right).all() and not (data.to_bytes(batch["other"]) == right).all()
    back = next(data.stream_of(open_parts(tmp_path, "right", "left", split=True), 3))
    assert torch.equal(back["image"], batch["other"])
    assert open_parts(tmp_path, split=True, size=(4, 6)).specs["other"].shape == (3, 4, 6)


def test_what_is_made_of_pictures_is_paired_with_them(tmp_path):
    for number in range(4):
        save(tmp_path / f"{number}.png", noise(8, 8, 3, seed=number))
    domains = data.open_domains(tmp_path, "negative", paired=True)
    batch = next(data.stream_of(domains, 4, seed=2))
    assert domains.paired
    torch.testing.assert_close(batch["image"], -batch["other"])


def test_grey_beside_colour_is_in_colour(tmp_path):
    save(tmp_path / "a" / "0.png", noise(8, 8, 1))
    save(tmp_path / "b" / "0.png", noise(8, 8, 3))
    assert open_parts(tmp_path, "a", "b").specs["other"].shape == (3, 8, 8)


@pytest.mark.parametrize(
    ("begin", "end", "split", "message"),
    [
        ("before", None, False, "no --to was given; possible: after, before"),
        ("befor", "after", False, "--from befor: .* possible: after, before"),
        ("before", "before", False, "these are one folder"),
        ("left", "middle", True, "they are left and right"),
    ],
)
def test_one_line_says_what_is_possible(folder, begin, end, split, message):
    with pytest.raises(ValueError, match=message) as error:
        open_parts(folder, begin, end, split=split)
    assert "\n" not in str(error.value)


def test_no_common_names(tmp_path):
    save(tmp_path / "a" / "0.png", noise(8, 8, 1))
    save(tmp_path / "b" / "1.png", noise(8, 8, 1))
    with pytest.raises(ValueError, match=r"no picture of .*b has a partner"):
        open_parts(tmp_path, "a", "b")


def test_several_files_of_a_name_are_no_pairs(folder):
    save(folder / "after" / "7.png", noise(8, 8, 1))
    with pytest.raises(ValueError, match="several pictures named 7; pairs need one of each name"):
        open_parts(folder, "before", "after")


def test_what_a_run_has_made_is_no_data(folder):
    save(folder / "before" / "runs" / "a" / "samples" / "1.png", noise(8, 8, 1))
    (folder / "before" / "runs" / "a" / "run.json").write_text("{}")
    assert len(data.open_pictures(folder / "before")) == 46
