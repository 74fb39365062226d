"""One generator against one discriminator: what all such systems share."""

import pytest
import torch
from duels import batch_for, build

from ganworks import registry
from ganworks.losses.adversarial import MINIMAX, NON_SATURATING
from ganworks.systems.duel import sides

DUELS = ["cgan", "dcgan", "gan", "lsgan", "r3gan", "sngan", "wgan", "wgan_gp"]
# With turns, entries or nets of their own, and tests of their own.
OTHERS = ["ambientgan", "biggan", "cogan", "nrgan", "progan", "sagan", "stylegan2", "vaegan"]


def test_the_list_is_complete():
    found = [name for name, entry in registry.entries().items() if entry.domain == "image"]
    assert sorted(found) == sorted(DUELS + OTHERS)


@pytest.mark.parametrize("name", registry.entries())
def test_every_setting_is_explained(name):
    entry = registry.find(name)
    assert all(setting.help for setting in entry.settings), [s.name for s in entry.settings if not s.help]
    assert any(place in entry.title for place in ("arXiv", "openreview", "CVPR", "SIGGRAPH"))


@pytest.mark.parametrize("name", DUELS)
def test_terms_are_finite_scalars_and_move_their_player(name):
    system = build(name)
    players = system.players()
    batch = batch_for(system)
    for turn in system.turns(0):
        batch = batch_for(system) if turn.fresh else batch
        terms = turn.loss(batch)
        assert all(term.shape == () and term.isfinite() for term in terms.values()), terms
        params = players[turn.player].params
        gradients = torch.autograd.grad(sum(terms.values()), params, allow_unused=True, retain_graph=turn.keep)
        assert any(gradient is not None and bool((gradient != 0).any()) for gradient in gradients)


@pytest.mark.parametrize("name", DUELS)
def test_fakes_of_gs_turn_serve_ds_turn(name, monkeypatch):
    system = build(name)
    batch = batch_for(system)
    system.g_loss(batch)
    assert not batch["fake"].requires_grad
    fake = batch["fake"].clone()

    def again(*inputs):
        raise AssertionError("made again")

    monkeypatch.setattr(system.G, "forward", again)
    system.d_loss(batch)
    torch.testing.assert_close(batch["fake"], fake)


# gan drops units out, and sngan's power iteration goes on between two passes: for them two passes are two numbers.
@pytest.mark.parametrize("name", [name for name in DUELS if name not in ("gan", "r3gan", "sngan")])
def test_shared_logits_give_d_the_same_gradient(name):
    """D's gradient with the logits of G's turn, and with new ones."""
    gradients = []
    for shared in (True, False):
        system = build(name)
        batch = batch_for(system)
        system.g_loss(batch)
        assert ("judged" in batch) == system.shares_logits
        if not shared:
            del batch["judged"]
        loss = sum(system.d_loss(batch).values())
        gradients.append(torch.autograd.grad(loss, system.players()["D"].params))
    for ours, again in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, again, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", DUELS)
def test_a_lone_turn_of_d_makes_fakes_without_a_graph(name):
    system = build(name)
    batch = batch_for(system)
    loss = sum(system.d_loss(batch).values())
    assert batch["fake"].shape == batch["image"].shape
    gradients = torch.autograd.grad(loss, list(system.G.parameters()), allow_unused=True)
    assert not any(gradient is not None for gradient in gradients)


@pytest.mark.parametrize("name", DUELS)
def test_real_and_fake_pass_together_only_without_batch_norm(name, monkeypatch):
    system = build(name)
    sizes = []
    forward = system.D.forward
    monkeypatch.setattr(system.D, "forward", lambda x, *labels: sizes.append(len(x)) or forward(x, *labels))
    batch = batch_for(system, 4)
    system.judge(batch, batch["image"], batch["image"])
    assert sizes == ([4, 4] if name in ("cgan", "dcgan", "lsgan", "wgan") else [8])


@pytest.mark.parametrize("name", DUELS)
def test_one_pass_or_two_give_the_same_logits(name):
    system = build(name).eval()
    batch = batch_for(system)
    pictures = [batch["image"], batch["image"].flip(0)]
    together = system.judge(batch, *pictures)
    for x, logits in zip(pictures, together, strict=True):
        torch.testing.assert_close(logits, system.judge(batch, x)[0])


@pytest.mark.parametrize(("name", "steps"), [("wgan", 5), ("wgan_gp", 5), ("sngan", 5), ("dcgan", 1), ("r3gan", 1)])
def test_d_moves_as_often_as_the_paper_says(name, steps):
    turns = build(name).turns(7)
    assert [turn.player for turn in turns] == ["D"] * (steps - 1) + ["G", "D"]
    assert [turn.fresh for turn in turns] == [True] * steps + [False]


@pytest.mark.parametrize("size", [16, (16, 24), (17, 30)])
@pytest.mark.parametrize("name", [name for name in DUELS if name != "gan"])
def test_samples_of_any_size_are_in_range(name, size):
    system = build(name, size=size, channels=3)
    image = system.sample(3, seed=1)["image"]
    height, width = (size, size) if isinstance(size, int) else size
    assert image.shape == (3, 3, height, width)
    system.specs["image"].validate("image", image)


def test_micro_batches_are_refused_where_statistics_are_the_batchs():
    whole = {name: build(name).whole_batch for name in DUELS}
    assert [name for name in DUELS if not whole[name]] == ["r3gan"]


@pytest.mark.parametrize(("size", "expected"), [(32, (32, 32)), ((20, 30), (20, 30))])
def test_sides(size, expected):
    assert sides(size) == expected


def test_small_pictures_are_refused():
    with pytest.raises(ValueError, match="size is 4x32; both sides must be at least 8"):
        build("dcgan", size=(4, 32))


def test_the_number_of_critic_steps_is_checked():
    with pytest.raises(ValueError, match="critic_steps is 0; it must be at least 1"):
        build("wgan_gp", critic_steps=0)


def test_gan_takes_either_loss():
    assert build("gan", loss="minimax").adversarial is MINIMAX
    assert build("gan").adversarial is NON_SATURATING
    with pytest.raises(ValueError, match="loss is 'hinge'; possible: minimax, non_saturating"):
        build("gan", loss="hinge")
