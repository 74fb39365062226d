"""Pixels and random convolutions, and what all extractors refuse."""

import json
import subprocess
import sys

import pytest
import torch
from seeded_weights import seeded_pictures
from torch.nn.functional import avg_pool2d
from torchvision.transforms.functional import gaussian_blur

from ganworks.data import open_pictures
from ganworks.metrics.extractors import extractor, names
from ganworks.metrics.extractors.convs import random_weights
from ganworks.metrics.extractors.prepare import with_channels


def test_pixels_that_fit_are_exact():
    pictures = seeded_pictures(3, 1, 28, 20)
    pixels = extractor("pixels", size=(28, 20), channels=1)
    features, logits = pixels(pictures)
    assert torch.equal(features, pictures.flatten(1).float() / 255) and logits is None
    assert pixels.dim == 560 and pixels.facts["size"] == [28, 20]


def test_larger_pictures_are_averaged():
    pictures = seeded_pictures(2, 3, 128, 64)
    features = extractor("pixels", size=(128, 64))(pictures).features
    assert torch.allclose(features, (avg_pool2d(pictures.float(), (4, 2)) / 255).flatten(1))


def test_without_a_size_all_pictures_become_alike():
    pixels = extractor("pixels")
    assert {pixels(seeded_pictures(1, c, *size)).features.shape for c in (1, 3, 4) for size in [(1, 1), (28, 50)]} == {
        (1, 3072)
    }


def test_weights_of_convs_are_the_same_everywhere():
    first = [value for weight in random_weights(0) for value in weight.contiguous().flatten()[:2].tolist()]
    assert first == pytest.approx(
        [0.119303, -0.2201504, 0.1093142, 0.1082419, 0.0482371, 0.1390817, 0.092143, -0.0583026], abs=1e-6
    )
    features = extractor("convs")(seeded_pictures(2, 3, 40, 30)).features
    assert features[0, ::200].tolist() == pytest.approx([0.084821, 0.272994, 0.260687, 0.051805, 0.357308], abs=1e-5)


def test_convs_keep_the_size_of_signals():
    """He's bound, so that no layer's features drown another's."""
    features = extractor("convs")(seeded_pictures(50, 3, 32, 32)).features
    layers = features.split([160, 160, 320, 320], dim=1)
    spreads = [layer.std(0).mean().item() for layer in layers]
    assert max(spreads) < 10 * min(spreads)


def test_another_seed_is_another_network():
    pictures = seeded_pictures(1, 3, 32, 32)
    a, b = extractor("convs", seed=1), extractor("convs", seed=2)
    assert not torch.allclose(a(pictures).features, b(pictures).features)
    assert a.facts != b.facts


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (28, 28), (31, 64)])
def test_convs_take_any_size(size):
    features = extractor("convs", size=size)(seeded_pictures(2, 3, *size)).features
    assert features.shape == (2, 960) and features.isfinite().all()


def test_convs_order_faults_by_their_size():
    """Fréchet distance to other real pictures: untouched < slight noise < blur < strong noise."""
    real = open_pictures("fashion_mnist_10k").read(torch.arange(1000))["image"]
    ours, others = real[:500], real[500:]
    noise = torch.randn(ours.shape, generator=torch.Generator().manual_seed(0))
    faults = [ours, ours + 5 * noise, gaussian_blur(ours.float(), 9, 0.7), ours + 60 * noise]
    convs = extractor("convs", size=(28, 28))
    reference = convs(others).features
    distances = [
        frechet(convs(fault.round().clamp(0, 255).byte()).features, reference)
        for fault in map(torch.Tensor.float, faults)
    ]
    assert distances == sorted(distances)
    assert distances[2] > 2 * distances[0]


def frechet(a, b):
    """With fewer pictures than features: the trace of the root of the product is a nuclear norm."""
    a, b = a.double(), b.double()
    mean = (a.mean(0) - b.mean(0)).square().sum()
    a, b = ((x - x.mean(0)) / (len(x) - 1) ** 0.5 for x in (a, b))
    return (mean + a.square().sum() + b.square().sum() - 2 * torch.linalg.matrix_norm(a @ b.T, "nuc")).item()


@pytest.mark.parametrize("name", ["convs", "pixels"])
def test_batches_do_not_matter(name, monkeypatch):
    network = extractor(name, size=(16, 16))
    pictures = seeded_pictures(7, 3, 16, 16)
    together = network(pictures).features
    monkeypatch.setattr(network, "chunk", 3)
    assert torch.allclose(network(pictures).features, together, atol=1e-6)
    json.dumps(network.facts)


def test_autocast_around_does_not_matter():
    pictures, network = seeded_pictures(2, 3, 32, 32), extractor("convs")
    with torch.autocast("cpu", torch.bfloat16):
        inside = network(pictures).features
    assert torch.equal(inside, network(pictures).features) and not inside.requires_grad


def test_channels_follow_the_rules_of_the_data():
    rgba = torch.tensor([[200, 100, 50, 255], [200, 100, 50, 0], [200, 100, 50, 51]], dtype=torch.uint8).view(
        3, 4, 1, 1
    )
    assert with_channels(rgba, 3).flatten(1).tolist() == [[200, 100, 50], [255, 255, 255], [244, 224, 214]]
    assert with_channels(rgba, 1).flatten().tolist() == [124, 255, 229]
    assert with_channels(rgba[:, :1], 4).flatten(1).tolist() == [[200, 200, 200, 255]] * 3


@pytest.mark.parametrize(
    ("pictures", "sentence"),
    [
        (torch.zeros(2, 3, 8, 8), "pictures of type float32; .* use ganworks.data.to_bytes first"),
        (torch.zeros(2, 2, 8, 8, dtype=torch.uint8), r"pictures of shape \(2, 2, 8, 8\); possible are bytes"),
        (torch.zeros(3, 8, 8, dtype=torch.uint8), r"pictures of shape \(3, 8, 8\)"),
        (torch.zeros(0, 3, 8, 8, dtype=torch.uint8), r"pictures of shape \(0, 3, 8, 8\)"),
    ],
)
def test_what_is_no_pictures(pictures, sentence):
    with pytest.raises(ValueError, match=sentence):
        extractor("pixels")(pictures)


@pytest.mark.parametrize(
    ("name", "weights", "sentence"),
    [
        ("inceptoin", None, "unknown feature network 'inceptoin'. Did you mean inception. Possible: inception, eff"),
        ("resnet19", None, "Did you mean resnet1"),
        ("zzzz", None, "network 'zzzz'. Possible"),
        ("convs", "a.pth", "convs has no weights"),
        ("missing.onnx", None, "no file missing.onnx"),
        ("missing.safetensors", None, "no file missing.safetensors"),
        ("a.safetensors", "b.pth", "brings its own weights"),
    ],
)
def test_names_that_are_wrong(name, weights, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        extractor(name, weights)
    assert "\n" not in str(caught.value)


def test_names_need_no_torch():
    code = "import sys, ganworks.metrics.extractors as e; print(*e.names(), 'torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert shown == [*names(), "False"] and "inception" in shown
