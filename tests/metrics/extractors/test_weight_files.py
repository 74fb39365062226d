"""Downloads that fail or are damaged, and files that hold no weights."""

import hashlib
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from seeded_weights import seeded
from torch import nn
from torchvision import models

from ganworks.metrics.extractors import extractor
from ganworks.metrics.extractors.weights import digest, fetch, fit, load_tensors
from ganworks.nets.efficientnet_lite import EfficientNetLite0
from ganworks.nets.inception import Inception

CONTENT = b"weights"
NAME = f"net-{hashlib.sha256(CONTENT).hexdigest()[:8]}.pth"
URL = f"https://example.org/{NAME}"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty cache and an empty hub; what is 'downloaded' is listed."""
    monkeypatch.setenv("GANWORKS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    calls = []

    def download(url, path, hash_prefix, progress):
        calls.append((url, hash_prefix))
        Path(path).write_bytes(CONTENT)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    return calls


def test_a_download_is_checked_and_kept(hub, tmp_path):
    path = fetch(URL, "the net")
    assert path == tmp_path / "cache" / "weights" / NAME
    assert hub == [(URL, hashlib.sha256(CONTENT).hexdigest()[:8])]
    assert fetch(URL, "the net") == path and len(hub) == 1


def test_a_damaged_copy_is_downloaded_again(hub):
    path = fetch(URL, "the net")
    path.write_bytes(b"half")
    assert fetch(URL, "the net").read_bytes() == CONTENT and len(hub) == 2


def test_the_copy_in_pytorchs_hub_is_used(hub, tmp_path):
    there = tmp_path / "hub" / "checkpoints" / NAME
    there.parent.mkdir(parents=True)
    there.write_bytes(CONTENT)
    assert fetch(URL, "the net") == there and not hub


def test_a_failed_download_says_what_to_do(hub, monkeypatch):
    def fail(*args, **kwargs):
        raise URLError("no route to host.\nmore")

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(ValueError) as caught:
        extractor("inception")
    assert str(caught.value) == (
        "the Inception weights can't be downloaded (no route to host); "
        "give --weights FILE, or --features convs, which needs none"
    )


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
def test_a_file_that_is_no_weight_file(tmp_path, name):
    (tmp_path / name).write_bytes(b"not weights at all")
    with pytest.raises(ValueError, match="can't be read as weights") as caught:
        load_tensors(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_nothing_inside_a_pickle_runs(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"weight": Bomb()}, tmp_path / "bomb.pth")
    with pytest.raises(ValueError, match="can't be read as weights"):
        load_tensors(tmp_path / "bomb.pth")
    assert not (tmp_path / "ran").exists()


def test_a_file_without_tensors(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match="holds no state dict"):
        load_tensors(tmp_path / "a.pth")
    with pytest.raises(ValueError, match="no file"):
        load_tensors(tmp_path / "b.pth")


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"weight": torch.ones(2, 3)}, "bias is missing"),
        ({"weight": torch.ones(2, 3), "bias": torch.ones(2), "more": torch.ones(2)}, "more is not one of"),
        ({"weight": torch.ones(2, 4), "bias": torch.ones(2)}, r"weight is \(2, 4\), \(2, 3\) is needed"),
    ],
)
def test_weights_that_do_not_fit(tensors, reason):
    with pytest.raises(ValueError, match=rf"a\.pth holds no weights of the layer: {reason}"):
        fit(nn.Linear(3, 2), tensors, Path("a.pth"), "the layer")


def test_a_digest_changes_with_names_values_shapes_and_types():
    a = {"w": torch.arange(6.0), "norm.num_batches_tracked": torch.tensor(3)}
    alike = {"norm.num_batches_tracked": torch.tensor(9), "w": torch.arange(6.0)}
    others = [{"v": a["w"]}, {"w": a["w"] + 1}, {"w": a["w"].view(2, 3)}, {"w": a["w"].double()}]
    assert digest(a) == digest(alike)
    assert len({digest(a), *map(digest, others)}) == 5


@pytest.mark.parametrize("name", ["inception", "efficientnet_lite0", "mobilenet_v3_small"])
def test_loading_leaves_random_numbers_alone(name, tmp_path):
    """A run that is judged while it trains must not depend on it."""
    own = {"inception": Inception, "efficientnet_lite0": EfficientNetLite0}
    net = own[name]() if name in own else models.get_model(name, weights=None)
    torch.save(seeded(net), tmp_path / "net.pth")
    before = torch.get_rng_state()
    extractor(name, tmp_path / "net.pth")
    assert torch.equal(torch.get_rng_state(), before)
