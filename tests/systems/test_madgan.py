"""MAD-GAN: several generators, and what each of them hears."""

from math import log

import pytest
import torch
from duels import batch_for, build

from ganworks import checks
from ganworks.losses.several import naming_d, naming_g, odds, rivalry


def on_points(**settings):
    return build("madgan", **{"dim": 2, "width": 8, "latent": 3, "generators": 3} | settings)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_the_cosine_form_keeps_the_rules(check):
    check(lambda: on_points(form="cosine"))


def test_the_best_d_gives_data_its_share_of_all_sources():
    """Logits free at each of three places, k = 2: D(data) = p / (p + q1 + q2), the loss its entropy."""
    sources = torch.tensor([[4, 4, 0], [2, 0, 6], [0, 7, 1]])  # how often data, G1 and G2 are at each place
    places = [torch.arange(3).repeat_interleave(row) for row in sources]
    free = torch.zeros(3, 3, requires_grad=True)  # [place, class]
    optimizer = torch.optim.Adam([free], lr=0.1)
    for _ in range(400):
        fake = free[torch.stack(places[1:], 1)].flatten(0, 1)
        loss = naming_d(free[places[0]], fake)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    shares = sources / sources.sum(0)
    torch.testing.assert_close(free.softmax(1).T, shares, atol=0.02, rtol=0)
    assert loss.item() == pytest.approx(-(sources / 24 * shares.clamp_min(1e-9).log()).sum().item(), abs=5e-3)


def test_equal_sources_can_not_be_named():
    assert naming_d(torch.zeros(5, 4), torch.zeros(15, 4)).item() == pytest.approx(log(4))
    assert naming_g(torch.zeros(15, 4)).item() == pytest.approx(log(4))
    assert odds(torch.zeros(5, 4)).tolist() == pytest.approx([0.0] * 5, abs=1e-6)


def test_real_and_fake_weigh_as_in_the_authors_mean():
    """One mean over N data and k N fakes."""
    torch.manual_seed(0)
    real, fake = torch.randn(2, 4), torch.randn(6, 4)
    names = torch.tensor([0, 0, 1, 2, 3, 1, 2, 3])
    expected = torch.nn.functional.cross_entropy(torch.cat([real, fake]), names)
    assert naming_d(real, fake).item() == pytest.approx(expected.item())


def test_odds_of_one_generator_are_a_logit():
    logits = torch.tensor([[2.0, -1.0]])
    assert odds(logits).item() == pytest.approx(3.0)


def test_rivalry_in_closed_form():
    """D says 0.9 and 0.4, and the features are at 60 degrees: short by 0.4 + 0.5 - 0.9 = 0 and 0.9 + 0.5 - 0.4 = 1."""
    features = torch.tensor([[[1.0, 0.0], [1.0, 3**0.5]]])
    assert rivalry(torch.tensor([[0.9, 0.4]]), features).item() == pytest.approx(1.0 / 2, abs=1e-6)
    # Three alike, of the same score: each is short by 1. Three orthogonal ones: by nothing.
    assert rivalry(torch.full((2, 3), 0.3), torch.ones(2, 3, 4)).item() == pytest.approx(1.0)
    assert rivalry(torch.full((2, 3), 0.3), torch.eye(3).expand(2, 3, 3)).item() == 0


def test_rivalry_moves_only_those_who_fall_short():
    scores = torch.tensor([[0.9, 0.1]], requires_grad=True)
    features = torch.tensor([[[1.0, 0.0], [1.0, 1.0]]], requires_grad=True)
    at_scores, at_features = torch.autograd.grad(rivalry(scores, features), (scores, features))
    assert at_scores.tolist() == [[0.0, -0.5]]
    assert at_features[0, 0].tolist() == [0.0, 0.0]
    assert at_features[0, 1].norm() > 0


@pytest.mark.parametrize("settings", [{}, {"dim": None, "size": 16, "width": 4}], ids=["points", "pictures"])
def test_a_generators_loss_reaches_the_trunk_and_its_own_last_layer(settings):
    system = on_points(**settings)
    made = system.G(batch_for(system)["z"])
    assert made.shape[:2] == (4, 3)
    net = system.G.net
    trunk = next(net.parameters())
    head, bias, at_trunk = torch.autograd.grad(naming_g(system.D(made[:, 1])), (net.last.weight, net.last.bias, trunk))
    by_generator = bias.unflatten(0, (3, -1)).flatten(1).abs().sum(1)
    assert (by_generator > 0).tolist() == [False, True, False]
    weights = head.transpose(0, 1) if head.ndim == 4 else head  # transposed convolutions have their outputs second
    assert (weights.unflatten(0, (3, -1)).flatten(1).abs().sum(1) > 0).tolist() == [False, True, False]
    assert at_trunk.norm() > 0


def test_a_step_moves_every_generator():
    system = on_points()
    (loss,) = system.g_loss(batch_for(system)).values()
    (bias,) = torch.autograd.grad(loss, system.G.net.last.bias)
    assert (bias.view(3, 2).abs().sum(1) > 0).all()


def test_fakes_of_one_z_stand_together():
    system = on_points()
    batch = batch_for(system)
    system.g_loss(batch)
    torch.testing.assert_close(batch["fake"], system.G(batch["z"]).reshape(12, 2).detach())


def test_sampling_takes_turns_or_who_is_asked_for():
    system = on_points()
    z = torch.randn(5, 3)
    made = system.G(z).detach()
    torch.testing.assert_close(system.sample(5, z=z)["point"], made[range(5), [0, 1, 2, 0, 1]])
    torch.testing.assert_close(system.sample(5, z=z, generator=torch.full((5,), 2))["point"], made[:, 2])


@pytest.mark.parametrize("form", ["classes", "cosine"])
def test_one_score_for_each_example(form):
    scores = on_points(form=form).scores(batch_for(on_points()))
    assert {name: value.shape for name, value in scores.items()} == {"real": (4,), "fake": (4,)}


def test_d_names_generators_only():
    system = on_points()
    with torch.no_grad():
        system.D.head.weight.zero_()
        system.D.head.bias.copy_(torch.tensor([9.0, 1.0, 3.0, 2.0]))
    assert system.named(torch.randn(2, 2)).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"form": "sim"}, "form is 'sim'; possible: classes, cosine"),
        ({"generators": 1, "form": "cosine"}, "generators is 1; with form 'cosine' it must be at least 2"),
        ({"generators": 0}, "generators is 0; with form 'classes' it must be at least 1"),
    ],
)
def test_what_is_wrong_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        on_points(**settings)
