from pathlib import Path

import pytest
import torch
from paintings import Lamps, Painting, build

from ganworks.latent.codes import draw, make
from ganworks.latent.dissect import dissect, quarter
from ganworks.latent.layers import dropping, maps_read
from ganworks.latent.recogniser import Recogniser
from ganworks.nets.classifier import Classifier, save_network
from ganworks.registry import Unknown


def test_a_lamp_is_forgotten_and_the_other_stays():
    """Map 0 draws the left lamp, and only it."""
    found = dissect(Lamps(), Lamps.classify, Lamps.evidence, 0, num=300)
    assert found.layer == "2x8x8"
    assert found.dropped.tolist() == [0]
    assert found.weights[0] > 0 > found.weights[1]
    assert found.accuracy > 0.8  # where both lamps shine, the left one is there too
    assert found.kept.thing == 0
    assert found.kept.others == 1
    assert found.kept.share == 0
    assert (found.after[:, 0, :, :4] == -1).all()
    torch.testing.assert_close(found.after[:, :, :, 4:], found.before[:, :, :, 4:])
    assert found.control.thing > 0  # half of the time it is the other map
    assert len(found.has) == len(found.before) == 100


def test_what_cannot_be_dissected():
    system = Lamps()
    with pytest.raises(Unknown, match="2x8x8"):
        dissect(system, Lamps.classify, Lamps.evidence, 0, layer="3x8x8")
    with pytest.raises(ValueError, match="0 of 100 samples are of the class"):
        dissect(system, Lamps.classify, Lamps.evidence, 5, num=300)
    with pytest.raises(ValueError, match="no convolutions"):
        dissect(Painting(), Lamps.classify, Lamps.evidence, 0)


def test_the_paper_s_layer():
    """Of DCGAN at 64x64 the second highest: 256 maps of 16x16 at the paper's width of 128."""
    system = build("dcgan", size=64, width=4)
    assert quarter(system, maps_read(system, draw(system, 1, 0))) == "8x16x16"


def test_dropped_maps_are_dropped_and_come_back():
    system = build("dcgan")
    inputs = draw(system, 3, 0)
    before = make(system, inputs)
    with dropping(system, ["G.last"], torch.arange(4)):
        torch.testing.assert_close(make(system, inputs), torch.zeros_like(before) + system.G.last.bias.item())
    assert torch.equal(make(system, inputs), before)


def test_where_a_classifier_sees_a_class(tmp_path: Path):
    """The evidence at all places, without its floor, adds up to the logit, less the bias."""
    torch.manual_seed(0)
    net = Classifier(1, (8, 8), 2, width=4)
    net.head.weight.data.abs_()  # so that no evidence is negative
    save_network(tmp_path / "net.safetensors", net, {"classes": ["cat", "dog"]})
    classes = Recogniser(tmp_path / "net.safetensors")
    images = torch.rand(5, 3, 16, 16) * 2 - 1
    evidence = classes.evidence(images, 1)
    logits = classes.net.head(classes.maps(images).mean((2, 3)))
    torch.testing.assert_close(evidence.mean((1, 2)), logits[:, 1] - classes.net.head.bias[1])
    assert classes(images).tolist() == logits.argmax(1).tolist()
    assert classes.names == ["cat", "dog"]
    with pytest.raises(ValueError, match="ganworks features train"):
        Recogniser(tmp_path / "other.safetensors")
