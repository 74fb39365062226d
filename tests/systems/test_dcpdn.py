"""DCPDN: the law of haze and its inverse, the losses by hand, the stages, and what it is given."""

import numpy as np
import pytest
import torch

from ganworks import registry
from ganworks.data.degrade import Degrade
from ganworks.systems.restore.dcpdn import cleared


def build(**settings: object):
    torch.manual_seed(0)
    return registry.build("dcpdn", **registry.find("dcpdn").tiny | settings)[0]


def batch_for(system, num: int = 3) -> dict[str, torch.Tensor]:
    return {name: spec.random(num) for name, spec in system.specs.items()}


def test_the_haze_of_the_data_is_cleared_by_what_the_data_say():
    """To rounding, which thick haze enlarges."""
    clear = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    entries = Degrade.parse("haze:0.4-0.8")(clear, 1, np.random.default_rng(1))
    hazy, through, air = (torch.from_numpy(entries[name]) for name in ("other", "transmission", "airlight"))
    hazy = hazy / 127.5 - 1
    made = cleared(*(x.permute(2, 0, 1)[None] for x in (hazy, 2 * through - 1, 2 * air - 1)))
    error = (made[0].permute(1, 2, 0) * 127.5 + 127.5 - torch.from_numpy(clear)).abs()
    assert (error <= 0.51 / through).all()


def test_what_is_seen_and_cleared_is_the_hazy_picture_again():
    system = build().eval()
    hazy = system.specs["other"].random(2)
    with torch.no_grad():
        transmission, air = system.seen(hazy)
        clear = system.restore(hazy)
    through = (transmission + 1) / 2
    assert through.min() >= 0.05
    torch.testing.assert_close(clear * through + air * (1 - through), hazy, atol=1e-5, rtol=1e-4)


def test_the_losses_are_0_where_all_is_right():
    system = build()
    batch = batch_for(system)
    batch["transmission"] = batch["transmission"] * 0.5 + 0.5
    right = system.parts_loss(batch, batch["transmission"], batch["airlight"])
    assert right.keys() == {"transmission", "slopes", "features", "airlight"}
    assert all(value == 0 for value in right.values())
    off = system.parts_loss(batch, batch["transmission"] + 0.1, batch["airlight"])
    assert off["transmission"].item() == pytest.approx(0.01, rel=1e-4)
    assert off["slopes"].item() == pytest.approx(0, abs=1e-8), "a constant changes no slope"
    assert off["features"] > 0


def test_the_stages_and_without_a_critic():
    system = build(steps=4)
    assert [[turn.player for turn in system.turns(step)] for step in range(4)] == [["G"]] * 2 + [["G", "D"]] * 2
    assert system.g_loss(batch_for(system)).keys() >= {"clear", "joint"}
    alone = build(joint=0.0)
    assert [turn.player for turn in alone.turns(3)] == ["G"]
    assert "joint" not in alone.g_loss(batch_for(alone))


def test_it_clears_haze_alone():
    with pytest.raises(ValueError, match="dcpdn clears haze"):
        build(degrade="noise:25")
    assert build(degrade="haze:1-2").translate(torch.zeros(1, 3, 21, 40)).shape == (1, 3, 21, 40)
