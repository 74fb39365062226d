"""From what the user names to a source of pictures: which reader, and what to say if there is none."""

import difflib
import os
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from ganworks.data import arrays, labels, named
from ganworks.data.decode import ENDINGS
from ganworks.data.labels import Labels
from ganworks.data.sources import Files, Folder, Source, is_hidden, open_archive
from ganworks.data.toys import TOYS

ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz")
POSSIBLE = "a folder, a .zip or .tar(.gz), an idx(.gz), .npy or .npz file"


class Place(NamedTuple):
    """Where the pictures are, with what was found beside them."""

    source: Source
    labels: Labels | None
    notes: list[str]


def locate(name: str, budget: int) -> Place:
    """What `name` stands for: a path, or a data set if there is no such path."""
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            return in_folder(path, budget)
        if path.exists():
            return in_file(path, budget)
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror or error}") from error
    if name in named.NAMES:
        return Place(*named.open_named(name, budget))
    raise ValueError(unknown(name, path))


def in_folder(path: Path, budget: int) -> Place:
    if not os.access(path, os.R_OK | os.X_OK):
        raise ValueError(f"{path} can't be read: no permission")
    files = Files(Folder(path))
    if files.names:
        return in_files(files)
    tables = arrays.idx_files(path)
    if not tables:
        raise ValueError(f"no pictures in {path}{instead(path, files.others)}")
    place = Place(*arrays.open_idx(tables[0], budget))
    if len(tables) > 1:
        place.notes.append(f"{tables[0].name} is read; not read: {', '.join(other.name for other in tables[1:])}")
    return place


def in_file(path: Path, budget: int) -> Place:
    ending = path.suffix.lower()
    if not os.access(path, os.R_OK):
        raise ValueError(f"{path} can't be read: no permission")
    if ending in (".npy", ".npz"):
        return Place(*arrays.open_numpy(path, budget))
    if arrays.is_idx(path):
        return Place(*arrays.open_idx(path, budget))
    if ending in ENDINGS:
        raise ValueError(f"{path} is a single picture; give the folder that holds many")
    if ending in ARCHIVES or zipfile.is_zipfile(path) or tarfile.is_tarfile(path):
        files = Files(open_archive(path, budget))
        if not files.names:
            raise ValueError(f"no pictures in {path}{instead(path, files.others)}")
        return in_files(files)
    raise ValueError(f"{path} holds no pictures that can be read; possible: {POSSIBLE}")


def in_files(files: Files) -> Place:
    found = labels.find(files)
    others = [name for name in files.others if not name.endswith(labels.METADATA)]
    if others:
        found.notes.append(f"no pictures, not read: {len(others):,}{endings(others)}")
    return Place(files, found.labels, found.notes)


def endings(names: list[str]) -> str:
    """ " (.txt, .md)": what kinds of files those are."""
    kinds = sorted({Path(name).suffix.lower() or "no ending" for name in names})
    return f" ({', '.join(kinds[:5])}{', …' if len(kinds) > 5 else ''})"


def instead(path: Path, others: list[str]) -> str:
    """The rest of "no pictures in x": what is there, and what is looked for."""
    readable = [name for name in others if name.lower().endswith((*ARCHIVES, ".npy", ".npz"))]
    if readable and path.is_dir():
        return f", but it holds {readable[0]}: give {path / readable[0]}"
    here = f"; it holds other files{endings(others)}" if others else "; it is empty"
    return f"{here}. Read are files that end in {', '.join(ENDINGS)}"


def unknown(name: str, path: Path) -> str:
    """The message for a path that isn't there, with the nearest name that is."""
    if name in TOYS:
        return f"'{name}' is toy data, not pictures; systems are trained on it side by side by: ganworks lab {name}"
    near = difflib.get_close_matches(name.lower(), named.NAMES, n=1, cutoff=0.6)
    if not near and path.parent.is_dir():
        siblings = [entry.name for entry in path.parent.iterdir() if not is_hidden(entry.name)]
        near = [str(path.parent / match) for match in difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.6)]
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"no pictures at '{name}'.{hint} Possible: {POSSIBLE}, or a data set: {', '.join(named.NAMES)}"
