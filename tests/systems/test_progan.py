"""Progressive growing: the schedule, what is shown at each level, and the losses."""

from functools import partial

import pytest
import torch
from duels import batch_for, build

from ganworks.checks import engine_for
from ganworks.losses import penalties
from ganworks.nets.progan import enlarged, halved
from ganworks.systems.image.progan import grown


def test_the_schedule():
    """Of phases of 4 steps: at level 0, into level 1, at level 1, into level 2, at level 2 to the end."""
    assert [grown(step, 4, 2) for step in (0, 3)] == [(0, 1.0), (0, 1.0)]
    assert [grown(step, 4, 2) for step in range(4, 9)] == [(1, 0.0), (1, 0.25), (1, 0.5), (1, 0.75), (1, 1.0)]
    assert [grown(step, 4, 2) for step in (11, 12, 14, 16, 20, 1000)] == [
        (1, 1.0), (2, 0.0), (2, 0.5), (2, 1.0), (2, 1.0), (2, 1.0),
    ]  # fmt: skip
    assert grown(0, 0, 2) == (2, 1.0)


def test_half_of_a_short_run_is_at_full_size():
    """Three stages: four phases before the last one is there."""
    assert build("progan", phase=500, steps=20_000).phase == 500
    assert build("progan", phase=500, steps=80).phase == 10
    assert build("progan", phase=0, steps=80).phase == 0


@pytest.mark.parametrize(("level", "size"), [(0, 4), (1, 8), (2, 16)])
def test_samples_have_full_size_at_every_level(level, size):
    system = build("progan")
    system.growth.set(level, 1.0)
    picture = system.sample(3, seed=0)["image"]
    assert picture.shape == (3, 1, 16, 16)
    assert torch.equal(picture, picture[..., :: 16 // size, :: 16 // size].repeat_interleave(16 // size, 2)
                       .repeat_interleave(16 // size, 3))  # fmt: skip


def test_real_pictures_are_faded_like_fakes():
    system = build("progan", size=(16, 20))
    batch = batch_for(system)
    small = halved(batch["image"])
    for level, fade, expected in (
        (0, 1.0, halved(small)),
        (1, 1.0, small),
        (1, 0.0, enlarged(halved(small), (8, 10))),
        (2, 0.25, 0.75 * enlarged(small, (16, 20)) + 0.25 * batch["image"]),
        (2, 1.0, batch["image"]),
    ):
        system.growth.set(level, fade)
        torch.testing.assert_close(system.real(batch), expected)
        assert system.make(batch).shape == expected.shape


def test_turns_set_the_level_of_their_step():
    system = build("progan", phase=10)
    system.turns(25)
    assert system.growth.now() == (1, 1.0)
    system.turns(35)
    assert system.growth.now() == (2, 0.5)


@pytest.mark.parametrize("level", [0, 2])
def test_ds_terms(level):
    system = build("progan", penalty=7.0, drift=0.5)
    system.growth.set(level, 0.5)
    batch = batch_for(system)
    system.g_loss(batch)
    terms = system.d_loss(batch)
    real, fake = system.real(batch), batch["fake"]
    on_real, on_fake = system.D(real), system.D(fake)  # never both in one batch: D compares
    expected = {
        "wasserstein": on_fake.mean() - on_real.mean(),
        "penalty": 7 * penalties.wgan_gp(system.D, real, fake, batch["t"]),
        "drift": 0.5 * on_real.square().mean(),
    }
    assert list(terms) == list(expected)
    for name, value in expected.items():
        assert terms[name].item() == pytest.approx(value.item(), rel=1e-4, abs=1e-6)


def test_the_log_says_how_far_it_has_grown():
    engine = engine_for(partial(build, "progan", size=(16, 24)))
    engine.system.growth.set(1, 0.25)
    line = engine.measured()
    assert (line["resolution"], line["fade"]) == (8, 0.25)


def test_momentum_takes_weights_that_join_later():
    engine = engine_for(partial(build, "progan", d_optimizer="sgd"))
    while engine.system.growth.now() != (2, 1.0):
        engine.take_step()


def test_real_ones_and_fakes_are_judged_apart():
    system = build("progan")
    batch = batch_for(system)
    torch.testing.assert_close(system.scores(batch)["real"], system.D(system.real(batch)))


def test_the_papers_optimiser():
    system = build("progan")
    players = system.players()
    assert players["G"].ema == 0.999
    assert players["D"].ema is None
    for player in players.values():
        group = player.optimizer(player.params).param_groups[0]
        assert (group["lr"], group["betas"], group["eps"]) == (1e-3, (0.0, 0.99), 1e-8)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"phase": -1}, "phase is -1; it must not be negative, and 0 is for no growing at all"),
        ({"penalty": -1}, "penalty is -1; it must not be negative"),
        ({"drift": -0.1}, "drift is -0.1; it must not be negative"),
        ({"replay": 0.5}, "replay keeps old fakes, whose size grows here; give --phase 0 too"),
    ],
)
def test_what_is_wrong_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        build("progan", **settings)
    assert build("progan", phase=0, replay=0.5).whole_batch
