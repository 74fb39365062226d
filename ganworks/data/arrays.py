"""Pictures in arrays: idx files (the format of MNIST), .npy and .npz."""

import gzip
import hashlib
import struct
import zipfile
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ganworks.data.decode import Header, Pixels
from ganworks.data.labels import Labels, from_numbers

IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
IMAGE_KEYS = ("images", "image", "x", "x_train", "train_images", "data", "arr_0")
LABEL_KEYS = ("labels", "label", "y", "y_train", "train_labels", "targets", "arr_1")
HASHED = 64 * 1024**2  # bytes of a large array that its fingerprint reads

Values = npt.NDArray[np.generic]


class Array:
    """Pictures (N, H, W, C) in one array of 8 or 16 bits, in memory or mapped from a file."""

    def __init__(self, kind: str, values: Pixels):
        self.kind, self.values = kind, values

    @cached_property
    def names(self) -> Sequence[str]:
        return [f"picture {i}" for i in range(len(self.values))]

    def header(self, index: int) -> Header:
        height, width, channels = self.values.shape[1:]
        return Header(height, width, 4 if channels == 2 else channels, self.values.dtype == np.uint16)

    def pixels(self, index: int, near: int = 0) -> Pixels:
        return np.asarray(self.values[index])

    def fingerprint(self) -> str:
        """Of the shape and the bytes, evenly spaced ones if there are very many."""
        step = max(1, self.values.nbytes // HASHED)
        digest = hashlib.sha256(f"{self.values.shape} {self.values.dtype}".encode())
        digest.update(np.ascontiguousarray(self.values[::step]).data)
        return digest.hexdigest()[:16]


def from_array(values: Values, kind: str, where: str) -> Array:
    """From (N, H, W), (N, H, W, C) or (N, C, H, W) of any type; floats in [0, 1], [-1, 1] or [0, 255]."""
    if values.ndim == 3 and not (values.shape[2] in (3, 4) and values.shape[1] > 16):  # that is one picture (H, W, C)
        values = values[:, :, :, None]
    elif values.ndim == 4 and values.shape[3] not in (1, 2, 3, 4) and values.shape[1] in (1, 2, 3, 4):
        values = values.transpose(0, 2, 3, 1)
    if values.ndim != 4 or values.shape[3] not in (1, 2, 3, 4) or 0 in values.shape:
        shape = tuple(values.shape)
        raise ValueError(f"{where} holds an array of shape {shape}; (N, H, W), (N, H, W, C) or (N, C, H, W) expected")
    return Array(kind, as_integers(values, where))


def as_integers(values: Values, where: str) -> Pixels:
    """8 bits where that loses nothing, otherwise 16."""
    if values.dtype in (np.uint8, np.uint16):
        return values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * np.uint8(255)
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{where} holds {values.dtype}; numbers expected")
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind in "iu" and low >= 0 and high <= 65535:
        return values.astype(np.uint8 if high <= 255 else np.uint16)
    if values.dtype.kind == "f" and low >= -1 and high <= 255 and (low >= 0 or high <= 1):
        scale, shift = (127.5, 127.5) if low < 0 else (255.0, 0.0) if high <= 1 else (1.0, 0.0)
        scaled = values.astype(np.float32) * np.float32(scale) + np.float32(shift)
        rounded = scaled.round()
        if np.abs(scaled - rounded).max() < 1e-3:
            return rounded.astype(np.uint8)
        return (scaled * np.float32(257)).round().astype(np.uint16)
    raise ValueError(
        f"{where} holds {values.dtype} from {low:g} to {high:g}; [0, 1], [-1, 1], [0, 255] or [0, 65535] expected"
    )


def is_idx(path: Path) -> bool:
    """Whether a file starts like an idx file, gzipped or not."""
    try:
        with opened(path) as file:
            head = file.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in IDX_TYPES and 1 <= head[3] <= 4


def opened(path: Path) -> gzip.GzipFile:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]


def read_idx(path: Path, budget: int) -> Values:
    """The array in an idx file; ValueError if it is cut short or larger than `budget` bytes."""
    try:
        with opened(path) as file:
            _, code, num_sides = struct.unpack(">HBB", file.read(4))
            shape = struct.unpack(f">{num_sides}I", file.read(4 * num_sides))
            kind = np.dtype(IDX_TYPES[code])
            expected = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
            check_budget(path, expected, budget)
            data = bytearray(file.read(expected))  # an array over bytes would be read-only
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise ValueError(f"{path} is a damaged idx file: {error}") from error
    if len(data) < expected:
        raise ValueError(f"{path} is cut short: {len(data):,} of {expected:,} bytes")
    return np.frombuffer(data, kind).reshape(shape).astype(kind.newbyteorder("="), copy=False)


