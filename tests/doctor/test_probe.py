"""The probe's numbers on systems whose numbers are known, and that it leaves no trace."""

import json
import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.optim import SGD

from ganworks import checks, registry
from ganworks.core import Player, System, Turn
from ganworks.doctor.probe import NUM, Probe, told_apart
from ganworks.doctor.space import Space, k_means, reference_of
from ganworks.engine import state
from ganworks.engine.engine import Engine
from ganworks.specs import Image

RATE = 0.01


class Known(System):
    """G makes one picture of z times `spread`, D is linear with a slope of 5, each loss is a sum of weights."""

    def __init__(self, spread: float = 0.0):
        super().__init__()
        self.specs = {"image": Image(1, 8, 8)}
        self.spread = spread
        self.G, self.D = nn.Linear(4, 4), nn.Linear(64, 1, bias=False)
        nn.init.constant_(self.D.weight, 5 / 8)  # |w| = 5

    def players(self):
        sgd = partial(SGD, lr=RATE)
        return {"G": Player(self.G, sgd, ema=0.9), "D": Player(self.D, sgd)}

    def turns(self, step):
        return [Turn("G", lambda _: {"sum": sum(p.sum() for p in self.G.parameters())}), Turn("D", self.no_move)]

    def no_move(self, batch):
        return {"nothing": 0 * self.D.weight.sum()}

    def draw(self, num):
        return {"z": torch.randn(num, 64)}

    def generate(self, inputs):
        return {"image": (self.spread * inputs["z"]).view(-1, 1, 8, 8).clamp(-1, 1)}

    def scores(self, batch):
        fake = self.generate(batch)["image"]
        return {name: self.D(x.flatten(1))[:, 0] for name, x in (("real", batch["image"]), ("fake", fake))}


def real_pictures(num: int = 400) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(num, 1, 8, 8, generator=generator) * 2 - 1


def measured(system: System, steps: int = 1) -> dict:
    engine = Engine(system, checks.RandomStream(system.specs), device="cpu", precision="float32")
    real = {"image": real_pictures()}
    probe = Probe(real, Space(reference_of([real], "image"), NUM))
    for _ in range(steps):
        probe.measure(engine)
        engine.take_step()
        probe.compare(engine)
    return engine.measured()["health"]


def test_a_generator_of_one_picture():
    figures = measured(Known())
    assert figures["diversity"] == 0
    assert figures["twins"] == 1
    assert sorted(figures["cells"])[-2:] == [0, 1]
    assert figures["lost"] > 0.9
    assert figures["edge"] == 0


def test_a_generator_at_the_limits():
    figures = measured(Known(spread=1e9))
    assert figures["edge"] == 1
    assert figures["edge_real"] == pytest.approx(0.01, abs=0.005)
    assert figures["twins"] == 0


def test_the_slope_of_a_linear_critic():
    figures = measured(Known())
    assert figures["slope"] == pytest.approx(5)
    assert figures["fake_score"] == 0


def test_the_length_of_a_step():
    """SGD with a gradient of ones moves 16 weights by the rate each; D's gradient is 0."""
    system = Known()
    before = system.G.weight.detach().norm().item()
    figures = measured(system)
    assert figures["update"]["G"] == pytest.approx(RATE * 4 / before, rel=1e-3)
    assert figures["stride"]["G"] == pytest.approx(RATE * 4 / 2, rel=1e-3), "four rows of length 1 begin with 2"
    assert figures["update"]["D"] == figures["stride"]["D"] == 0


def test_the_lag_of_the_average():
    """Nothing has moved yet at the first step; later the average is behind, and makes the same of z here."""
    assert measured(Known())["ema_weights"] == 0
    figures = measured(Known(0.1), steps=5)
    assert figures["ema_weights"] > 1e-3
    assert figures["ema_samples"] == 0
    assert figures["drift"] == 0, "the latents are always the same"


def test_scores_told_apart():
    a, b = torch.arange(4.0), torch.arange(4.0)
    assert told_apart(a, b) == 0.5
    assert told_apart(a + 10, b) == 1
    assert told_apart(a, b + 10) == 0
    assert math.isnan(told_apart(a / 0, b))


def test_samples_that_are_data_and_samples_that_are_copies():
    real = real_pictures(1000).flatten(1)
    space = Space(real[:500], NUM)
    fresh, copies = space.compare(real[500:]), space.compare(real[:500] + 1e-4)
    assert fresh["diversity"] == pytest.approx(1, abs=0.05)
    assert fresh["distance"] == pytest.approx(0, abs=0.02)
    assert fresh["nearest"] == pytest.approx(1, abs=0.1)
    assert fresh["lost"] == 0
    assert copies["nearest"] < 0.01
    assert space.compare(torch.full((9, 64), torch.nan)) == {}


def test_cells_are_found_where_points_lie_together():
    places = torch.tensor([[0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 9.0]])
    points = places.repeat(25, 1) + 0.1 * torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    space = Space(points, 64)
    assert len(space.centres) == 16
    assert torch.cdist(k_means(points, 16), places).amin(1).max() < 1


def test_real_examples_count_once():
    batch = {"image": real_pictures(50)[torch.arange(256) % 50]}
    assert len(reference_of([batch, batch], "image")) == 50


@pytest.mark.parametrize("name", ["dcgan", "sngan", "cgan", "wgan_gp", "r3gan", "gan"])
def test_training_goes_on_as_if_nobody_had_looked(name):
    entry = registry.find(name)
    engines = []
    for looked_at in (False, True):
        engine = checks.engine_for(partial(registry.builder(name), **entry.tiny))
        real = {key: spec.random(20) for key, spec in engine.system.specs.items()}
        probe = Probe(real, Space(reference_of([real], "image"), NUM))
        torch.manual_seed(5)
        for _ in range(3):
            if looked_at:
                probe.measure(engine)
                assert engine.health
            engine.take_step()
            probe.compare(engine)
        engines.append((state.capture(engine), engine.health))
    (tensors, facts), _ = engines[0]
    (other, other_facts), figures = engines[1]
    assert facts == other_facts
    for key, value in tensors.items():
        assert torch.equal(value, other[key]), key
    assert {"told_apart", "slope", "diversity", "update", "nearest"} <= figures.keys()
    json.dumps(figures, allow_nan=False)


def test_a_critic_that_has_not_moved_yet_says_nothing():
    """As in the first stage of esrgan."""
    engine = checks.engine_for(lambda: registry.build("srgan", **registry.find("srgan").tiny | {"first_steps": 1})[0])
    probe = Probe(next(engine.stream))
    engine.take_step()
    probe.measure(engine)
    assert "told_apart" not in engine.health
    engine.take_step()
    probe.measure(engine)
    assert "told_apart" in engine.health
