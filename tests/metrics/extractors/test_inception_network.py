"""The network of FID: the same numbers as torch-fidelity 0.4.0's for the same weights."""

import json

import pytest
import torch
from safetensors.torch import save_file
from seeded_weights import seeded, seeded_pictures

from ganworks.metrics.extractors import extractor
from ganworks.metrics.extractors.prepare import resize_as_tensorflow_1
from ganworks.nets.inception import Inception

# What FeatureExtractorInceptionV3("x", ["2048", "logits_unbiased"], FILE) of torch-fidelity gives for
# seeded(Inception()), saved as FILE, and seeded_pictures(2, 3, 40, 30).
FEATURES = {(0, 1): 6.827168, (0, 2): 0.532145, (1, -3): 4.746367, (1, -2): 8.813202, (1, -1): 0.66813}
MEAN = 1.8434664
LOGITS = {(0, 0): 0.34302, (0, 1): 1.35036, (0, 2): 14.86345, (1, -3): -3.99428, (1, -2): -3.45178, (1, -1): 1.00984}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("inception") / "inception.pth"
    torch.save(seeded(Inception()), path)
    return path


@pytest.fixture(scope="module")
def inception(weights):
    return extractor("inception", weights)


def test_features_and_logits_are_torch_fidelitys(inception):
    features, logits = inception(seeded_pictures(2, 3, 40, 30))
    assert features.shape == (2, 2048) and logits.shape == (2, 1008)
    assert features.mean().item() == pytest.approx(MEAN, rel=1e-5)
    for place, value in FEATURES.items():
        assert features[place].item() == pytest.approx(value, rel=1e-5)
    for place, value in LOGITS.items():
        assert logits[place].item() == pytest.approx(value, abs=2e-4)


def test_folding_changes_rounding_only(inception):
    net = Inception()
    net.load_state_dict(seeded(net))
    pictures = seeded_pictures(2, 3, 40, 30)
    with torch.no_grad():
        plain = net.eval().features(inception.prepare(pictures))
    features = inception(pictures).features
    assert ((features - plain).abs().max() / plain.abs().max()).item() < 1e-5
    assert (features[0] - features[1]).abs().mean() > 0.01  # the pictures do reach the end


def test_grey_is_repeated_and_alpha_goes_on_white(inception):
    grey = seeded_pictures(1, 1, 20, 20)
    clear = torch.cat([grey.expand(-1, 3, -1, -1), torch.zeros_like(grey)], 1)
    white = torch.full((1, 3, 20, 20), 255, dtype=torch.uint8)
    wanted, shown = inception(torch.cat([grey.expand(-1, 3, -1, -1), white])).features
    assert torch.allclose(inception(grey).features[0], wanted, rtol=1e-5)
    assert torch.allclose(inception(clear).features[0], shown, rtol=1e-5)


def test_a_safetensors_file_of_the_same_weights_has_the_same_facts(weights, inception, tmp_path):
    save_file(torch.load(weights, weights_only=True), tmp_path / "same.safetensors")
    other = extractor("inception", tmp_path / "same.safetensors")
    assert other.facts == inception.facts
    assert len(other.facts["weights"]) == 16
    json.dumps(other.facts)


def test_resizing_is_that_of_tensorflow_1():
    """Corners stay: 2 pixels to 4 are the first, their middle, the second, the second again."""
    row = torch.tensor([[0, 100], [200, 250]], dtype=torch.uint8).view(1, 1, 2, 2)
    assert resize_as_tensorflow_1(row, 4)[0, 0].tolist() == [
        [0, 50, 100, 100],
        [100, 137.5, 175, 175],
        [200, 225, 250, 250],
        [200, 225, 250, 250],
    ]


def test_shrinking_takes_pixels_without_averaging():
    ramp = torch.arange(0, 16, dtype=torch.uint8).view(1, 1, 1, 16).expand(-1, -1, 16, -1)
    assert resize_as_tensorflow_1(ramp, 4)[0, 0, 0].tolist() == [0, 4, 8, 12]


def test_weights_of_another_network_are_named(tmp_path):
    torch.save({"fc.weight": torch.zeros(3, 3)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other\.pth holds no weights of the Inception network.*is missing"):
        extractor("inception", tmp_path / "other.pth")
