"""GANs on noisy data: what D is shown, what is sampled, and what noise is made of."""

import pytest
import torch
from duels import batch_for, build

from ganworks import registry
from ganworks.losses import penalties
from ganworks.systems.image.ambient import KINDS


def test_the_measurement_in_closed_form():
    """Grey pictures: deviation and share of lost pixels as asked for; white ones are cut at white."""
    system = build("ambientgan", sigma=0.2, drop=0.25, channels=3)
    chance = torch.arange(64)
    grey = torch.zeros(64, 3, 16, 16)
    seen = system.measure(grey, chance)
    lost = seen[:, :1] == -1
    assert lost.float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert (seen == -1).sum() == 3 * lost.sum()
    kept = seen[~lost.expand_as(seen)]
    assert kept.std().item() == pytest.approx(0.2, rel=0.02)
    assert kept.mean().item() == pytest.approx(0.0, abs=0.01)
    assert torch.equal(system.measure(grey[5:7], chance[5:7]), seen[5:7])
    white = build("ambientgan", sigma=0.2, drop=0.0).measure(torch.ones(64, 1, 16, 16), chance)
    assert white.max() == 1
    assert (white == 1).float().mean().item() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("name", ["ambientgan", "nrgan"])
def test_d_sees_noise_and_samples_have_none(name):
    system = build(name).eval()
    batch = batch_for(system)
    clean, shown = system.generate(batch)["image"], system.make(batch)
    assert not torch.equal(clean, shown)
    again = system.make(batch | {"measured": batch["measured"] + 99})
    assert not torch.equal(again, shown)
    torch.testing.assert_close(system.sample(4, z=batch["z"])["image"], clean.detach(), atol=1e-4, rtol=1e-4)
    assert torch.equal(system.real(batch), batch["image"])


def test_without_noise_it_is_dcgan():
    plain, ambient = build("dcgan"), build("ambientgan", sigma=1e-12, drop=0.0)
    ambient.load_state_dict(plain.state_dict())
    batch = batch_for(ambient)
    for loss in ("g_loss", "d_loss"):
        ours, theirs = (getattr(system, loss)(dict(batch))["adversarial"] for system in (ambient, plain))
        torch.testing.assert_close(ours, theirs)


def test_gradients_pass_through_the_measurement_where_pixels_are_kept():
    system = build("ambientgan", sigma=0.1, drop=0.5)
    clean = torch.zeros(8, 1, 16, 16, requires_grad=True)
    seen = system.measure(clean, torch.arange(8))
    seen.sum().backward()
    assert torch.equal(clean.grad, (seen != -1).float())


def test_normal_noise_has_the_deviation_that_n_says():
    system = build("nrgan").eval()
    batch = batch_for(system, 2)
    with torch.no_grad():
        deviation = system.N(batch["noise_z"])
        draws = torch.stack([system.noise(batch | {"measured": batch["measured"] + k}) for k in range(400)])
    torch.testing.assert_close(draws.std(0), deviation.abs(), rtol=0.25, atol=1e-3)


def test_changes_of_the_noise():
    system = build("nrgan", kind="si2", channels=3)
    noise = torch.randn(2, 3, 16, 16)
    batch = {
        "rotation": torch.tensor([0, 1]),
        "order": torch.tensor([[0, 1, 2], [2, 0, 1]]),
        "sign": torch.tensor([[1.0, -1, 1], [1, 1, -1]]),
    }
    changed = system.changed(noise, batch)
    torch.testing.assert_close(changed[0], noise[0] * torch.tensor([1.0, -1, 1]).view(3, 1, 1))
    turned = noise[1].rot90(1, (1, 2))[[2, 0, 1]] * torch.tensor([1.0, 1, -1]).view(3, 1, 1)
    torch.testing.assert_close(changed[1], turned)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_noise_depends_on_the_picture_only_where_it_may(kind):
    system = build("nrgan", kind=kind, size=(16, 24)).eval()
    batch = batch_for(system)
    with torch.no_grad():
        same = torch.equal(system.noise(batch), system.noise(batch | {"z": batch["z"] + 1}))
    assert same == kind.startswith("si")
    assert system.make(batch).shape == (4, 1, 16, 24)


def test_diversity_and_slope_in_closed_form():
    system = build("nrgan", diversity=0.5, penalty=3.0)
    batch = batch_for(system)
    terms = system.g_loss(batch)
    noise, z = system.noise(batch), batch["noise_z"]
    ratios = [(noise[i] - noise[i - 1]).abs().mean() / (z[i] - z[i - 1]).abs().mean() for i in range(4)]
    assert terms["diversity"].item() == pytest.approx(-0.5 * sum(ratios).item() / 4, rel=1e-4)
    r1 = penalties.r1(system.D, batch["image"])
    assert system.d_loss(batch)["r1"].item() == pytest.approx(3 * r1.item(), rel=1e-4)


def test_one_example_is_not_diverse():
    system = build("nrgan")
    terms = system.g_loss(batch_for(system, 1))
    assert terms["diversity"].item() == 0
    sum(terms.values()).backward()
    assert all(param.grad.isfinite().all() for param in system.N.parameters())


def test_g_and_the_noise_move_together():
    system = build("nrgan")
    assert {id(p) for p in system.players()["G"].params} == {
        id(p) for net in (system.G, system.N) for p in net.parameters()
    }


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("ambientgan", {"sigma": 0.0, "drop": 0.0}, "ambientgan must know the noise: give --sigma, --drop or both"),
        ("ambientgan", {"drop": 1.0}, "drop 1; possible: 0 or more, and 0 to below 1"),
        ("nrgan", {"penalty": -1.0}, "penalty is -1; it must not be negative"),
        ("nrgan", {"kind": "sd1"}, "kind is 'sd1'; possible: si1, si2, sd2, sd3"),
    ],
)
def test_what_is_wrong_is_named(name, settings, message):
    with pytest.raises(ValueError, match=message):
        build(name, **settings)


def test_they_take_the_tricks():
    for name in ("ambientgan", "nrgan"):
        names = {setting.name for setting in registry.find(name).settings}
        assert {"soft_labels", "replay"} <= names
        build(name, soft_labels=0.1, instance_noise=0.1)


@pytest.mark.parametrize("name", ["ambientgan", "nrgan"])
def test_old_fakes_are_shown_again(name):
    system = build(name, replay=0.5, replay_size=4)
    for _ in range(2):
        batch = batch_for(system)
        for turn in system.turns(0):
            turn.loss(batch)
    assert system.num_old == 4
    assert not torch.equal(batch["shown"], batch["fake"])
