"""D's steps ahead: those that its optimiser would take, and G's gradient through them."""

import copy

import pytest
import torch
from duels import batch_for, build
from torch.nn.functional import softplus

from ganworks import checks
from ganworks.systems.remedies.unrolled import AdamAhead, descend

ON_POINTS = {"dim": 2, "width": 8, "latent": 3}


def engine_of(name, steps=0, **settings):
    engine = checks.engine_for(lambda: build(name, **settings), lr=1e-2)
    for _ in range(steps):
        engine.take_step()
    return engine


@pytest.mark.parametrize(
    ("plain", "settings", "loss"),
    [("gan", ON_POINTS | {"loss": "minimax"}, "minimax"), ("dcgan", {"latent": 5}, "non_saturating")],
    ids=["points", "pictures"],
)
def test_without_steps_ahead_it_is_the_plain_gan_to_the_bit(plain, settings, loss):
    expected = engine_of(plain, 4, **settings)
    ours = engine_of("unrolled", 4, **settings | {"unroll": 0, "loss": loss})
    assert all(map(torch.equal, ours.system.state_dict().values(), expected.system.state_dict().values()))
    one_ahead = engine_of("unrolled", 4, **settings | {"unroll": 1, "loss": loss})
    assert not torch.equal(next(one_ahead.system.parameters()), next(expected.system.parameters()))


@pytest.mark.parametrize("steps_before", [0, 5])
def test_steps_ahead_are_adams(steps_before):
    """From a new state and from a used one, in which gradients were of another size."""
    torch.manual_seed(0)
    param = torch.nn.Parameter(torch.randn(4, 3))
    target = torch.randn(4, 3)
    adam = torch.optim.Adam([param], lr=0.03, betas=(0.5, 0.9))

    def loss(weights):
        return (weights["w"] - target).pow(4).sum()

    def move():
        adam.zero_grad()
        loss({"w": param}).backward()
        adam.step()

    for _ in range(steps_before):
        move()
    before = param.detach().clone()
    ahead = descend(loss, {"w": param.detach().clone().requires_grad_()}, AdamAhead(adam, [param]), 3)["w"]
    assert torch.equal(param, before)
    for _ in range(3):
        move()
    assert (param - before).abs().min() > 0.01
    torch.testing.assert_close(ahead, param, rtol=0, atol=1e-6)


def scalar_game(g, num_steps, adam, d):
    """f after D's steps ahead: a G that is one number against a D that is one slope; data at 1."""

    def f(weights):
        return softplus(-weights["d"]) + softplus(weights["d"] * g) + 0.1 * weights["d"] ** 2

    weights = descend(f, {"d": d.detach().requires_grad_()}, AdamAhead(adam, [d]), num_steps)
    return f(weights), weights["d"]


@pytest.mark.parametrize("num_steps", [0, 1, 4])
def test_the_gradient_through_the_steps_is_that_of_finite_differences(num_steps):
    d = torch.nn.Parameter(torch.tensor(0.7, dtype=torch.float64))
    adam = torch.optim.Adam([d], lr=0.05, betas=(0.5, 0.9))
    for slope in (0.3, -0.2):
        d.grad = torch.tensor(slope, dtype=torch.float64)
        adam.step()
    g = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    value, d_ahead = scalar_game(g, num_steps, adam, d)
    (exact,) = torch.autograd.grad(value, g)
    step = 1e-5
    ends = [scalar_game(g.detach() + side * step, num_steps, adam, d)[0] for side in (1, -1)]
    assert exact.item() == pytest.approx(((ends[0] - ends[1]) / (2 * step)).item(), rel=1e-7)
    without = (torch.sigmoid(d_ahead * g) * d_ahead).item()  # if D's steps were constants
    assert (exact.item() == pytest.approx(without, rel=1e-9)) == (num_steps == 0)


