"""Classes of pictures: from subfolders, from a `metadata.csv`, or from an array of labels."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from ganworks.data.decode import Broken
from ganworks.data.sources import Files

METADATA = "metadata.csv"
PREFERRED = ("label", "labels", "class", "category", "target")
MOST_CLASSES = 1000  # of a column that isn't called a label
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}
TRAINING = {"train", "training"}


@dataclass(frozen=True)
class Labels:
    """A class number for each picture, -1 where it has none, and the names of the classes."""

    numbers: npt.NDArray[np.int64]
    names: tuple[str, ...]
    origin: str  # for the notes: "subfolders", "column 'category' of metadata.csv"

    def of(self, rows: npt.NDArray[np.int64]) -> "Labels | None":
        """For some of the pictures; classes that lose all of theirs go; None if fewer than two remain."""
        used, numbers = np.unique(self.numbers[rows], return_inverse=True)
        if len(used) < 2:
            return None
        return Labels(numbers.astype(np.int64), tuple(self.names[i] for i in used), self.origin)

    def counts(self) -> dict[str, int]:
        found = np.bincount(self.numbers, minlength=len(self.names)).tolist()
        return dict(zip(self.names, found, strict=True))


@dataclass
class Found:
    """A line or two about what was found on the way, and the labels."""

    labels: Labels | None = None
    notes: list[str] = field(default_factory=list)


def from_values(values: Sequence[str | None], origin: str) -> Labels:
    """Classes in the order of their names, numbers in numeric order; None has no class."""
    distinct = {value for value in values if value is not None}
    names = sorted(distinct, key=int) if all(is_integer(name) for name in distinct) else sorted(distinct)
    numbers = {name: number for number, name in enumerate(names)}
    found = [-1 if value is None else numbers[value] for value in values]
    return Labels(np.array(found, np.int64), tuple(names), origin)


def from_numbers(numbers: npt.NDArray[np.generic], names: Sequence[str], origin: str) -> Labels:
    """From an array (N,) of class numbers or names, (N, 1), or one-hot (N, classes)."""
    if numbers.ndim == 2 and numbers.shape[1] > 1:
        numbers = numbers.argmax(axis=1)
    flat = numbers.reshape(-1)
    if flat.dtype.kind == "f" and np.array_equal(flat, flat.astype(np.int64)):
        flat = flat.astype(np.int64)
    if names and flat.dtype.kind in "iu" and flat.min() >= 0 and flat.max() < len(names):
        return Labels(flat.astype(np.int64), tuple(names), origin)
    # Unique first, so that 60,000 labels aren't compared as text.
    values, places = np.unique(flat, return_inverse=True)
    texts = [value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values.tolist()]
    labels = from_values(texts, origin)
    return Labels(labels.numbers[places], labels.names, origin)


def is_integer(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def find(files: Files) -> Found:
    """Labels of pictures in files. Takes pictures out of `files` if its folders are splits for training and test."""
    found = Found()
    tables = [name for name in files.others if PurePosixPath(name).name == METADATA]
    if tables:
        read_metadata(files, tables, found)
        if found.labels:
            return found
    top = below_common_folder(files.names)
    if {parts[0] for parts in top if len(parts) > 1} & TRAINING and {parts[0].lower() for parts in top} <= SPLITS:
        kept = [i for i, parts in enumerate(top) if parts[0].lower() in TRAINING]
        if len(kept) < len(top):
            found.notes.append(f"left out, for validation or test: {len(top) - len(kept):,}")
        files.names = [files.names[i] for i in kept]
        top = below_common_folder(files.names)
    if top and all(len(parts) > 1 for parts in top) and len({parts[0] for parts in top}) > 1:
        found.labels = from_values([parts[0] for parts in top], "subfolders")
    return found


def below_common_folder(names: Iterable[str]) -> list[tuple[str, ...]]:
    """The parts of each path, without the folders that all share (as in a zip of one folder)."""
    parts = [PurePosixPath(name).parts for name in names]
    while parts and all(len(p) > 1 for p in parts) and len({p[0] for p in parts}) == 1:
        parts = [p[1:] for p in parts]
    return parts


def read_metadata(files: Files, tables: list[str], found: Found) -> None:
    """Labels from the column of `metadata.csv` that looks most like one."""
    rows: dict[str, Mapping[str, str]] = {}
    for table in tables:
        try:
            text = files.read(table).decode("utf-8-sig")
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            if "file_name" not in (reader.fieldnames or []):
                found.notes.append(f"{table} has no column file_name: it is not used")
                continue
            folder = PurePosixPath(table).parent
            rows |= {(folder / row["file_name"]).as_posix(): row for row in reader if row["file_name"]}
        except (Broken, UnicodeDecodeError, csv.Error) as error:
            found.notes.append(f"{table} can't be read: it is not used ({error})")
    if not rows:
        return
    matched = match_rows(files.names, rows, found)
    present = [row for row in matched if row is not None]
    if len(present) < len(files.names) / 2:
        if present:
            found.notes.append(f"{METADATA} names only {len(present)} of {len(files.names)} pictures: it is not used")
        return
    column = label_column(present)
    if column is None:
        found.notes.append(f"{METADATA} has no column that looks like a label (call it label): no labels")
        return
    values = [(row.get(column) or None) if row is not None else None for row in matched]
    found.labels = from_values(values, f"column '{column}' of {METADATA}")


def match_rows(names: list[str], rows: dict[str, Mapping[str, str]], found: Found) -> list[Mapping[str, str] | None]:
    """The row of each picture: by its path, or by its name alone if no path fits."""
    matched = [rows.get(name) for name in names]
    if not any(matched):
        by_name = {PurePosixPath(name).name: row for name, row in rows.items()}
        matched = [by_name.get(PurePosixPath(name).name) for name in names]
        if any(matched):
            found.notes.append(f"{METADATA} gives names without folders: they are looked up in all folders")
        return matched
    absent = sorted(rows.keys() - set(names))
    if absent:
        found.notes.append(f"in {METADATA} but not here: {len(absent):,}, for example {absent[0]}")
    return matched


def label_column(rows: list[Mapping[str, str]]) -> str | None:
    """A column called label, class or category; otherwise the first whose values repeat often."""
    columns = [name for name in rows[0] if name and name != "file_name"]
    for preferred in PREFERRED:
        for column in columns:
            if column.lower() == preferred and len(values_of(rows, column)) > 1:
                return column
    for column in columns:
        num_values = len(values_of(rows, column))
        if 2 <= num_values <= min(MOST_CLASSES, len(rows) // 2):
            return column
    return None


def values_of(rows: list[Mapping[str, str]], column: str) -> Counter[str]:
    return Counter(row[column] for row in rows if row.get(column))
