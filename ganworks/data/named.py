"""Data sets by name: the one inside the package, and those that torchvision downloads."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ganworks.data.arrays import from_array, open_idx
from ganworks.data.labels import Labels, from_numbers
from ganworks.data.sources import Files, Paths, Source

BUILTIN = Path(__file__).parent / "builtin"
GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class Remote(NamedTuple):
    """A class of torchvision.datasets, and the settings that pick its training split."""

    cls: str
    settings: dict[str, Any]


REMOTE = {
    "celeba": Remote("CelebA", {"split": "train", "target_type": "identity"}),
    "cifar10": Remote("CIFAR10", {"train": True}),
    "cifar100": Remote("CIFAR100", {"train": True}),
    "dtd": Remote("DTD", {"split": "train"}),
    "emnist": Remote("EMNIST", {"split": "balanced", "train": True}),
    "eurosat": Remote("EuroSAT", {}),
    "fashion_mnist": Remote("FashionMNIST", {"train": True}),
    "flowers102": Remote("Flowers102", {"split": "train"}),
    "food101": Remote("Food101", {"split": "train"}),
    "imagenette": Remote("Imagenette", {"split": "train", "size": "320px"}),
    "kmnist": Remote("KMNIST", {"train": True}),
    "mnist": Remote("MNIST", {"train": True}),
    "oxford_iiit_pet": Remote("OxfordIIITPet", {"split": "trainval"}),
    "qmnist": Remote("QMNIST", {"train": True}),
    "stl10": Remote("STL10", {"split": "train"}),
    "stl10_unlabeled": Remote("STL10", {"split": "unlabeled"}),
    "svhn": Remote("SVHN", {"split": "train"}),
    "usps": Remote("USPS", {"train": True}),
}
NAMES = ("fashion_mnist_10k", *REMOTE)


def open_named(name: str, budget: int) -> tuple[Source, Labels | None, list[str]]:
    """One of NAMES."""
    if name == "fashion_mnist_10k":
        folder = BUILTIN / name
        array, labels, _ = open_idx(folder / "t10k-images-idx3-ubyte.gz", budget, GARMENTS)
        array.kind = "built-in data set"
        return array, labels, []
    return from_torchvision(name, cache())


def cache() -> Path:
    """Where downloads go: $GANWORKS_CACHE, or ~/.cache/ganworks."""
    return Path(os.environ.get("GANWORKS_CACHE") or Path.home() / ".cache" / "ganworks")


def from_torchvision(name: str, root: Path) -> tuple[Source, Labels | None, list[str]]:
    """The training split, downloaded unless it is there already."""
    from torchvision import datasets

    remote = REMOTE[name]
    folder = root / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder / ".lock"):
            dataset = getattr(datasets, remote.cls)(folder, download=True, **remote.settings)
    except Exception as error:  # the network, the disk, a checksum, a missing package: one line for all
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(
            f"{name} can't be downloaded into {folder}: {why.rstrip('.')}. Try again with a network, put its files "
            "there, or use fashion_mnist_10k, which needs no download"
        ) from error
    notes = [f"torchvision's {remote.cls} in {folder}"]
    if hasattr(dataset, "data"):
        return *array_data(name, dataset), notes
    return *file_data(dataset, folder), notes


def array_data(name: str, dataset: Any) -> tuple[Source, Labels | None]:
    """Of a data set that holds all pictures in one array."""
    images = np.asarray(dataset.data)
    if name == "emnist":  # stored with rows and columns exchanged
        images = images.transpose(0, 2, 1)
    source = from_array(images, "torchvision data set", name)
    numbers = np.asarray(dataset.targets if hasattr(dataset, "targets") else dataset.labels)
    if numbers.ndim == 2:  # QMNIST: the class, then facts about the writer
        numbers = numbers[:, 0]
    if numbers.min() < 0:  # STL10's unlabelled split
        return source, None
    return source, from_numbers(numbers, class_names(dataset), "the data set")


def file_data(dataset: Any, folder: Path) -> tuple[Source, Labels | None]:
    """Of a data set that lists files: their paths and classes are attributes whose names differ."""
    samples = getattr(dataset, "_samples", None) or getattr(dataset, "samples", None)
    if samples:
        paths, numbers = [Path(path) for path, _ in samples], [number for _, number in samples]
    elif hasattr(dataset, "filename"):  # CelebA: 10,177 people are no classes to learn
        aligned = Path(dataset.root) / dataset.base_folder / "img_align_celeba"
        paths, numbers = [aligned / name for name in dataset.filename], []
    else:
        listed = dataset._image_files if hasattr(dataset, "_image_files") else dataset._images
        paths, numbers = [Path(path) for path in listed], list(dataset._labels)
    files = Files(Paths(folder, paths))
    if not numbers:
        return files, None
    by_path = dict(zip((os.path.relpath(p.resolve(), folder.resolve()) for p in paths), numbers, strict=True))
    ordered = np.array([by_path[os.path.normpath(name)] for name in files.names])
    return files, from_numbers(ordered, class_names(dataset), "the data set")


def class_names(dataset: Any) -> Sequence[str]:
    """Names such as "automobile"; "3 - three" becomes "three"; the first of several synonyms."""
    names = [name if isinstance(name, str) else name[0] for name in getattr(dataset, "classes", [])]
    return [name.partition(" - ")[2] or name for name in names]


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One process at a time, so that ranks of a distributed run don't download over each other."""
    try:
        import fcntl
    except ImportError:  # Windows: no such lock, and rarely several ranks
        yield
        return
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
