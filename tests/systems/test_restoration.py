"""Pictures made larger: what nets begin with, what they may not change, and the formulas."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from ganworks import data, registry
from ganworks.checks import engine_for
from ganworks.layers.bicubic import enlarged
from ganworks.losses.relativistic_average import relativistic_average_d, relativistic_average_g
from ganworks.nets import filter_bank
from ganworks.nets.filter_bank import FilterBank
from ganworks.nets.restoration_critics import UNetCritic
from ganworks.systems.restoration import flat, luma, stepped
from ganworks.systems.restore.vdsr import Clipped

NETS = ("edsr", "vdsr", "srgan", "esrgan")


def build(name, **settings):
    torch.manual_seed(0)
    return registry.build(name, **registry.find(name).tiny | settings)[0]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_enlarged_is_pillows_bicubic(scale):
    # Pillow rounds and clamps between its two passes; these never leave the range.
    pixels = np.random.default_rng(0).integers(64, 192, (9, 7, 3), dtype=np.uint8)
    theirs = np.asarray(Image.fromarray(pixels).resize((7 * scale, 9 * scale), Image.Resampling.BICUBIC))
    x = data.from_bytes(torch.from_numpy(pixels)).permute(2, 0, 1)[None]
    ours = data.to_bytes(enlarged(x, scale))[0].permute(1, 2, 0).numpy()
    assert np.abs(ours.astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("name", [*NETS, "raisr"])
def test_all_begin_with_the_bicubic_picture(name, scale, channels):
    system = build(name, scale=scale, channels=channels, size=24)
    assert system.specs["other"].shape == (channels, 24 // scale, 24 // scale)
    x = torch.rand(2, channels, 7, 5) * 2 - 1
    assert torch.allclose(system.translate(x), enlarged(x, scale).clamp(-1, 1), atol=1e-6)


@pytest.mark.parametrize("name", NETS)
def test_without_the_skip_the_net_makes_it_all(name):
    system = build(name, skip=False, scale=3, size=18)
    x = torch.rand(2, 3, 7, 5) * 2 - 1
    made = system.translate(x)
    assert made.shape == (2, 3, 21, 15)
    assert (made - enlarged(x, 3)).abs().mean() > 0.1


@pytest.mark.parametrize("name", ["vdsr", "raisr"])
def test_only_brightness_is_learnt(name):
    system = build(name)
    nn.init.normal_(system.G.last.weight, 0.1) if name == "vdsr" else nn.init.normal_(system.G.filters, 0, 0.01)
    x = torch.rand(1, 3, 8, 8) - 0.5
    change = system.restore(x) - enlarged(x, 2)
    assert change.abs().max() > 1e-3
    assert torch.allclose(change, luma(change).expand_as(change), atol=1e-6)  # the same in red, green and blue


@pytest.mark.parametrize("name", ["vdsr", "edsr"])
def test_a_few_steps_bring_it_nearer(name):
    """To pictures that are twice as bright as what they are made of."""
    engine = engine_for(lambda: build(name), lr=1e-2)
    first = None
    for _ in range(25):
        batch = next(engine.stream)
        batch["image"] = enlarged(batch["other"], 2) / 2
        engine.update(engine.system.turns(0)[0], [batch])
        first = first or next(iter(engine.terms.values())).item()
    assert next(iter(engine.terms.values())).item() < 0.9 * first


def test_clipped_steps_are_theta_long_whatever_the_rate():
    for rate in (0.1, 0.001):
        weight = nn.Parameter(torch.zeros(4))
        optimizer = Clipped([weight], theta=0.4, lr=rate)
        weight.grad = torch.full((4,), 1e6)
        optimizer.step()
        assert weight.norm().item() == pytest.approx(0.4, rel=1e-4)


def test_relativistic_average():
    same = torch.randn(8).repeat(2)[:8].zero_() + 3
    assert relativistic_average_d(same, same).item() == pytest.approx(2 * math.log(2))
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([-1.0, 0.0])
    # C(x) - E C(y) = 1.5, 3.5; C(y) - E C(x) = -3, -2
    sigmoid = [1 / (1 + math.exp(-x)) for x in (1.5, 3.5, 3.0, 2.0)]
    expected = -sum(math.log(p) for p in sigmoid) / 2
    assert relativistic_average_d(real, fake).item() == pytest.approx(expected)
    assert relativistic_average_g(fake, real).item() == pytest.approx(relativistic_average_d(fake, real).item())
    assert relativistic_average_d(real + 7, fake + 7).item() == pytest.approx(expected)


def test_rates_fall_where_they_should():
    assert [stepped(step, 100, [1 / 4, 1 / 2], 0.1) for step in (0, 24, 25, 50, 99)] == pytest.approx(
        [1, 1, 0.1, 0.01, 0.01]
    )
    system = build("esrgan", first_steps=50, steps=150)
    assert [system.schedule(step) for step in (0, 10, 49, 50, 63, 75, 149)] == [2, 1, 1 / 8, 1, 1 / 2, 1 / 4, 1 / 16]


def test_the_critic_plays_in_the_second_stage():
    for name in ("srgan", "esrgan"):
        system = build(name)
        assert [[turn.player for turn in system.turns(step)] for step in (1, 2)] == [["G"], ["G", "D"]]


def test_both_stages_can_be_blended():
    engine = engine_for(lambda: build("esrgan"))
    while engine.step < 4:
        if engine.step == 2:
            first = flat(engine.system.G)
        engine.take_step()
    system, last = engine.system, flat(engine.system.G)
    assert torch.equal(system.first, first)
    assert not torch.equal(first, last)
    system.blend(0.25)
    assert torch.allclose(flat(system.G), 0.75 * first + 0.25 * last)
    system.blend(0)
    assert torch.equal(flat(system.G), first)
    with pytest.raises(ValueError, match="possible: 0"):
        system.blend(2)
    with pytest.raises(ValueError, match="EDSR has not learnt in two stages"):
        build("edsr").blend(0.5)


def test_a_planted_filter_is_found():
    """Where what is missing is a filtered version of what is there, least squares find the filter."""
    torch.manual_seed(0)
    bank = FilterBank(1, side=3, angles=2, levels=1)
    planted = torch.randn(9)
    x = torch.rand(8, 1, 32, 32) * 2 - 1
    missing = nn.functional.conv2d(bank.padded(x), planted.view(1, 1, 3, 3))
    bank.sums.data += bank.equations(x, missing)
    bank.solve()
    assert torch.allclose(bank.filters, planted.expand(2, 9), atol=1e-3)
    assert torch.allclose(bank(x), missing, atol=1e-2)


def test_filters_of_places_never_seen_add_nothing():
    bank = FilterBank(2, side=3, angles=8)
    x = torch.linspace(-1, 1, 16).repeat(1, 1, 16, 1)
    bank.sums.data += bank.equations(x, torch.ones_like(x))
    bank.solve()
    seen = bank.keys(x).unique()
    unseen = [key for key in range(len(bank.filters)) if key not in seen]
    assert 0 < len(seen) < len(bank.filters)
    assert bank.filters[unseen].abs().max() == 0
    assert (bank(x) - 1).abs().max() < 1e-2


def test_filters_are_found_where_rounding_hides_how_little_pixels_differ():
    """Sums in float32 over many enlarged pictures: a matrix that should be positive is not quite."""
    torch.manual_seed(0)
    bank = FilterBank(2, angles=1, levels=1)
    x = enlarged(0.9 + 0.05 * torch.randn(4, 1, 24, 24), 2)
    missing = 0.1 * x
    equations = bank.equations(x, missing)
    for _ in range(300):
        bank.sums.data += equations
    bank.solve()
    assert (bank(x) - missing).abs().mean() < 1e-3


def test_keys_tell_edges_apart():
    bank = FilterBank(1, angles=24)
    row = torch.sin(torch.arange(32) * 0.7)
    upright = row.repeat(1, 1, 32, 1)
    keys = [bank.keys(x)[0, 8:-8, 8:-8].unique() for x in (upright, upright.transpose(2, 3), 0 * upright)]
    angles = [key // 9 for key in keys]
    assert [len(key) for key in keys[::2]] == [1, 1]
    assert angles[0].tolist() == [0]
    assert angles[1].tolist() == [12]  # of 24: a quarter of a turn
    assert keys[0].item() % 9 == 8  # strong and coherent
    assert keys[2].item() % 9 == 0


def test_filters_are_used_in_strips_as_in_one(monkeypatch):
    bank = FilterBank(2, side=5, angles=4)
    nn.init.normal_(bank.filters)
    x = torch.rand(2, 1, 18, 22)
    whole = bank(x)
    monkeypatch.setattr(filter_bank, "AT_ONCE", 100)
    assert torch.allclose(bank(x), whole, atol=1e-5)


def test_the_unet_critic_judges_every_pixel():
    assert UNetCritic(3, 4)(torch.rand(2, 3, 21, 18)).shape == (2, 1, 21, 18)
    system = build("esrgan", critic="unet")
    engine = engine_for(lambda: system)
    for _ in range(4):
        engine.take_step()
    assert engine.skipped == 0
    assert all(len(value) == 8 for value in system.scores(next(engine.stream)).values())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scale": 5}, "scale is 5; possible: 1, 2, 3, 4"),
        ({"scale": 3}, "multiples of the scale 3"),
        ({"channels": 4}, "channels is 4; possible: 1 or 3"),
        ({"degrade": "dirt"}, "--degrade: 'dirt' was given"),
        ({"critic": "none"}, "critic is 'none'; possible: vgg, unet"),
    ],
)
def test_what_cannot_be_is_said(settings, message):
    with pytest.raises(ValueError, match=message):
        build("esrgan", **settings)
