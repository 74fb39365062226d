"""Each trial of each claim runs, in miniature, and measures what its checks look at."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from ganworks.nets.efficientnet_lite import EfficientNetLite0
from ganworks.nets.vgg import random_layers
from ganworks.proofs import titles
from ganworks.proofs.bench import Bench
from ganworks.proofs.prove import find

ARMS = [(name, arm) for name in titles() for arm in find(name).arms]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr("ganworks.proofs.claims.divergences.STEPS", 20)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """All data there, in miniature; budgets of one step."""
    folder = tmp_path_factory.mktemp("bench")
    data = folder / "data"
    write_digits(data / "mnist_5k")
    write_emoji(data / "emoji")
    write_pairs(data / "textures", "albedo", "normal", side=48)
    write_pairs(data, "photos", names=("blinds", "storm", "twowings", "yellowflower"))
    (data / "nets").mkdir()
    torch.manual_seed(0)
    save_file(EfficientNetLite0().state_dict(), data / "nets" / "efficientnet_lite0.safetensors")
    write_vgg(data / "nets" / "vgg16_hed.safetensors")
    return Bench(folder / "results", data, scale=1e-4)


def write_digits(folder: Path) -> None:
    folder.mkdir(parents=True)
    values = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    for name, array in {"images-idx3": values, "labels-idx1": (np.arange(40) % 10).astype(np.uint8)}.items():
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (folder / f"{name}-ubyte").write_bytes(head + array.tobytes())


def write_emoji(folder: Path, num: int = 64) -> None:
    """Two styles of the same pictures, and their categories."""
    write_pairs(folder, "google", "twitter", names=range(num))
    lines = ["file_name,category", *(f"{number}.png,{'ab'[number % 2]}" for number in range(num))]
    (folder / "metadata.csv").write_text("\n".join(lines))


def write_pairs(folder: Path, *kinds: str, names: Iterable[object] = range(64), side: int = 32) -> None:
    """Folders of pictures of the same names."""
    random = np.random.default_rng(0)
    for kind in kinds:
        (folder / kind).mkdir(parents=True)
        for name in names:
            pixels = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / kind / f"{name}.png")


def write_vgg(path: Path) -> None:
    """A narrow one."""
    tensors = {}
    for row, (weight, bias) in enumerate(random_layers()):
        tensors |= {f"features.{row}.weight": weight.contiguous(), f"features.{row}.bias": bias}
    save_file(tensors, path)


@pytest.mark.parametrize(("name", "arm"), ARMS)
def test_the_trial_measures_what_the_checks_look_at(name, arm, bench):
    claim = find(name)
    numbers = claim.trial(bench, arm, 0)
    wanted = {check.number for check in claim.checks if arm in (check.arm, getattr(check, "than", None))}
    assert wanted <= numbers.keys()
    assert np.isfinite(list(numbers.values())).all()


def test_data_that_is_not_there_is_asked_for(tmp_path):
    with pytest.raises(ValueError, match=r"no --data was given; this proof needs mnist_5k \(5,000 digits"):
        Bench(tmp_path).pictures("mnist_5k")
    with pytest.raises(ValueError, match="does not exist"):
        Bench(tmp_path, tmp_path / "nowhere").pictures("emoji")