def open_idx(path: Path, budget: int, names: Sequence[str] = ()) -> tuple[Array, Labels | None, list[str]]:
    """Pictures of an idx file, and the labels that lie beside it under the usual name."""
    values = read_idx(path, budget)
    if values.ndim < 3:
        raise ValueError(f"{path} holds {values.ndim}-dimensional data, not pictures; give the file of images")
    array = from_array(values, "idx", str(path))
    beside = labels_beside(path)
    if beside is None:
        return array, None, []
    numbers = read_idx(beside, budget)
    if len(numbers) != len(values):
        return array, None, [f"{beside.name} holds {len(numbers)} labels for {len(values)} pictures: it is not used"]
    return array, from_numbers(numbers, names, beside.name), []


def labels_beside(path: Path) -> Path | None:
    """train-images-idx3-ubyte.gz -> train-labels-idx1-ubyte, with or without .gz."""
    stem = path.name.removesuffix(".gz")
    wanted = stem.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
    candidates = [path.with_name(wanted + ending) for ending in (".gz", "")]
    return next((c for c in candidates if wanted != stem and c.is_file()), None)


def idx_files(folder: Path) -> list[Path]:
    """The files of pictures among a folder's idx files, the training split first."""
    files = [p for p in folder.iterdir() if p.is_file() and "idx" in p.name and "labels" not in p.name and is_idx(p)]
    return sorted(files, key=lambda path: ("train" not in path.name, path.name))


def open_numpy(path: Path, budget: int) -> tuple[Array, Labels | None, list[str]]:
    """Pictures in a .npy or .npz file, with labels in the same .npz or in labels.npy beside it."""
    kind = path.suffix[1:].lower()
    try:
        if kind == "npz":
            images, labels, origin = read_npz(path, budget)
        else:
            images, labels, origin = read_npy(path, budget)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is a damaged {kind} file: {error}") from error
    array = from_array(images, kind, str(path))
    if labels is None:
        return array, None, []
    if len(labels) != len(images):
        return array, None, [f"{origin} holds {len(labels)} labels for {len(images)} pictures: not used"]
    return array, from_numbers(labels, (), origin), []


def read_npy(path: Path, budget: int) -> tuple[Values, Values | None, str]:
    """The array, mapped instead of read if it is larger than the budget."""
    mapped = path.stat().st_size > budget
    images = load(path, mapped)
    if mapped and images.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"{path} is larger than the memory allowed, and holds {images.dtype}; save it as uint8")
    for beside in (path.with_name(f"{path.stem}_labels.npy"), path.with_name("labels.npy")):
        if beside.is_file() and beside != path:
            return images, load(beside, False), beside.name
    return images, None, ""


def load(path: Path, mapped: bool) -> Values:
    try:
        return np.asanyarray(np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False))
    except ValueError as error:
        raise ValueError(f"{path} holds no plain array: {error}") from error


def read_npz(path: Path, budget: int) -> tuple[Values, Values | None, str]:
    with zipfile.ZipFile(path) as archive:
        check_budget(path, sum(info.file_size for info in archive.infolist()), budget)
    with np.load(path, allow_pickle=False) as arrays:
        image_key = next((key for key in IMAGE_KEYS if key in arrays), None)
        if image_key is None and len(arrays.files) == 1:
            image_key = arrays.files[0]
        if image_key is None:
            keys = ", ".join(arrays.files)
            raise ValueError(f"{path} holds {keys}; the pictures are looked for under {', '.join(IMAGE_KEYS)}")
        label_key = next((key for key in LABEL_KEYS if key in arrays and key != image_key), None)
        try:
            labels = arrays[label_key] if label_key else None
            return arrays[image_key], labels, f"'{label_key}' of {path.name}"
        except ValueError as error:
            raise ValueError(f"{path} holds no plain array: {error}") from error


def check_budget(path: Path, num_bytes: int, budget: int) -> None:
    if num_bytes > budget:
        raise ValueError(
            f"{path} holds {num_bytes / 1e9:.1f} GB, more than the {budget / 1e9:.1f} GB of memory allowed; "
            "save the pictures as .npy, which can be read in parts, or as files in a folder"
        )
