"""What is particular to each system."""

import pytest
import torch
from duels import batch_for, build
from torch import nn

from ganworks.layers.normalization import has_batch_norm
from ganworks.losses import penalties
from ganworks.systems.image.wgan import WGAN


def test_wgan_clips_the_critic_after_its_own_turn_only():
    system = build("wgan")
    assert isinstance(system, WGAN)
    g_turn, d_turn = system.turns(0)[-2:]
    with torch.no_grad():
        for parameter in system.parameters():
            parameter.fill_(0.3)
    system.after(g_turn)
    assert all((parameter == 0.3).all() for parameter in system.parameters())
    system.after(d_turn)
    assert all((parameter == 0.01).all() for parameter in system.D.parameters())
    assert all((parameter == 0.3).all() for parameter in system.G.parameters())


def test_wgan_has_the_papers_optimiser():
    players = build("wgan").players()
    for player in players.values():
        optimizer = player.optimizer(player.params)
        assert type(optimizer) is torch.optim.RMSprop
        assert optimizer.param_groups[0]["lr"] == 5e-5


def test_wgan_gp_shows_the_critics_distance_apart_from_the_penalty():
    system = build("wgan_gp", norm="none", penalty=7.0)
    batch = batch_for(system)
    terms = system.d_loss(batch)
    assert list(terms) == ["wasserstein", "penalty"]
    real, fake = system.D(batch["image"]), system.D(batch["fake"])
    assert terms["wasserstein"].item() == pytest.approx((fake.mean() - real.mean()).item(), abs=1e-6)
    expected = 7 * penalties.wgan_gp(system.D, batch["image"], batch["fake"], batch["t"])
    assert terms["penalty"].item() == pytest.approx(expected.item())


def test_wgan_gps_points_come_from_the_batch():
    """So that micro-batches and ranks see the numbers of one process."""
    system = build("wgan_gp")
    batch = batch_for(system)
    assert batch["t"].shape == (4,)
    first = system.d_loss(batch)["penalty"].item()
    assert system.d_loss(batch)["penalty"].item() == first
    assert system.d_loss(batch | {"t": 1 - batch["t"]})["penalty"].item() != first


def test_wgan_gps_critic_has_no_batch_norm():
    kinds = {type(module) for module in build("wgan_gp").D.modules()}
    assert nn.BatchNorm2d not in kinds
    assert nn.GroupNorm in kinds
    assert nn.GroupNorm not in {type(module) for module in build("wgan_gp", norm="none").D.modules()}
    with pytest.raises(ValueError, match="norm is 'batch'; possible: layer, none"):
        build("wgan_gp", norm="batch")


@pytest.mark.parametrize("nets", ["resnet", "dcgan"])
def test_sngan_has_nets_with_spectral_norm_on_every_layer_of_d(nets):
    system = build("sngan", nets=nets)
    layers = [module for module in system.D.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    assert len(layers) >= 3
    assert all(nn.utils.parametrize.is_parametrized(layer, "weight") for layer in layers)
    assert not any(nn.utils.parametrize.is_parametrized(module) for module in system.G.modules())


def test_sngans_nets_are_named():
    with pytest.raises(ValueError, match="nets is 'vgg'; possible: dcgan, resnet"):
        build("sngan", nets="vgg")


def test_lsgans_targets():
    system = build("lsgan", a=-1.0, b=2.0, c=0.5)
    zero = torch.zeros(3)
    assert system.adversarial.d(zero, zero).item() == pytest.approx((4 + 1) / 2)
    assert system.adversarial.g(zero).item() == pytest.approx(0.25 / 2)
    with pytest.raises(ValueError, match="a and b are both 1"):
        build("lsgan", a=1.0, b=1.0)


def test_r3gans_single_pass_is_the_sum_of_its_parts():
    """Loss, R1 and R2 as from three separate passes, at weights gamma / 2."""
    system = build("r3gan", gamma=3.0)
    for module in system.D.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0.0, 0.2)
    batch = batch_for(system)
    terms = system.d_loss(batch)
    real, fake = batch["image"], batch["fake"]
    expected = {
        "adversarial": system.adversarial.d(system.D(real), system.D(fake)),
        "r1": 1.5 * penalties.r1(system.D, real),
        "r2": 1.5 * penalties.r2(system.D, fake),
    }
    assert list(terms) == list(expected)
    for name, value in expected.items():
        assert terms[name].item() == pytest.approx(value.item(), rel=1e-4)
    assert terms["r1"].item() > 0


