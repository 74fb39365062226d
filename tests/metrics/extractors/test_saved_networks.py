"""The small classifier, its file, and files that name their network."""

import json

import pytest
import torch
from safetensors.torch import save_file
from seeded_weights import seeded, seeded_pictures
from torch.nn.functional import cross_entropy
from torchvision import models

from ganworks.data import from_bytes, open_pictures
from ganworks.metrics.extractors import extractor
from ganworks.nets.classifier import HEADER, Classifier, load_network, save_network


def made(path, channels=1, size=(28, 28)):
    net = Classifier(channels, size, 3, width=4)
    net.load_state_dict(seeded(net))
    save_network(path, net, {"classes": ["a", "b", "c"], "accuracy": 0.9, "data": "somewhere"})
    return net.eval()


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (7, 7), (28, 28), (100, 37)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_size_and_channels(size, channels):
    net = Classifier(channels, size, 5, width=4).eval()
    x = torch.rand(2, channels, *size) * 2 - 1
    features = net.features(x)
    assert features.shape == (2, 32) and (features >= 0).all()
    assert torch.allclose(net(x), net.head(features)) and net(x).shape == (2, 5)


def test_it_learns():
    """Four classes of clothes that are easy to tell apart, in 40 steps."""
    torch.manual_seed(0)
    batch = open_pictures("fashion_mnist_10k").read(torch.arange(1600))
    keep = torch.isin(batch["label"], torch.tensor([1, 5, 8, 0]))
    x, y = from_bytes(batch["image"][keep]), batch["label"][keep]
    net = Classifier(1, (28, 28), 10, width=8)
    adam = torch.optim.Adam(net.parameters(), 5e-3)
    for step in range(40):
        rows = torch.arange(step * 48, step * 48 + 48) % 480
        loss = cross_entropy(net(x[rows]), y[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
    with torch.no_grad():
        assert (net.eval()(x[480:]).argmax(1) == y[480:]).float().mean() > 0.8


def test_a_file_gives_back_the_same_network(tmp_path):
    net = made(tmp_path / "clothes.safetensors")
    again, facts = load_network(tmp_path / "clothes.safetensors")
    x = torch.rand(2, 1, 28, 28)
    with torch.no_grad():
        assert torch.equal(net(x), again(x))
    assert not again.training and facts["accuracy"] == 0.9
    assert [path.name for path in tmp_path.iterdir()] == ["clothes.safetensors"]


def test_the_extractor_of_a_file(tmp_path):
    net = made(tmp_path / "clothes.safetensors")
    network = extractor(str(tmp_path / "clothes.safetensors"))
    pictures = seeded_pictures(3, 1, 28, 28)
    features, logits = network(pictures)
    with torch.no_grad():
        assert torch.allclose(features, net.features(from_bytes(pictures)), atol=1e-5)
        assert torch.allclose(logits, net(from_bytes(pictures)), atol=1e-5)
    assert (network.name, network.dim, network.classes) == ("clothes", 32, ("a", "b", "c"))
    assert network.facts["trained on"] == "somewhere"
    json.dumps(network.facts)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_of_another_kind_are_converted(tmp_path, channels):
    made(tmp_path / "a.safetensors", channels)
    network = extractor(str(tmp_path / "a.safetensors"))
    grey = seeded_pictures(2, 1, 28, 28)
    wanted = network(grey).features
    opaque = torch.cat([grey.expand(-1, 3, -1, -1), torch.full_like(grey, 255)], 1)
    for same in (opaque, opaque[:, :3]):
        assert torch.allclose(network(same).features, wanted, atol=1e-5)
    assert network(seeded_pictures(2, 3, 61, 30)).features.shape == (2, 32)


def test_a_file_may_name_any_network(tmp_path):
    net = models.get_model("resnet18", weights=None, num_classes=2)
    tensors = {name: tensor.contiguous() for name, tensor in seeded(net).items()}
    save_file(tensors, tmp_path / "a.safetensors", {HEADER: json.dumps({"architecture": "resnet18"})})
    assert extractor(str(tmp_path / "a.safetensors")).facts["network"] == "torchvision resnet18"


def test_files_that_are_not_what_they_should_be(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"w": torch.ones(1)}, path)
    with pytest.raises(ValueError, match=r"doesn't say what network it belongs to; name it: --features NAME --weights"):
        extractor(str(path))
    with pytest.raises(ValueError, match="holds no classifier"):
        load_network(path)
    path.write_bytes(b"nothing")
    for read in (load_network, lambda path: extractor(str(path))):
        with pytest.raises(ValueError, match="can't be read as safetensors") as caught:
            read(path)
        assert "\n" not in str(caught.value)
    header = {"architecture": "classifier", "settings": {"channels": 1, "size": [8, 8], "classes": 2, "width": 4}}
    save_file({"w": torch.ones(1)}, path, {HEADER: json.dumps(header)})
    with pytest.raises(ValueError, match="is damaged"):
        load_network(path)
