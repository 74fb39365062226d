"""Packs: what D is given, and what it may not be."""

import pytest
import torch
from duels import batch_for, build


def test_a_pack_holds_neighbours_side_by_side():
    system = build("pacgan", pack=3, dim=2)
    x = torch.arange(12.0).view(6, 2)
    assert system.packed(x).tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


def test_pictures_are_packed_along_channels():
    system = build("pacgan", channels=3)
    x = torch.randn(4, 3, 16, 16).to(memory_format=torch.channels_last)
    packs = system.packed(x)
    assert packs.shape == (2, 6, 16, 16)
    assert torch.equal(packs[1, :3], x[2])
    assert torch.equal(packs[1, 3:], x[3])


@pytest.mark.parametrize(("num", "expected"), [(5, [[0, 1, 2], [3, 4, 0]]), (1, [[0, 0, 0]])])
def test_an_incomplete_pack_is_filled_from_the_beginning(num, expected):
    system = build("pacgan", pack=3, dim=1)
    assert system.packed(torch.arange(float(num)).view(num, 1)).tolist() == expected


def test_only_ds_first_layer_is_wider():
    one, three = build("pacgan", pack=1), build("pacgan", pack=3)
    differing = {
        name: (tuple(param.shape), tuple(other.shape))
        for (name, param), other in zip(one.named_parameters(), three.parameters(), strict=True)
        if param.shape != other.shape
    }
    assert differing == {"D.layers.0.weight": ((4, 1, 4, 4), (4, 3, 4, 4))}


@pytest.mark.parametrize("settings", [{}, {"dim": 2}], ids=["pictures", "points"])
def test_no_pack_mixes_real_and_fake(settings):
    """With an odd number of examples, packs made of real and fake ones in a row would."""
    system = build("pacgan", **settings)
    seen = []
    system.D.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    real = torch.zeros(5, *system.specs[system.entry].shape)
    logits = system.judge({}, real, real + 1)
    assert [len(each) for each in logits] == [3, 3]
    assert all(len(pack.unique()) == 1 for pack in torch.cat(seen))


def test_a_pack_is_judged_by_all_its_examples():
    """The gradient of one logit reaches both examples of its pack, and no others."""
    system = build("pacgan", dim=2)
    x = torch.randn(6, 2, requires_grad=True)
    (logits,) = system.judge({}, x)
    (gradient,) = torch.autograd.grad(logits[1], x)
    assert gradient.abs().sum(1).gt(0).tolist() == [False, False, True, True, False, False]


def test_each_example_has_the_score_of_its_pack():
    system = build("pacgan", dim=2)
    scores = system.scores(batch_for(system, 5))
    for values in scores.values():
        assert values.shape == (5,)
        assert values[0] == values[1] != values[2] == values[3] != values[4]


def test_optimisers_are_those_of_the_sources():
    for settings, expected in (({}, (2e-4, (0.5, 0.999))), ({"dim": 2}, (1e-4, (0.8, 0.999)))):
        player = build("pacgan", **settings).players()["D"]
        group = player.optimizer(player.params).param_groups[0]
        assert (group["lr"], group["betas"]) == expected


def test_a_pack_has_at_least_one_example():
    with pytest.raises(ValueError, match="pack is 0; it must be at least 1"):
        build("pacgan", pack=0)