def test_r3gan_on_dcgans_nets_penalises_one_example_in_four():
    system = build("r3gan", nets="dcgan", gamma=3.0)
    batch = batch_for(system, 8)
    terms = system.d_loss(batch)
    real, fake = batch["image"], batch["fake"]
    assert terms["adversarial"].item() == pytest.approx(system.adversarial.d(system.D(real), system.D(fake)).item())
    assert terms["r1"].item() == pytest.approx(1.5 * penalties.r1(system.D, real[[0, 4]]).item(), rel=1e-4)
    assert terms["r2"].item() == pytest.approx(1.5 * penalties.r2(system.D, fake[[0, 4]]).item(), rel=1e-4)
    assert not has_batch_norm(system.D)


def test_r3gan_names_the_nets_it_has():
    with pytest.raises(ValueError, match="nets is 'unet'; possible: paper, dcgan"):
        build("r3gan", nets="unet")


def test_r3gan_compares_with_the_real_pictures_of_the_batch():
    system = build("r3gan")
    batch = batch_for(system)
    loss = system.g_loss(batch)["adversarial"].item()
    expected = nn.functional.softplus(system.D(batch["image"]) - system.D(batch["fake"])).mean().item()
    assert loss == pytest.approx(expected, abs=1e-6)


def test_r3gans_weight_grows_with_the_number_of_pixels():
    assert build("r3gan", size=64).gamma == 1.0
    assert build("r3gan", size=(32, 16)).gamma == 0.125
    assert build("r3gan", size=64, gamma=5.0).gamma == 5.0


def test_r3gans_samples_are_cut_to_the_range_but_not_its_fakes():
    system = build("r3gan")
    with torch.no_grad():
        system.G.last.weight.mul_(100)
    batch = batch_for(system)
    system.g_loss(batch)
    assert batch["fake"].abs().max() > 1
    assert system.sample(4, seed=0)["image"].abs().max() == 1


@pytest.mark.parametrize("nets", ["dcgan", "mlp"])
@pytest.mark.parametrize("condition", ["concat", "embed", "projection"])
def test_cgan_hears_the_label_in_both_players(condition, nets):
    system = build("cgan", condition=condition, nets=nets).eval()
    z = torch.randn(1, system.latent).expand(3, -1)
    pictures = system.sample(3, z=z, label=torch.arange(3))["image"]
    assert (pictures[0] - pictures[1]).abs().max() > 0
    picture = pictures[:1].expand(3, -1, -1, -1)
    (logits,) = system.judge({"label": torch.arange(3)}, picture)
    assert len(set(logits.tolist())) == 3


def test_cgan_draws_its_classes_in_turn():
    system = build("cgan")
    assert system.draw(7)["label"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    with_label = system.sample(2, seed=3, label=torch.tensor([2, 2]))["image"]
    drawn = system.sample(2, seed=3)["image"]
    assert (with_label - drawn).abs().max() > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": 0}, "cgan was given 0 classes, it needs 2 or more: put the pictures"),
        ({"condition": "film"}, "condition is 'film'; possible: concat, embed, projection"),
        ({"nets": "vgg"}, "nets is 'vgg'; possible: dcgan, mlp"),
    ],
)
def test_cgan_names_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        build("cgan", **settings)
