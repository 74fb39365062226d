"""Flow-GAN: what each objective moves, and bits that are known."""

from math import log, log2, pi

import pytest
import torch
from duels import batch_for, build

from ganworks.losses import penalties


@pytest.mark.parametrize(
    ("objective", "players", "terms"),
    [
        ("likelihood", ["G"], ["likelihood"]),
        ("adversarial", ["G", "D"], ["adversarial"]),
        ("hybrid", ["G", "D"], ["adversarial", "likelihood"]),
    ],
)
def test_who_moves_by_what(objective, players, terms):
    system = build("flowgan", objective=objective, critic_steps=2)
    assert list(system.players()) == players
    assert list(system.g_loss(batch_for(system))) == terms
    assert [turn.player for turn in system.turns(0)] == (["G"] if players == ["G"] else ["D", "G", "D"])


def test_the_generator_is_the_same_for_all_objectives():
    nets = [build("flowgan", objective=name).G.state_dict() for name in ("likelihood", "hybrid", "adversarial")]
    assert all(torch.equal(value, other[name]) for other in nets[1:] for name, value in nets[0].items())


def test_the_weight_is_of_nats_a_picture():
    system = build("flowgan", weight=0.3)
    batch = batch_for(system)
    expected = -0.3 * system.G.log_density(system.real(batch)).mean()
    assert system.g_loss(batch)["likelihood"].item() == pytest.approx(expected.item())


def test_bits_of_a_known_density():
    """A new flow's values are independent, tanh(a / 2) / 0.9 of a normal a: summed up over all 256 values."""
    system = build("flowgan")
    image = 2 * torch.randint(256, (400, 1, 8, 8)) / 255 - 1
    edges = torch.linspace(-1, 1, 257, dtype=torch.double)
    x = ((edges[1:] + edges[:-1]) / 2 * 0.9).clamp(-1, 1)  # the middle of each step
    a = 2 * x.atanh()
    bits = (a.square() + log(2 * pi)) / (2 * log(2)) - (1.8 / (1 - x.square())).log2() + log2(128)
    values = ((image + 1) * 127.5).round().long()
    assert system.bits(image).mean().item() == pytest.approx(bits[values].mean().item(), abs=0.01)


def test_the_way_from_values_to_densities_and_back():
    """A picture's code, made into a picture, is that picture: noise within a step of 1/256 is rounded away."""
    system = build("flowgan", channels=3)
    batch = batch_for(system) | {"image": 2 * torch.randint(256, (4, 3, 8, 8)) / 255 - 1}
    real = system.real(batch)
    assert real.abs().max() <= 1
    z, _ = system.G.normalise(real)
    assert (system.sample(4, z=z)["image"] - batch["image"]).abs().max() < 1 / 255 + 1e-4


def test_ds_terms():
    system = build("flowgan", penalty=7.0)
    batch = batch_for(system)
    terms = system.d_loss(batch)
    real, fake = system.real(batch), batch["fake"]
    expected = 7 * penalties.wgan_gp(system.D, real, fake, batch["t"])
    assert terms["penalty"].item() == pytest.approx(expected.item())
    assert terms["wasserstein"].item() == pytest.approx(
        (system.D(fake).mean() - system.D(real).mean()).item(), abs=1e-5
    )


def test_likelihood_alone_lowers_the_bits():
    system = build("flowgan", objective="likelihood")
    image = torch.full((8, 1, 8, 8), -1.0)
    before = system.bits(image).mean()
    player = system.players()["G"]
    optimizer = player.optimizer(player.params)
    for _ in range(5):
        optimizer.zero_grad()
        system.g_loss(batch_for(system, 8) | {"image": image})["likelihood"].backward()
        optimizer.step()
    assert system.bits(image).mean() < before - 0.01


def test_objectives_are_named():
    with pytest.raises(ValueError, match="objective is 'both'; possible: hybrid, likelihood, adversarial"):
        build("flowgan", objective="both")
    with pytest.raises(ValueError, match="weight is -1; it must not be negative"):
        build("flowgan", weight=-1.0)
