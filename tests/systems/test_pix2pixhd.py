"""pix2pixHD: stages, critics of several sizes, feature matching, and boundaries of instances."""

import pytest
import torch

from ganworks import registry
from ganworks.checks import engine_for
from ganworks.engine.engine import Engine
from ganworks.nets.patchgan import halved
from ganworks.systems.translate.pix2pixhd import COARSE, FIXED, JOINT, boundaries, feature_matching, pix2pixhd

LATER = 1000  # a step at which all stages are over


def tiny(stage_at=LATER, **settings):
    torch.manual_seed(0)
    system = pix2pixhd(**registry.find("pix2pixhd").tiny | settings)
    system.turns(stage_at)
    return system


def batch_for(system, num=2):
    return system.draw(num) | {name: spec.random(num) for name, spec in system.specs.items()}


def moving(engine: Engine) -> set[str]:
    """The parts of G that one step moves."""
    before = {name: parameter.detach().clone() for name, parameter in engine.system.G.named_parameters()}
    engine.take_step()
    now = dict(engine.system.G.named_parameters())
    return {name.split(".")[0] for name, value in before.items() if not torch.equal(value, now[name])}


def test_coarse_first_then_fine_then_both():
    engine = engine_for(lambda: tiny(stage_at=0))
    parts = [moving(engine) for _ in range(4)]
    assert parts == [{"G1", "G1_last"}] * 2 + [{"G2_down", "G2_up"}, {"G1", "G2_down", "G2_up"}]
    assert engine.system.stage == JOINT


def test_stages_are_parts_of_the_run():
    system = tiny(coarse=5000, fixed=500, steps=80)
    assert [system.stage_at(step) for step in (0, 19, 20, 29, 30, 79)] == [COARSE] * 2 + [FIXED] * 2 + [JOINT] * 2
    assert tiny(coarse=0, fixed=0, stage_at=0).stage == JOINT
    system.turns(0)
    assert system.stage == JOINT, "a run that goes on with more steps does not fall back"


def test_the_stage_is_saved():
    system, other = tiny(stage_at=0), tiny()
    other.load_state_dict(system.state_dict())
    x = system.specs["other"].random(1)
    assert other.stage == COARSE
    assert torch.equal(system.translate(x), other.translate(x))
    assert (tiny().translate(x) - other.translate(x)).abs().max() > 1e-3


def test_while_it_is_coarse_a_picture_is_enlarged():
    system = tiny(stage_at=0, size=(16, 21))
    x = system.specs["other"].random(2)
    assert system.translate(x).shape == (2, 3, 16, 21)
    batch = batch_for(system)
    system.g_loss(batch)
    assert batch["fake"].shape == (2, 3, 8, 11)


def test_the_finest_critic_waits_for_the_full_size():
    """A critic judges one size of pictures only, in all stages."""
    system = tiny(stage_at=0, critics=3, size=32)
    batch = batch_for(system)
    coarse = system.judge(batch["other"], halved(batch["image"]))
    system.turns(LATER)
    fine = system.judge(batch["other"], batch["image"])
    assert (len(coarse), len(fine)) == (2, 3)
    for ours, others in zip(coarse, fine[1:], strict=True):
        torch.testing.assert_close(ours[-1], others[-1])
    assert len(tiny(stage_at=0, critics=1).judge(batch["other"], halved(batch["image"]))) == 1


def test_losses_in_closed_form():
    """Sums over critics: (D - 1)^2 for G, half of (D(y) - 1)^2 + D(G(x))^2 for D, and 10 times feature matching."""
    system = tiny()
    batch = batch_for(system)
    g_terms, d_terms = system.g_loss(batch), system.d_loss(batch)
    real, fake = (system.judge(batch["other"], batch[name]) for name in ("image", "fake"))
    torch.testing.assert_close(g_terms["adversarial"], sum((maps[-1] - 1).square().mean() for maps in fake))
    expected = sum((r[-1] - 1).square().mean() + f[-1].square().mean() for r, f in zip(real, fake, strict=True))
    torch.testing.assert_close(d_terms["adversarial"], expected / 2)
    matching = sum(
        (a - b).abs().mean() * 4 / (len(r) - 1) / 2
        for r, f in zip(real, fake, strict=True)
        for a, b in zip(r[:-1], f[:-1], strict=True)
    )
    torch.testing.assert_close(g_terms["matching"], 10 * matching)
    assert "matching" not in tiny(matching=0.0).g_loss(batch)


def test_feature_matching_leaves_out_the_logits():
    maps = [torch.zeros(1, 2, 4, 4), torch.zeros(1, 4, 2, 2), torch.zeros(1, 1, 1, 1)]
    others = [maps[0] + 1, maps[1] - 3, maps[2] + 100]
    assert feature_matching(others, maps).item() == 4 * (1 + 3) / 2


def test_the_perceptual_loss_is_that_of_a_vgg():
    system = tiny(size=32, perceptual=2.0, vgg="random")
    batch = batch_for(system)
    terms = system.g_loss(batch)
    taps = [f"relu{block}_1" for block in range(1, 6)]
    ours, true = (system.vgg(batch[name], taps) for name in ("fake", "image"))
    weights = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)
    expected = 2 * sum(w * (a - b).abs().mean() for w, a, b in zip(weights, ours, true, strict=True))
    torch.testing.assert_close(terms["perceptual"], expected)
    assert all("vgg" not in name for name, _ in system.named_parameters())
    assert tiny().vgg is None, "nothing is downloaded that is not needed"


def test_boundaries_of_touching_instances():
    """Two of one colour and one of another: a line two pixels wide where they touch, and none inside."""
    picture = torch.full((1, 3, 4, 6), -1.0)
    picture[:, :, :, 3:] = torch.tensor([0.2, -1, -1]).view(3, 1, 1)
    marked = boundaries(picture)
    assert marked.shape == (1, 1, 4, 6)
    assert marked[0, 0].tolist() == [[0, 0, 1, 1, 0, 0]] * 4
    picture[:, :, 2:] = 0.7
    rows = boundaries(picture)[0, 0]
    assert rows[1].tolist() == rows[2].tolist() == [1] * 6 and rows[3].tolist() == [0] * 6


def test_neighbouring_numbers_are_different_instances():
    """A step of 16 bits is a boundary, rounding is none."""
    assert boundaries(torch.tensor([0.0, 2 / 65535]).view(1, 1, 1, 2)).sum() == 2
    assert boundaries(torch.tensor([0.5, 0.5 + 1e-7]).view(1, 1, 1, 2)).sum() == 0


def test_both_nets_are_shown_the_boundaries():
    system, plain = tiny(boundaries=True), tiny()
    x = torch.zeros(1, 3, 16, 16)
    x[..., 8:] = 0.5
    assert torch.equal(system.condition(x), torch.cat([x, boundaries(x)], 1)) and torch.equal(plain.condition(x), x)
    first = next(system.D.parameters()).shape[1] - next(plain.D.parameters()).shape[1]
    assert first == 1
    assert system.translate(x).shape == x.shape


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"critics": 0}, "critics is 0"),
        ({"coarse": -1}, "coarse -1"),
        ({"size": 12}, "both sides must be at least 16"),
        ({"size": 64, "field": 70, "critics": 3}, "field is 70, for which D needs .* 24 pixels .* sees 16x16"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        tiny(**settings)
