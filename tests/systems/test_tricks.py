"""Each trick's formula; that tricks keep the rules of every system; that no trick changes nothing."""

from functools import partial
from math import log

import pytest
import torch
from duels import batch_for, build
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from ganworks import checks, registry
from ganworks.layers.noise import Dropout, Noise, drawn, seeds
from ganworks.losses.adversarial import NON_SATURATING, soft_targets, with_kl
from ganworks.nets import surgery
from ganworks.systems.image.dcgan import DCGAN

TAKE_TRICKS = ["cgan", "dcgan", "gan", "lsgan", "progan", "r3gan", "sngan", "wgan", "wgan_gp"]
# Together they hold every trick; the first two keep no state of the batch, so that micro-batches are tried too.
COMBINED = {
    "nets": {"g_norm": "instance", "d_norm": "layer", "up": "pixel_shuffle", "down": "average", "d_activation": "relu"},
    "chance": {
        "g_norm": "none",
        "d_norm": "none",
        "output": "linear",
        "dropout": 0.3,
        "sampling_dropout": True,
        "g_noise": 0.2,
        "instance_noise": 0.3,
        "noise_steps": 5,
        "noisy_labels": 0.3,
        "z": "uniform",
    },
    "labels": {"d_norm": "spectral", "output": "sigmoid", "soft_labels": 0.1, "soft_fakes": 0.2, "kl": 0.1},
    "memory": {"mixed_batches": True, "replay": 0.5, "replay_size": 20, "critic_steps": 2, "loss": "minimax"},
    "few pictures": {"d_norm": "none", "g_norm": "none", "diff_augment": "color,translation,cutout", "lecam": 0.1},
    "fewer": {"d_norm": "layer", "g_norm": "none", "ada": 0.1, "ada_images": 100},
    "balance": {"balance": 1.2, "d_optimizer": "sgd", "up": "nearest", "down": "max", "g_activation": "leaky_relu"},
}
REAL, FAKE = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([0.3, -2.0, 1.5])


def make(**tricks):
    return registry.build("dcgan", size=8, channels=1, width=2, latent=4, **tricks)[0]


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("combined", COMBINED)
def test_tricks_keep_the_rules(combined, check):
    check(partial(make, **COMBINED[combined]))


def test_every_trick_is_tried():
    tried = set().union(*COMBINED.values())
    assert {setting.name for setting in registry.tricks()} == tried


@pytest.mark.parametrize("name", TAKE_TRICKS)
def test_tricks_are_settings_and_off_by_default(name):
    entry = registry.find(name)
    own = {setting.name for setting in entry.settings if not setting.group}
    assert {s.name for s in entry.settings if s.group} == {s.name for s in registry.tricks()} - own
    system, chosen = registry.build(name, **entry.tiny)
    assert chosen["replay"] == 0.0 and not hasattr(system, "old")
    assert type(system).__mro__[1].__name__ == "Duel"  # nothing stands before the paper's own methods


def test_a_trick_that_is_no_setting_gets_the_nearest_name():
    with pytest.raises(ValueError, match=r"unknown setting of dcgan 'soft_label'\. Did you mean soft_labels\?"):
        make(soft_label=0.1)


def test_tricks_refine_the_methods_of_the_paper():
    system = build("wgan", z="uniform", instance_noise=0.1)
    with torch.no_grad():
        system.D.head.weight.fill_(1.0)
    system.after(system.turns(0)[-1])
    assert (system.D.head.weight == 0.01).all()  # clipped, as the paper's WGAN does
    assert "t" in build("wgan_gp", z="uniform").draw(2)


def test_one_sided_smoothing():
    loss = soft_targets(NON_SATURATING, 0.9).d(REAL, FAKE)
    expected = binary_cross_entropy_with_logits(REAL, torch.full((3,), 0.9)) + softplus(FAKE).mean()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(soft_targets(NON_SATURATING).d(REAL, FAKE), NON_SATURATING.d(REAL, FAKE))


def test_two_sided_smoothing_is_the_mean_over_flipped_labels():
    honest, flipped = NON_SATURATING.d(REAL, FAKE), NON_SATURATING.d(FAKE, REAL)
    torch.testing.assert_close(soft_targets(NON_SATURATING, 0.8, 0.2).d(REAL, FAKE), 0.8 * honest + 0.2 * flipped)


