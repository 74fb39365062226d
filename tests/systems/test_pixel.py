"""PixelCNN and PixelRNN as systems: exact bits, labels, samples."""

import math

import pytest
import torch

from ganworks import checks, registry
from ganworks.engine.engine import Engine


def build(name="pixelcnn", **settings):
    torch.manual_seed(0)
    tiny = {"size": 2, "channels": 1, "width": 4, "layers": 2, "mixtures": 2}
    return registry.build(name, **(tiny | settings))[0]


@pytest.mark.parametrize("name", ["pixelcnn", "pixelrnn"])
def test_probabilities_of_all_pictures_are_1_together(name):
    """The bits are exact: of two pixels with 256 values each, all 65,536 pictures."""
    system = build(name).double()
    with torch.no_grad():
        values = torch.arange(256, dtype=torch.float64) / 127.5 - 1
        pictures = torch.cartesian_prod(values, values).view(-1, 1, 1, 2)
        total = sum((-2 * math.log(2) * system.bits(part)).exp().sum() for part in pictures.split(8192))
    assert total.item() == pytest.approx(1, abs=1e-6)


def test_bits_without_labels_are_of_the_mixture_of_classes():
    system = build(classes=3).double()
    picture = torch.rand(4, 1, 2, 2, dtype=torch.float64) * 2 - 1
    each = torch.stack([(-4 * math.log(2) * system.bits(picture, torch.full((4,), k))).exp() for k in range(3)])
    expected = -each.mean(0).log() / (4 * math.log(2))
    torch.testing.assert_close(system.bits(picture), expected)
    assert (each.std(0) > 0).all()


def test_the_loss_is_the_mean_of_bits():
    system = build(classes=3)
    batch = {"image": torch.rand(4, 1, 2, 2) * 2 - 1, "label": torch.tensor([0, 1, 2, 0])}
    assert torch.equal(system.loss(batch)["bits"], system.bits(batch["image"], batch["label"]).mean())


@pytest.mark.parametrize("settings", [{"name": "pixelrnn", "kind": "diagonal"}, {"stacks": 1}])
@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_other_kinds_keep_the_rules(settings, check):
    check(lambda: build(size=(5, 3), channels=3, **settings))


def test_samples_are_8_bit_pictures_in_float32():
    image = build(size=(5, 7), channels=4).sample(3, seed=0)["image"]
    assert image.shape == (3, 4, 5, 7)
    assert image.dtype == torch.float32
    levels = (image + 1) * 127.5
    torch.testing.assert_close(levels, levels.round(), rtol=0, atol=1e-3)
    assert levels.unique().numel() > 50


def test_a_few_steps_learn_constant_pictures():
    """Each picture has one value throughout: the first pixel costs 8 bits, all others nearly nothing."""

    class Constant:
        batch, position, seed = 16, 0, 0

        def __next__(self):
            generator = torch.Generator().manual_seed(self.position)
            self.position += self.batch
            grey = torch.randint(256, (16, 1, 1, 1), generator=generator) / 127.5 - 1
            return {"image": grey.expand(-1, 1, 6, 6).clone()}

    system = build(size=6, width=16, mixtures=5)
    engine = Engine(system, Constant(), device="cpu", precision="float32", lr={"G": 1e-2})
    engine.take_step()
    begin = engine.terms["G.bits"].item()
    for _ in range(80):
        engine.take_step()
    assert begin > 6
    assert engine.terms["G.bits"].item() < begin - 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stacks": 3}, "stacks is 3"),
        ({"width": 0}, "width is 0"),
        ({"name": "pixelrnn", "kind": "column"}, "kind is 'column'; possible: row, diagonal"),
        ({"name": "pixelrnn", "layers": 0}, "layers 0"),
        ({"size": (1, 8)}, "size is 1x8"),
    ],
)
def test_what_is_wrong_is_said(settings, message):
    with pytest.raises(ValueError, match=message):
        build(**settings)
