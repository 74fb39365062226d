"""Where pictures lie: folders, zips, tars and lists of files, all read as bytes by name."""

import hashlib
import os
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Protocol

from ganworks.data.decode import ENDINGS, Broken, Header, Pixels, decode, read_header

HEAD = 16 * 1024  # bytes that usually hold all that a header says


class Container(Protocol):
    """Named files that can be read in any order, from several threads and in a copy sent to another process."""

    kind: str
    sizes: dict[str, int]  # by path inside it, with "/"

    def read(self, name: str, limit: int = -1) -> bytes: ...


class Source(Protocol):
    """Pictures by number, not yet resized."""

    kind: str

    @property
    def names(self) -> Sequence[str]: ...

    def header(self, index: int) -> Header:
        """Raises Broken."""

    def pixels(self, index: int, near: int = 0) -> Pixels:
        """Raises Broken."""

    def fingerprint(self) -> str:
        """Changes when the pictures do."""


class Files:
    """The pictures in a container, in the order of their names."""

    def __init__(self, container: Container):
        self.container = container
        self.kind = container.kind
        visible = [name for name in container.sizes if not is_hidden(name)]
        self.names: list[str] = sorted(name for name in visible if name.lower().endswith(ENDINGS))
        self.others: list[str] = sorted(set(visible) - set(self.names))

    def header(self, index: int) -> Header:
        name = self.names[index]
        if self.container.sizes[name] > HEAD:
            try:
                return read_header(self.read(name, HEAD))
            except Broken:
                pass  # the head may be too short; the whole file decides
        return read_header(self.read(name))

    def pixels(self, index: int, near: int = 0) -> Pixels:
        return decode(self.read(self.names[index]), near)

    def read(self, name: str, limit: int = -1) -> bytes:
        try:
            return self.container.read(name, limit)
        except Exception as error:  # a damaged archive may raise anything
            raise Broken(f"can't be read: {getattr(error, 'strerror', None) or error}") from error

    def fingerprint(self) -> str:
        """Of names and sizes; the contents of large sets are not worth reading for it."""
        digest = hashlib.sha256()
        for name in self.names:
            digest.update(f"{name}\0{self.container.sizes[name]}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()[:16]


class Half:
    """The left or the right half of each picture of a source; a column in the middle of an odd one is in neither."""

    def __init__(self, source: Source, side: str):
        assert side in ("left", "right")
        self.source, self.side, self.kind = source, side, source.kind

    @property
    def names(self) -> Sequence[str]:
        return self.source.names

    def header(self, index: int) -> Header:
        header = self.source.header(index)
        if header.width < 2:
            raise Broken("one column cannot be halved")
        return replace(header, width=header.width // 2)

    def pixels(self, index: int, near: int = 0) -> Pixels:
        pixels = self.source.pixels(index, 2 * near)
        width = pixels.shape[1] // 2
        return pixels[:, :width] if self.side == "left" else pixels[:, -width:]

    def fingerprint(self) -> str:
        return f"{self.source.fingerprint()}-{self.side}"


def stem(name: str) -> str:
    """The name of a file with its folders, and without its ending."""
    return str(PurePosixPath(name).with_suffix(""))


def is_hidden(name: str) -> bool:
    """Files of the system, not of the user: .DS_Store, ._a.png, __MACOSX/a.png."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


class Folder:
    """All files below a folder; links are followed, each folder once."""

    kind = "folder"

    def __init__(self, root: Path):
        self.root = root.resolve()
        self.sizes: dict[str, int] = {}
        seen: set[str] = set()
        for at, folders, files in os.walk(self.root, followlinks=True):
            folders[:] = sorted(f for f in folders if not is_hidden(f))
            real = os.path.realpath(at)
            if real in seen or ("run.json" in files and Path(at) != self.root):  # what a run has made is no data
                folders.clear()
                continue
            seen.add(real)
            prefix = Path(at).relative_to(self.root).as_posix()
            for file in files:
                path = os.path.join(at, file)  # noqa: PTH118 (a Path for each of 100,000 files takes a second)
                size = os.stat(path).st_size if os.path.exists(path) else 0  # noqa: PTH110, PTH116
                self.sizes[file if prefix == "." else f"{prefix}/{file}"] = size

    def read(self, name: str, limit: int = -1) -> bytes:
        with open(f"{self.root}/{name}", "rb") as file:  # noqa: PTH123
            return file.read(limit)


class Paths:
    """Files given one by one, as torchvision's data sets list them; named by their path below `root`."""

    kind = "torchvision data set"

    def __init__(self, root: Path, paths: Sequence[Path]):
        self.root = root.resolve()
        inside = [Path(os.path.relpath(path.resolve(), self.root)) for path in paths]
        self.sizes = {path.as_posix(): (self.root / path).stat().st_size for path in inside}

    def read(self, name: str, limit: int = -1) -> bytes:
        with (self.root / name).open("rb") as file:
            return file.read(limit)


class Zip:
    """A zip file, opened anew in every process."""

    kind = "zip"

    def __init__(self, path: Path):
        self.path = path.resolve()
        self.archive, self.process = zipfile.ZipFile(self.path), os.getpid()
        self.sizes = {info.filename: info.file_size for info in self.archive.infolist() if not info.is_dir()}

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path, "sizes": self.sizes, "process": -1}

    def read(self, name: str, limit: int = -1) -> bytes:
        if self.process != os.getpid():  # a forked worker would share the position in the file
            self.archive, self.process = zipfile.ZipFile(self.path), os.getpid()
        with self.archive.open(name) as file:
            return file.read(limit)


class Tar:
    """An uncompressed tar, read by position."""

    kind = "tar"

    def __init__(self, path: Path):
        self.path = path.resolve()
        with tarfile.open(path, "r:") as archive:
            members = [member for member in archive if member.isreg()]
        self.sizes = {clean(member.name): member.size for member in members}
        self.offsets = {clean(member.name): member.offset_data for member in members}

    def read(self, name: str, limit: int = -1) -> bytes:
        size = self.sizes[name]
        with self.path.open("rb") as file:
            file.seek(self.offsets[name])
            return file.read(size if limit < 0 else min(limit, size))


class CompressedTar:
    """A .tar.gz, .tar.bz2 or .tar.xz: it can only be read from the start, so its files are held in memory."""

    kind = "compressed tar"

    def __init__(self, path: Path, budget: int):
        self.contents: dict[str, bytes] = {}
        total = 0
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                if not member.isreg():
                    continue
                total += member.size
                if total > budget:
                    raise ValueError(
                        f"{path} holds more than the {budget / 1e9:.1f} GB of memory allowed; "
                        "unpack it and give the folder"
                    )
                file = archive.extractfile(member)
                self.contents[clean(member.name)] = file.read() if file else b""
        self.sizes = {name: len(content) for name, content in self.contents.items()}

    def read(self, name: str, limit: int = -1) -> bytes:
        content = self.contents[name]
        return content if limit < 0 else content[:limit]


def clean(name: str) -> str:
    return name.removeprefix("./")


def open_archive(path: Path, budget: int) -> Container:
    """A zip or tar by its content; ValueError if it is damaged."""
    try:
        if zipfile.is_zipfile(path):
            return Zip(path)
        if is_plain_tar(path):
            return Tar(path)
        return CompressedTar(path, budget)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path} is a damaged archive: {error}") from error


def is_plain_tar(path: Path) -> bool:
    try:
        tarfile.open(path, "r:").close()
    except tarfile.ReadError:
        return False
    return True