@pytest.mark.parametrize(("real", "fake"), [(0.9, 0.0), (0.8, 0.2), (1.0, 0.3)])
def test_soft_targets_have_the_best_critic_and_the_divergence_they_declare(real, fake):
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.2, 0.7])
    best = ((real * p + fake * q) / (p + q)).logit()
    # One row for each 1/10 of probability.
    rows = torch.arange(3)
    real_logits = best[rows.repeat_interleave((10 * p).round().long())]
    fake_logits = best[rows.repeat_interleave((10 * q).round().long())]
    loss = soft_targets(NON_SATURATING, real, fake)
    torch.testing.assert_close(loss.d(real_logits, fake_logits), loss.least(p, q))
    assert loss.divergence(p, p).abs() < 1e-6
    assert loss.d(real_logits + 0.1, fake_logits + 0.1) > loss.least(p, q)


def test_kl_has_the_gradient_of_the_divergence():
    """Points moved by theta: fakes N(theta, 1), data N(0, 1), best logit log p / q = -theta x + theta^2 / 2."""
    theta, noise = torch.tensor(1.5, requires_grad=True), torch.randn(200_000, generator=torch.manual_seed(0))
    x = theta + noise
    logits = -theta.detach() * x + theta.detach() ** 2 / 2  # D does not follow G
    plain, hybrid = NON_SATURATING.g(logits), with_kl(NON_SATURATING, 0.5).g(logits)
    term = hybrid - plain
    assert term.item() == pytest.approx(0.5 * 1.5**2 / 2, rel=0.02)  # KL of the two is theta^2 / 2
    (slope,) = torch.autograd.grad(term, theta)
    assert slope.item() == pytest.approx(0.5 * 1.5, rel=1e-4)


def test_noisy_labels_exchange_sides_row_by_row():
    system = make(noisy_labels=0.5)
    flip = torch.tensor([True, False, True])
    loss = system.contest({"exchanged": flip}, REAL, FAKE)
    expected = NON_SATURATING.d(torch.tensor([0.3, -1.0, 1.5]), torch.tensor([2.0, -2.0, 0.5]))
    torch.testing.assert_close(loss, expected)
    assert 0.4 < system.draw(2000)["exchanged"].float().mean() < 0.6


def test_minimax_and_flipped():
    assert make(loss="minimax").adversarial.g(FAKE).item() == pytest.approx(-softplus(FAKE).mean().item())


def test_the_memory_fills_then_exchanges():
    system = make(replay=0.5, replay_size=6)
    fakes = torch.arange(4.0).view(4, 1, 1, 1).expand(4, 1, 8, 8)
    every = {"replayed": torch.ones(4, dtype=torch.bool), "place": torch.tensor([5, 0, 3, 1])}
    for begin in (10, 20):  # 4 and 4 into 6 places: the last two find none
        assert torch.equal(system.replayed(every, fakes + begin), fakes + begin)
    assert system.old[:, 0, 0, 0].tolist() == [10, 11, 12, 13, 20, 21]
    some = every | {"replayed": torch.tensor([True, False, True, False])}
    assert system.replayed(some, fakes + 30)[:, 0, 0, 0].tolist() == [21, 31, 13, 33]
    assert system.old[:, 0, 0, 0].tolist() == [10, 11, 12, 32, 20, 30]


def test_d_sees_the_old_fakes_and_g_its_own():
    system = make(replay=0.9, replay_size=4)
    system.d_loss(batch_for(system, 4))
    batch = batch_for(system, 4)
    system.g_loss(batch)
    _, shown = system.pair(batch)
    changed = (shown != batch["fake"]).flatten(1).any(1)
    assert torch.equal(changed, batch["replayed"]) and changed.any()
    assert system.pair(batch)[1] is shown  # a second look exchanges nothing
    assert "judged" not in batch


def test_instance_noise_falls_in_a_line():
    system = make(instance_noise=0.4, noise_steps=10)
    batch = batch_for(system, 64)
    for step, deviation in ((0, 0.4), (5, 0.2), (10, 0.0), (15, 0.0)):
        system.turns(step)
        noise = system.real(batch) - batch["image"]
        assert noise.std().item() == pytest.approx(deviation, rel=0.03)
    system.turns(0)
    assert not torch.equal(system.real(batch) - batch["image"], system.make(batch) - system.G(batch["z"]))
    assert torch.equal(system.generate(batch)["image"], system.G(batch["z"]))  # samples have none