def test_a_weight_without_gradient_does_not_spoil_the_rest():
    """In a new Adam the second moment of a dead unit is 0, where the root has no slope."""
    param = torch.nn.Parameter(torch.ones(2))
    x = torch.tensor(3.0, requires_grad=True)

    def loss(weights):
        return (weights["w"] * torch.tensor([1.0, 0.0]) * x).square().sum()

    adam = torch.optim.Adam([param], lr=0.1)
    ahead = descend(loss, {"w": param.detach().requires_grad_()}, AdamAhead(adam, [param]), 2)
    (gradient,) = torch.autograd.grad(loss(ahead), x)
    assert gradient.isfinite()
    assert ahead["w"][1] == 1


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
@pytest.mark.parametrize("settings", [ON_POINTS, {"latent": 5}], ids=["points", "pictures with batch norm"])
def test_g_is_judged_by_the_d_of_three_steps_later(settings, loss):
    """The same by taking D's steps in earnest, with a copy of D and of its optimiser."""
    engine = engine_of("unrolled", 2, **settings, unroll=3, loss=loss)
    system = engine.system
    batch = batch_for(system)
    terms = system.g_loss(batch)
    real, fake = batch[system.entry], batch["fake"]
    D = copy.deepcopy(system.D)
    adam = torch.optim.Adam(D.parameters(), lr=1e-2, betas=(0.5, 0.999))
    adam.load_state_dict(engine.optimizers["D"].state_dict())
    for _ in range(3):
        adam.zero_grad()
        system.adversarial.d(D(real), D(fake)).backward()
        adam.step()
    real_logits, fake_logits = D(real), D(fake)
    expected = system.adversarial.g(fake_logits)
    if loss == "minimax":
        expected = -system.adversarial.d(real_logits, fake_logits)
    assert terms["adversarial"].item() == pytest.approx(expected.item(), rel=1e-4)
    assert terms["adversarial"].item() != pytest.approx(system.adversarial.g(system.D(fake)).item(), rel=1e-2)


def test_gs_turn_leaves_no_trace_in_d():
    """Neither gradients nor statistics nor moments, even if everything is asked for its gradient."""
    engine = engine_of("unrolled", 2, latent=5)
    system, adam = engine.system, engine.optimizers["D"]
    adam.zero_grad()
    before = copy.deepcopy((system.D.state_dict(), adam.state_dict()["state"]))
    system.G.zero_grad()
    sum(system.g_loss(batch_for(system)).values()).backward()
    assert all(param.grad is None for param in system.D.parameters())
    assert all(param.grad is not None and param.grad.isfinite().all() for param in system.G.parameters())
    torch.testing.assert_close((system.D.state_dict(), adam.state_dict()["state"]), before, rtol=0, atol=0)


def test_steps_ahead_have_the_rate_in_force():
    """The user's, times the schedule's factor at this step; and without an engine the system's own."""
    engine = engine_of("unrolled", 1, **ON_POINTS)
    engine.optimizers["D"].param_groups[0]["lr"] = 0.02
    assert engine.system.seen() is engine.optimizers["D"]
    seen = AdamAhead(engine.system.seen(), engine.system.D.parameters())
    assert (seen.rate, seen.num_steps) == (0.02, 1)
    alone = build("unrolled", **ON_POINTS)
    alone.g_loss(batch_for(alone))
    assert alone.seen() is None  # not kept alive


def test_steps_ahead_are_float32_inside_autocast():
    engine = engine_of("unrolled", 1, **ON_POINTS)
    batch = batch_for(engine.system)
    kinds = set()
    engine.system.D.register_forward_hook(lambda module, inputs, output: kinds.add(output.dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        terms = engine.system.g_loss(batch)
    assert kinds == {torch.float32}
    assert terms["adversarial"].dtype == torch.float32


def test_losses_by_default():
    assert build("unrolled", **ON_POINTS).loss == "minimax"
    assert build("unrolled").loss == "non_saturating"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unroll": -1}, "unroll is -1; it must be at least 0"),
        ({"loss": "hinge"}, "loss is 'hinge'; possible: minimax, non_saturating"),
    ],
)
def test_what_is_wrong_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        build("unrolled", **settings)
