import pytest
import torch

from ganworks.checks import engine_for, trained
from ganworks.systems.image.stylegan2 import PATH_EVERY, R1_EVERY
from tests.systems.duels import batch_for, build


def test_rates_are_corrected_for_the_lazy_turns():
    """One turn more in k steps: c = k / (k + 1) on the rate, and as an exponent on both betas."""
    optimizers = engine_for(lambda: build("stylegan2")).optimizers
    for player, every in (("G", PATH_EVERY), ("D", R1_EVERY)):
        group, share = optimizers[player].param_groups[0], every / (every + 1)
        assert group["lr"] == pytest.approx(2e-3 * share)
        assert group["betas"] == pytest.approx((0.0, 0.99**share))
    plain = engine_for(lambda: build("stylegan2", path=0.0, gamma=0.0)).optimizers
    assert plain["G"].param_groups[0]["lr"] == plain["D"].param_groups[0]["lr"] == 2e-3


def test_slopes_are_held_now_and_then():
    turns = build("stylegan2").turns(0)
    assert [(turn.player, turn.every) for turn in turns] == [("G", 1), ("D", 1), ("G", PATH_EVERY), ("D", R1_EVERY)]
    assert len(build("stylegan2", path=0.0, gamma=0.0).turns(0)) == 2


def test_gamma_follows_the_number_of_pixels():
    assert build("stylegan2", size=(64, 32)).gamma == pytest.approx(2e-4 * 64 * 32 / 64)


def test_styles_are_mixed_from_the_drawn_layer_on():
    system = build("stylegan2")
    batch = batch_for(system, 3)
    batch["mixed_from"] = torch.tensor([1, 4, system.G.synthesis.num_styles])
    mixed, own, other = system.mixed_styles(batch), system.styles(batch), system.styles(batch | {"z": batch["other"]})
    for row, first in enumerate(batch["mixed_from"]):
        torch.testing.assert_close(mixed[row, :first], own[row, :first])
        torch.testing.assert_close(mixed[row, first:], other[row, first:])


def test_so_many_examples_are_mixed_and_at_every_layer():
    torch.manual_seed(0)
    system = build("stylegan2")
    drawn, layers = system.draw(2000)["mixed_from"], system.G.synthesis.num_styles
    assert ((drawn < layers).float().mean() - 0.9).abs() < 0.03
    assert set(drawn.tolist()) == set(range(1, layers + 1))


def test_truncation_draws_w_towards_the_mean():
    system = build("stylegan2")
    system.G.mean.normal_()
    batch = batch_for(system, 3)
    full, half = system.styles(batch), system.styles(system.truncate(batch, 0.5))
    torch.testing.assert_close(half, (full + system.G.mean) / 2)
    torch.testing.assert_close(system.styles(system.truncate(batch, 1.0)), full)
    still = system.generate(system.truncate(batch, 0.0) | {"noise": torch.zeros(3, dtype=torch.int64)})["image"]
    torch.testing.assert_close(still[0], still[1])


def test_styles_can_be_given_in_place_of_z():
    system = build("stylegan2")
    batch = batch_for(system)
    given = {"w": system.styles(batch), "noise": batch["noise"]}
    assert torch.equal(system.generate(given)["image"], system.generate(batch)["image"])


def test_the_mean_of_w_follows_and_is_saved():
    system = build("stylegan2")
    batch = batch_for(system)
    system.make(batch)
    assert not system.G.mean.any()  # whoever only looks changes nothing
    system.g_loss(batch)
    torch.testing.assert_close(system.G.mean, 0.005 * system.styles(batch)[:, 0].mean(0))
    assert {"G.mean", "path_mean"} <= system.state_dict().keys()


def test_the_mean_of_the_lengths_begins_at_the_first_and_follows_slowly():
    system = build("stylegan2")
    first = system.path_loss(batch_for(system, 8))["path"]
    begun = system.path_mean.clone()
    assert first < 2 * begun**2  # the spread about the mean, not about 0
    system.path_mean.mul_(10)
    system.path_loss(batch_for(system, 8))
    assert 9 * begun < system.path_mean < 10 * begun


def test_the_penalty_on_lengths_makes_them_equal():
    """On a free generator: with this loss alone the spread of the lengths falls."""
    system = build("stylegan2", latent=16)
    adam = torch.optim.Adam(system.G.synthesis.parameters(), lr=1e-2)
    batch = batch_for(system, 16)
    losses = []
    for _ in range(12):
        (loss,) = system.path_loss(batch).values()
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_real_ones_are_no_neighbours_of_fakes():
    system = build("stylegan2")
    batch = batch_for(system, 4)
    apart = system.judge(batch, batch["image"], torch.zeros_like(batch["image"]))[0]
    assert torch.equal(apart, system.judge(batch, batch["image"])[0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mixing": 1.5}, "gamma is 0.0008, path 2, mixing 1.5; possible: 0 or more, mixing to 1"),
        ({"path": -1.0}, "path -1"),
        ({"gamma": -1.0}, "gamma is -1"),
        ({"output": "tanh"}, "output is 'tanh', but G sums pictures of all sizes, with no end; leave it out"),
    ],
)
def test_what_is_wrong_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        build("stylegan2", **settings)


def test_it_knows_no_labels_if_there_are_none():
    engine = trained(lambda: build("stylegan2", classes=0), 2)
    assert "label" not in engine.system.specs
    assert engine.sample(2, seed=0)["image"].shape == (2, 1, 16, 16)