def test_chance_belongs_to_the_example():
    layer, x, lots = Dropout(0.25), torch.ones(500, 3, 4, 5), seeds(500)
    with drawn(layer, lots):
        whole = layer(x)
    with drawn(layer, lots[100:200]):
        assert torch.equal(layer(x[100:200]), whole[100:200])
    assert whole.unique().tolist() == pytest.approx([0.0, 4 / 3])
    assert whole.mean().item() == pytest.approx(1.0, abs=0.02)
    net = nn.Sequential(Noise(1.0), Noise(1.0))
    with drawn(net, lots):
        first = net[0](x)
        second = net[1](first) - first
    assert ((first - x) * second).mean().abs() < 0.05  # two layers do not have the same noise


def test_dropout_is_sampled_only_if_asked():
    z = torch.randn(2, 4).repeat(2, 1)
    plain, noisy = (make(dropout=0.5, sampling_dropout=on).eval() for on in (False, True))
    first, again = plain.sample(4, seed=0, z=z)["image"].chunk(2)
    assert torch.equal(first, again)
    first, again = noisy.sample(4, seed=0, z=z)["image"].chunk(2)
    assert not torch.equal(first, again)


@pytest.mark.parametrize("size", [8, (9, 15), (28, 21)])
@pytest.mark.parametrize("up", surgery.UP)
@pytest.mark.parametrize("down", surgery.DOWN)
def test_any_size_doubles_and_halves(size, up, down):
    system = build("dcgan", size=size, up=up, down=down)
    image = system.sample(2, seed=0)["image"]
    assert image.shape[2:] == ((size, size) if isinstance(size, int) else size)
    assert system.D(image).shape == (2,)


def kinds(net):
    return [type(module) for module in net.modules()]


def test_norms_go_where_they_are_run_behind_a_convolution_and_nowhere_else():
    """The skips of sngan's residual nets and r3gan's changes of width are identities too, and no places for a norm."""
    for name, settings in (("sngan", {}), ("r3gan", {"size": 64, "width": 2})):
        with pytest.raises(ValueError, match="d_norm is 'instance', but this net has no place for a norm"):
            build(name, d_norm="instance", **settings)


def test_a_net_without_norm_stays_as_it_is_without():
    torch.manual_seed(0)
    plain = build("r3gan").D
    torch.manual_seed(0)
    ours = build("r3gan", d_norm="none").D
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), ours.parameters(), strict=True))
    assert not ours.blocks[0][0].narrow.weight.any()  # a block starts as the identity


def test_activations_are_as_cheap_as_the_old_ones():
    system = make(g_activation="leaky_relu", d_activation="relu")
    assert all(m.inplace for m in system.modules() if isinstance(m, nn.ReLU | nn.LeakyReLU))


