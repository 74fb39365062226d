"""SAGAN's and BigGAN's recipes, truncation, and standing statistics."""

import pytest
import torch
from duels import batch_for, build

from ganworks import checks
from ganworks.losses.orthogonal import off_orthogonal
from ganworks.nets.biggan import filters


def moved_biggan():
    """After some steps, so that running statistics and weights have moved."""
    return checks.trained(lambda: build("biggan"), 3)


@pytest.mark.parametrize(
    ("name", "rates", "betas", "average", "turns"),
    [
        ("sagan", {"G": 1e-4, "D": 4e-4}, (0.0, 0.9), None, "GD"),
        ("biggan", {"G": 5e-5, "D": 2e-4}, (0.0, 0.999), 0.9999, "DGD"),
    ],
)
def test_the_papers_settings(name, rates, betas, average, turns):
    system = build(name)
    players = system.players()
    for player, rate in rates.items():
        optimizer = players[player].optimizer(players[player].params)
        assert optimizer.param_groups[0]["lr"] == rate and optimizer.param_groups[0]["betas"] == betas
    assert players["G"].ema == average
    assert "".join(turn.player for turn in system.turns(0)) == turns
    assert system.whole_batch


@pytest.mark.parametrize("name", ["sagan", "biggan"])
@pytest.mark.parametrize("settings", [{"size": 28, "classes": 0}, {"size": (12, 20), "channels": 4}])
def test_other_pictures_and_no_classes(name, settings):
    system = build(name, **settings)
    batch = batch_for(system)
    assert all(value.isfinite() for value in (system.g_loss(batch) | system.d_loss(batch)).values())
    made = system.sample(3, seed=0)["image"]
    system.specs["image"].validate("image", made)


def test_orthogonal_regularisation_is_a_term_of_g():
    system = build("biggan", orthogonal=0.5)
    with torch.no_grad():
        for weight in filters(system.G):
            weight.add_(0.1 * torch.randn_like(weight))
    expected = 0.5 * sum(off_orthogonal(weight).item() for weight in filters(system.G))
    assert system.g_loss(batch_for(system))["orthogonal"].item() == pytest.approx(expected, rel=1e-4)
    assert expected > 1
    assert list(build("biggan", orthogonal=0.0).g_loss(batch_for(system))) == ["adversarial"]
    with pytest.raises(ValueError, match="orthogonal is -1; it must not be negative"):
        build("biggan", orthogonal=-1.0)


def test_parts_of_z_have_a_length():
    with pytest.raises(ValueError, match="chunk is 0 and embedding 128; both must be at least 1"):
        build("biggan", chunk=0)


@pytest.mark.parametrize("value", [0.25, 2.0])
def test_truncated_z_is_what_is_left_when_the_rest_is_drawn_again(value):
    system = build("biggan")
    torch.manual_seed(0)
    inputs = {"z": torch.randn(2000, 10)}
    cut = system.truncate(inputs, value)["z"].flatten()
    assert cut.abs().max() <= value
    assert torch.equal(cut.argsort(), inputs["z"].flatten().argsort())  # nobody overtakes
    z = torch.randn(200_000)
    wanted = z[z.abs() <= value][:: max(1, int((z.abs() <= value).sum()) // 20_000)].sort().values
    levels = torch.linspace(0.01, 0.99, 50)
    torch.testing.assert_close(cut.quantile(levels), wanted.quantile(levels), atol=0.03 * value, rtol=0)


def test_truncation_must_be_above_zero():
    system = build("biggan")
    for value in (0.0, float("nan")):
        with pytest.raises(ValueError, match=f"truncation is {value:g}; it must be above 0"):
            system.truncate(system.draw(2), value)


def test_a_wide_threshold_changes_nothing():
    system = build("biggan")
    inputs = system.draw(8)
    torch.testing.assert_close(system.truncate(inputs, 50.0)["z"], inputs["z"])


def test_standing_statistics_follow_from_the_weights_alone():
    """They are not those of training, cost once, and are made anew when weights move; nothing of training moves."""
    engine = moved_biggan()
    system = engine.average.system.eval()
    before = {name: value.clone() for name, value in system.state_dict().items()}
    random = torch.get_rng_state()
    first = system.statistics()
    assert system.statistics() is first
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in system.state_dict().items())
    assert not torch.allclose(first["norm.running_mean"], system.G.norm.running_mean)
    engine.take_step()
    second = system.statistics()
    assert second is not first and not torch.equal(second["norm.running_mean"], first["norm.running_mean"])
    system.load_state_dict(before)
    again = system.statistics()
    assert all(torch.equal(value, first[name]) for name, value in again.items())


def test_samples_do_not_depend_on_running_statistics():
    system = moved_biggan().system
    before = system.sample(4, seed=1)["image"]
    with torch.no_grad():
        system.G.norm.running_mean.add_(3)
    assert torch.equal(system.sample(4, seed=1)["image"], before)
    assert system.training


def test_samples_can_be_followed_to_their_latents():
    system = moved_biggan().system.eval()
    inputs = system.draw(2)
    inputs["z"].requires_grad_()
    system.generate(inputs)["image"].sum().backward()
    assert inputs["z"].grad.abs().sum() > 0


@pytest.mark.parametrize("trick", ["up transposed", "down max", "output linear", "g_norm instance"])
def test_it_takes_tricks(trick):
    name, value = trick.split()
    system = build("biggan", **{name: value})
    batch = batch_for(system)
    assert all(value.isfinite() for value in (system.g_loss(batch) | system.d_loss(batch)).values())
    system.specs["image"].validate("image", system.sample(3, seed=0)["image"])
