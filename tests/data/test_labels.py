"""Classes from subfolders and from metadata.csv."""

import zipfile

import pytest
import torch
from encoded import encode, noise, save

from ganworks import data


def make(root, *names):
    for number, name in enumerate(names):
        save(root / name, noise(4, 4, seed=number))
    return root


def labels_of(root):
    """{file number in order of names: name of its class}."""
    pictures = data.open_pictures(root)
    if "label" not in pictures.specs:
        return None
    numbers = pictures.read(torch.arange(len(pictures)))["label"]
    pictures.specs["label"].validate("label", numbers)
    return [pictures.specs["label"].names[number] for number in numbers]


def test_subfolders_are_classes(tmp_path):
    make(tmp_path, "dog/1.png", "cat/2.png", "cat/more/3.png")
    assert labels_of(tmp_path) == ["cat", "cat", "dog"]
    pictures = data.open_pictures(tmp_path)
    assert pictures.specs["label"].names == ("cat", "dog")
    assert pictures.summary()["classes"] == {"cat": 2, "dog": 1}
    assert any("2 classes from subfolders: cat 2, dog 1" in note for note in pictures.notes)


def test_numbered_folders_are_in_numeric_order(tmp_path):
    make(tmp_path, "10/a.png", "9/a.png")
    assert data.open_pictures(tmp_path).specs["label"].names == ("9", "10")


def test_a_picture_beside_the_subfolders_means_no_classes(tmp_path):
    make(tmp_path, "dog/1.png", "cat/2.png", "3.png")
    assert labels_of(tmp_path) is None


def test_one_folder_around_all_is_no_class(tmp_path):
    assert labels_of(make(tmp_path / "a", "images/1.png", "images/2.png")) is None
    assert labels_of(make(tmp_path / "b", "images/x/1.png", "images/y/2.png")) == ["x", "y"]


def test_splits_are_no_classes(tmp_path):
    make(tmp_path, "train/x/1.png", "train/y/2.png", "test/x/3.png", "val/y/4.png")
    assert labels_of(tmp_path) == ["x", "y"]
    assert any("left out, for validation or test: 2" in n for n in data.open_pictures(tmp_path).notes)


def test_a_class_whose_only_picture_is_broken_goes(tmp_path):
    make(tmp_path, "a/1.png", "b/2.png", "c/3.png")
    (tmp_path / "b/2.png").write_bytes(encode(noise(4, 4))[:20])
    assert labels_of(tmp_path) == ["a", "c"]


@pytest.mark.parametrize(
    "header, rows, names",
    [
        ("file_name,label", ["1.png,x", "2.png,y", "3.png,x"], ["x", "y", "x"]),
        ("file_name,text,Category", ["1.png,one,x", "2.png,two,y", "3.png,three,x"], ["x", "y", "x"]),
        ("text,class,file_name", ["one,10,1.png", "two,9,2.png", "one,9,3.png"], ["10", "9", "9"]),
        ("file_name,caption", ["1.png,an apple", "2.png,a pear", "3.png,a plum"], None),
        ("file_name,label", ["1.png,x", "2.png,x", "3.png,x"], None),
        ("name,label", ["1.png,x", "2.png,y", "3.png,x"], None),
    ],
)
def test_metadata(tmp_path, header, rows, names):
    make(tmp_path, "1.png", "2.png", "3.png")
    (tmp_path / "metadata.csv").write_text("\n".join([header, *rows]))
    assert labels_of(tmp_path) == names


def test_the_first_column_with_few_values(tmp_path):
    make(tmp_path, *(f"{number}.png" for number in range(6)))
    rows = [f'{number}.png,"caption, {number}",{"warm" if number < 3 else "cold"}' for number in range(6)]
    (tmp_path / "metadata.csv").write_text("\ufefffile_name,caption,season\r\n" + "\r\n".join(rows), encoding="utf-8")
    assert labels_of(tmp_path) == ["warm"] * 3 + ["cold"] * 3


def test_metadata_wins_over_folders_and_may_lie_within_one(tmp_path):
    make(tmp_path, "a/1.png", "a/2.png", "b/3.png")
    (tmp_path / "metadata.csv").write_text("file_name,label\na/1.png,x\na/2.png,y\nb/3.png,x\n")
    assert labels_of(tmp_path) == ["x", "y", "x"]
    (tmp_path / "metadata.csv").unlink()
    (tmp_path / "a/metadata.csv").write_text("file_name,label\n1.png,p\n2.png,q\n")
    pictures = data.open_pictures(tmp_path)
    assert labels_of(tmp_path) == ["p", "q"]
    assert pictures.skipped == [("b/3.png", "no label")]


def test_names_without_folders_are_found_in_folders(tmp_path):
    make(tmp_path, "one/1.png", "one/2.png", "two/1.png", "two/2.png")
    (tmp_path / "metadata.csv").write_text("file_name,label\n1.png,x\n2.png,y\n")
    assert labels_of(tmp_path) == ["x", "y", "x", "y"]


def test_rows_and_pictures_without_each_other_are_said(tmp_path):
    make(tmp_path, "1.png", "2.png", "3.png")
    (tmp_path / "metadata.csv").write_text("file_name,label\n1.png,x\n2.png,y\n9.png,y\n")
    pictures = data.open_pictures(tmp_path)
    assert pictures.skipped == [("3.png", "no label")]
    assert any("in metadata.csv but not here: 1, for example 9.png" in note for note in pictures.notes)


def test_metadata_of_few_pictures_is_not_used(tmp_path):
    make(tmp_path, "1.png", "2.png", "3.png")
    (tmp_path / "metadata.csv").write_text("file_name,label\n1.png,x\n")
    pictures = data.open_pictures(tmp_path)
    assert len(pictures) == 3 and pictures.specs.keys() == {"image"}
    assert any("names only 1 of 3" in note for note in pictures.notes)


def test_unreadable_metadata_is_said(tmp_path):
    make(tmp_path, "1.png")
    (tmp_path / "metadata.csv").write_bytes(b"file_name,label\n\xff\xfe,x")
    assert any("metadata.csv can't be read" in note for note in data.open_pictures(tmp_path).notes)


def test_metadata_in_a_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(4):
            archive.writestr(f"photos/{number}.png", encode(noise(4, 4, seed=number)))
        archive.writestr("photos/metadata.csv", "file_name,label\n0.png,x\n1.png,y\n2.png,x\n3.png,y\n")
    assert labels_of(tmp_path / "a.zip") == ["x", "y", "x", "y"]