@pytest.mark.parametrize("norm", surgery.NORMS)
def test_norms_of_d_are_those_that_the_builder_would_have_made(norm):
    ours, plain = make(d_norm=norm).D, make().D
    assert kinds(ours).count(nn.InstanceNorm2d) == (norm == "instance") * kinds(plain).count(nn.BatchNorm2d)
    assert kinds(ours).count(nn.GroupNorm) == (norm == "layer") * kinds(plain).count(nn.BatchNorm2d)
    assert (nn.BatchNorm2d in kinds(ours)) == (norm == "batch")
    layers = [module for module in ours.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert {nn.utils.parametrize.is_parametrized(layer) for layer in layers} == {norm == "spectral"}


def test_spectral_norm_can_be_taken_out():
    system = build("sngan", nets="dcgan", d_norm="instance")
    assert not any(nn.utils.parametrize.is_parametrized(module) for module in system.D.modules())
    assert nn.InstanceNorm2d in kinds(system.D)


def test_hes_weights_keep_the_signal():
    x = torch.randn(8, 16, 20, 20, generator=torch.manual_seed(0))
    for kind in (*surgery.UP.values(), surgery.DOWN["stride"]):  # pooling has a variance of its own
        layer = kind(16, 16, False).apply(surgery.keep_variance)
        assert layer(x).var().item() == pytest.approx(2 / 1.04, rel=0.3)


def test_the_range_of_what_d_sees():
    system = make(output="sigmoid")
    seen = []
    system.D.net.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    batch = batch_for(system)
    system.d_loss(batch)
    assert all(x.min() >= 0 and x.max() <= 1 for x in seen)
    torch.testing.assert_close(seen[0], (batch["image"] + 1) / 2)
    system.specs["image"].validate("image", system.sample(3)["image"])


def test_mixed_batches_pass_d_together():
    system = make(mixed_batches=True)
    sizes = []
    system.D.register_forward_pre_hook(lambda module, inputs: sizes.append(len(inputs[0])))
    system.d_loss(batch_for(system, 4))
    assert sizes == [8]


def test_uniform_z():
    z = make(z="uniform").draw(2000)["z"]
    assert z.min() >= -1 and z.max() <= 1
    assert z.var().item() == pytest.approx(1 / 3, rel=0.05)


def test_sgd_moves_d_alone():
    players = make(d_optimizer="sgd").players()
    kinds = {name: type(player.optimizer(player.params)) for name, player in players.items()}
    assert kinds == {"G": torch.optim.Adam, "D": torch.optim.SGD}


def test_balance_lets_the_one_ahead_sleep():
    system = make(balance=2.0)
    for losses, movers in (
        ((1.0, 1.5), "GD"),
        ((1.0, 2.5), "D"),
        ((3.0, 1.4), "G"),
        ((-1.0, -1.5), "GD"),
    ):
        system.last.copy_(torch.tensor(losses))
        assert [turn.player for turn in system.turns(3)] == list(movers)
    batch = batch_for(system)
    d = system.d_loss(batch)["adversarial"].item()
    assert system.last[1].item() == pytest.approx(d / 2) and d < 2 * log(2) + 1


@pytest.mark.parametrize(
    ("name", "tricks", "says"),
    [
        ("dcgan", {"g_norm": "group"}, "g_norm is 'group'; possible: batch, instance, layer, spectral, none"),
        ("dcgan", {"dropout": 1.0}, "dropout is 1; possible: 0 to below 1"),
        ("dcgan", {"replay_size": 5}, "replay_size is 5, but replay is 0; give a share"),
        ("dcgan", {"noise_steps": 5}, "noise_steps is 5, but there is no noise; give --g-noise or --instance-noise"),
        ("dcgan", {"sampling_dropout": True}, "sampling_dropout is on, but dropout is 0"),
        ("dcgan", {"soft_labels": 0.6, "soft_fakes": 0.5}, "soft_labels and soft_fakes are 1.1 together"),
        ("dcgan", {"critic_steps": 0}, "critic_steps is 0; it must be at least 1"),
        ("dcgan", {"balance": 0.5}, "balance is 0.5; it must be above 1"),
        ("dcgan", {"d_optimizer": "adam"}, "d_optimizer is 'adam'; possible: sgd"),
        ("lsgan", {"soft_labels": 0.1}, "soft labels are given, but D's loss is not the sigmoid's cross-entropy"),
        ("wgan", {"kl": 0.1}, "kl is 0.1, but D's logit is no log ratio"),
        ("cgan", {"replay": 0.5}, "replay is for systems without labels"),
        ("r3gan", {"up": "nearest"}, "up is 'nearest', but this net has no convolutions that do that"),
        ("r3gan", {"d_norm": "spectral"}, "d_norm is 'spectral', but this net starts with weights of 0"),
        ("wgan_gp", {"d_norm": "batch"}, "d_norm is 'batch', but this system penalises D's slope at single examples"),
        ("wgan_gp", {"mixed_batches": True}, "mixed_batches is on, but D has no batch norm"),
        ("dcgan", {"mixed_batches": True, "d_norm": "layer"}, "mixed_batches is on, but D has no batch norm"),
        ("dcgan", {"kl": -0.1}, "kl is -0.1; it must not be negative"),
        ("dcgan", {"balance": 2.0, "loss": "minimax"}, "balance is 2, but G's loss can be negative here"),
        ("dcgan", {"balance": 2.0, "kl": 0.1}, "balance is 2, but G's loss can be negative here"),
        ("sngan", {"balance": 2.0}, "balance is 2, but G's loss can be negative here"),
        ("gan", {"g_norm": "instance"}, "g_norm is 'instance', which is for maps"),
        ("gan", {"d_norm": "batch"}, "d_norm is 'batch', but this net has no place for a norm"),
    ],
)
def test_what_does_not_suit_gets_one_line(name, tricks, says):
    with pytest.raises(ValueError, match=says) as error:
        build(name, **tricks)
    assert "\n" not in str(error.value)


def test_a_tricked_system_is_still_its_paper():
    assert isinstance(make(replay=0.5), DCGAN)
