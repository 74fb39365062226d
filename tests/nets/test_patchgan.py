"""Patch discriminators see as much as they say."""

import pytest
import torch
from torch import nn

from ganworks.layers.convolution import Convolution
from ganworks.nets.patchgan import FIELDS, PatchDiscriminator, Pyramid, halved, receptive_field, suiting_field


@pytest.mark.parametrize("field", FIELDS)
def test_the_formula_gives_the_field(field):
    convolutions = [part for part in PatchDiscriminator(1, field, width=1).modules() if isinstance(part, Convolution)]
    assert receptive_field([(part.kernel_size[0], part.stride[0]) for part in convolutions]) == field


@pytest.mark.parametrize("field", FIELDS)
def test_a_logit_depends_on_as_many_pixels(field):
    """Weights that cannot cancel, and a logit in the middle: its gradient is not 0 on just a square of that side."""
    D = PatchDiscriminator(1, field, width=1, norm="none").double()
    for parameter in D.parameters():
        nn.init.constant_(parameter, 0.1)
    side = 2 * field + 2 * 2 ** FIELDS[field]
    x = torch.ones(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    logits = D(x)
    logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2].backward()
    rows, columns = (x.grad[0, 0] != 0).nonzero().T
    assert len(rows) == field**2
    assert rows.max() - rows.min() == columns.max() - columns.min() == field - 1


def test_layers_of_the_paper():
    """Section 6.1.2: C64-C128-C256-C512, and 30 x 30 logits for 256 x 256 pixels."""
    D = PatchDiscriminator(6, width=1)
    assert D(torch.randn(1, 6, 256, 256)).shape == (1, 1, 30, 30)
    assert [64 * layer[0].out_channels for layer in D.layers[:-1]] == [64, 128, 256, 512]


def test_maps_end_with_the_logits():
    D, x = PatchDiscriminator(2, 34, width=4), torch.randn(1, 2, 32, 32)
    maps = D.maps(x)
    assert [tuple(made.shape[1:]) for made in maps] == [(4, 16, 16), (8, 8, 8), (16, 7, 7), (1, 6, 6)]
    torch.testing.assert_close(maps[-1], D(x))


@pytest.mark.parametrize(
    ("size", "field"), [((256, 256), 70), ((128, 300), 70), ((64, 64), 34), ((32, 64), 16), ((8, 8), 16)]
)
def test_the_field_that_suits(size, field):
    assert suiting_field(size) == field
    assert PatchDiscriminator(1, field, width=2)(torch.randn(2, 1, *size)).isfinite().all()


@pytest.mark.parametrize("field", [field for field in FIELDS if field > 1])
def test_the_smallest_pictures_of_a_field(field):
    """One logit at least, and no norm of a single place; of smaller pictures it is said what to do."""
    least = 3 * 2 ** FIELDS[field]
    assert suiting_field((least, 999), field) == field
    assert PatchDiscriminator(1, field, width=1)(torch.randn(1, 1, least, least)).shape == (1, 1, 1, 1)
    with pytest.raises(ValueError, match=f"field is {field}, for which D needs pictures of {least} pixels a side"):
        suiting_field((least - 1, 999), field)


def test_an_unknown_field_is_named():
    with pytest.raises(ValueError, match="field is 64; possible: 1, 16, 34, 70, 142, 286 pixels"):
        PatchDiscriminator(3, 64)


def test_a_pyramid_judges_each_size():
    pyramid, x = Pyramid(3, 2, 16, width=4), torch.randn(1, 2, 32, 48)
    judged = pyramid(x)
    assert [tuple(maps[0].shape[2:]) for maps in judged] == [(16, 24), (8, 12), (4, 6)]
    torch.testing.assert_close(judged[1][-1], pyramid.critics[1](halved(x)))
    torch.testing.assert_close(pyramid(halved(x), skip=1)[0][-1], judged[1][-1])
    assert len(pyramid(x, skip=2)) == 1


def test_halves_are_means():
    assert halved(torch.full((1, 1, 5, 8), 0.5)).equal(torch.full((1, 1, 3, 4), 0.5)), "no dark border"
    ramp = torch.arange(9.0).expand(1, 1, 9, 9)
    assert halved(ramp)[0, 0, 2].tolist() == [0.5, 2, 4, 6, 7.5]
