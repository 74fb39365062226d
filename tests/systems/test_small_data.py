"""ADA's controller, LeCam's penalty, and that D sees nothing but augmented pictures, whatever the system."""

from functools import partial

import pytest
import torch
from duels import batch_for, build

from ganworks import checks, registry
from ganworks.layers.augmentation import differentiable
from ganworks.systems.small_data import MOVES, Adaptive, LeCam

ALL = "color,translation,cutout"
# Every system that takes tricks, those that come later too.
TAKE_TRICKS = [name for name, entry in registry.entries().items() if any(s.name == "ada" for s in entry.settings)]


def controller(target=0.6, num_images=64, has_zero=True):
    return Adaptive(target, num_images, has_zero)


def moved(ada, real, fake, times):
    """p after each move of D."""
    values = []
    for _ in range(times):
        ada.note(real, fake)
        ada.settle()
        values.append(ada.p.item())
    return values


def test_p_follows_the_sign():
    ada, sure, wrong = controller(), torch.full((4,), 2.0), torch.full((4,), -1.0)
    # Every fourth move of D, 16 of the 64 pictures in which p may go all the way.
    assert moved(ada, sure, wrong, 9) == [0, 0, 0, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5]
    assert moved(ada, sure, wrong, 20)[-1] == 1.0
    assert moved(ada, wrong, wrong, 3)[-1] == 0.75  # the one before was left
    assert moved(ada, wrong, wrong, 40)[-1] == 0.0


def test_the_target_is_a_mean_of_signs():
    ada = controller(target=0.5)
    for real, p in (([9.0, 9, 9, -0.1], 0.0), ([0.1, 0.1, 0.1, 0.1], 0.25), ([0.1, 0.1, -9, -9], 0.0)):
        moved(ada, torch.tensor(real), torch.zeros(4), 4)  # 0.5 is the target itself, then 1, then 0
        assert ada.p.item() == p


def test_without_a_zero_d_is_sure_by_comparison():
    ada = controller(has_zero=False)
    assert moved(ada, torch.full((16,), -5.0), torch.full((16,), -6.0), 4)[-1] == 1.0
    zeros = {name: build(name, ada=0.6).augment.has_zero for name in ("dcgan", "sngan", "lsgan", "wgan_gp", "r3gan")}
    assert zeros == {"dcgan": True, "sngan": True, "lsgan": False, "wgan_gp": False, "r3gan": False}


def test_a_turn_that_asks_d_nothing_is_no_move():
    ada = controller()
    for _ in range(8):
        ada.settle()
    assert ada.seen.tolist() == [0, 0, 0]


def test_lecam_bounds_logits_by_the_means_of_the_other_side():
    lecam, real, fake = LeCam(), torch.tensor([3.0, 1.0]), torch.tensor([-1.0, -2.0])
    assert lecam(real, fake) == 0.0  # nothing is known yet
    lecam.settle()
    assert lecam.means.tolist() == [2.0, -1.5]
    expected = ((3 + 1.5) ** 2 + (1 + 1.5) ** 2) / 2 + ((-1 - 2) ** 2 + (-2 - 2) ** 2) / 2
    assert lecam(real, fake).item() == pytest.approx(expected)
    lecam(real + 2, fake)  # a second part of the same move
    lecam.settle()
    assert lecam.means[0].item() == pytest.approx((2.0 + 3.0) / 2)
    lecam.moves.fill_(500)
    lecam(real, fake)
    lecam.settle()
    assert lecam.means[0].item() == pytest.approx(0.99 * 2.5 + 0.01 * 2.0)


def test_lecam_is_a_term_of_its_own():
    system = build("dcgan", lecam=0.5)
    batch = batch_for(system)
    plain = system.d_loss(batch)
    assert plain["lecam"] == 0.0
    system.after(system.turns(0)[-1])
    terms = system.d_loss(batch)
    real, fake = system.both_logits(batch)
    distance = (real - system.lecam.means[1]).square().mean() + (fake - system.lecam.means[0]).square().mean()
    torch.testing.assert_close(terms["lecam"], 0.5 * distance)
    torch.testing.assert_close(terms["adversarial"], plain["adversarial"])


