"""A folder of pictures in two classes, and one small run, shared by the tests of the verbs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganworks.__main__ import main

SMALL = ["--size", "8", "--width", "4", "--batch", "4", "--precision", "float32"]


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 grey pictures of 8x8 and 2 of 16x8, in the classes cat and dog."""
    folder = tmp_path_factory.mktemp("cli") / "pets"
    random = np.random.default_rng(0)
    for number in range(14):
        path = folder / ("cat" if number < 5 else "dog") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (16, 8) if number > 11 else (8, 8)
        Image.fromarray(random.integers(0, 255, shape, np.uint8)).save(path)
    return folder


@pytest.fixture(scope="session")
def run(pictures: Path) -> Path:
    """Three steps of `cgan`."""
    folder = pictures.parent / "run"
    assert main(["train", "cgan", str(pictures), "--out", str(folder), "--steps", "3", *SMALL]) == 0
    return folder