@pytest.mark.parametrize("name", ["dcgan", "r3gan", "wgan_gp", "cgan"])
def test_d_sees_augmented_pictures_and_samples_are_none(name):
    """In both turns, each side by its own numbers; the slope is measured at them too."""
    system = build(name, diff_augment=ALL, **{"critic_steps": 1} if name == "wgan_gp" else {})
    batch = batch_for(system)
    seen = []
    system.D.register_forward_pre_hook(lambda module, inputs: seen.extend(inputs[0].detach().split(4)))
    system.g_loss(batch)
    system.d_loss(batch)
    numbers, policy = batch["augmentation"], tuple(ALL.split(","))
    made = system.generate(batch)["image"] if name != "r3gan" else system.G(batch["z"])
    real, fake = differentiable(batch["image"], numbers[:, 0], policy), differentiable(made, numbers[:, 1], policy)
    kinds = [("real" if x.allclose(real, atol=1e-4) else "fake" if x.allclose(fake, atol=1e-4) else "?") for x in seen]
    between = ["?"] if name == "wgan_gp" else []
    assert sorted(set(kinds)) == [*between, "fake", "real"]
    system.specs["image"].validate("image", system.sample(2)["image"])


@pytest.mark.parametrize("name", TAKE_TRICKS)
def test_every_system_takes_them(name):
    def make():
        system = registry.build(name, **registry.find(name).tiny, ada=0.1, ada_images=100, lecam=0.1)[0]
        system.augment.p.fill_(0.7)
        system.augment.seen[2] = MOVES - 1
        return system

    engine = checks.trained(make, 1)
    assert engine.skipped == 0 and "D.lecam" in engine.terms
    p = engine.system.augment.p
    assert p != torch.tensor(0.7) and engine.measured()["ada_p"] == p.item()
    assert "D.p" not in engine.terms, "p is no loss"


@pytest.mark.parametrize("name", ["r3gan", "wgan_gp"])
def test_micro_batches_see_what_the_batch_would(name):
    own = {"r3gan": {"nets": "dcgan"}, "wgan_gp": {"norm": "none", "critic_steps": 2}}[name]

    def make(**tricks):
        system = build(name, size=8, g_norm="none", lecam=1.0, **own, **tricks)
        system.lecam.moves.fill_(1)
        if "ada" in tricks:
            system.augment.p.fill_(0.7)
        return system

    for tricks in ({"ada": 0.6}, {"diff_augment": ALL}):
        checks.micro_batches_equal_one_batch(partial(make, **tricks))
        whole, parts = (checks.engine_for(partial(make, **tricks), lr=0.0, micro=micro) for micro in (1, 2))
        for engine in (whole, parts):
            for _ in range(2):
                engine.take_step()
        for key, value in whole.system.state_dict().items():
            if key.startswith(("augment.", "lecam.")):
                torch.testing.assert_close(parts.system.state_dict()[key], value)


@pytest.mark.parametrize(
    ("tricks", "says"),
    [
        ({"diff_augment": "colour"}, "diff_augment is 'colour'; possible: color, translation, cutout, with commas"),
        ({"diff_augment": ALL, "ada": 0.6}, "diff_augment is 'color,translation,cutout' and ada is 0.6; choose one"),
        ({"ada": 1.0}, "ada is 1; possible: 0 to below 1"),
        ({"ada": 0.6, "ada_images": 0}, "ada_images is 0; it must be at least 1"),
        ({"ada_images": 1000}, "ada_images is 1000, but ada is 0; give a target, such as --ada 0.6"),
        ({"lecam": -1.0}, "lecam is -1; it must not be negative"),
        ({"ada": 0.6, "dim": 2}, "ada is for pictures; points cannot be turned or recoloured"),
    ],
)
def test_what_does_not_suit_gets_one_line(tricks, says):
    with pytest.raises(ValueError, match=says) as error:
        build("r3gan", **tricks)
    assert "\n" not in str(error.value)
