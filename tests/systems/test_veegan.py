"""VEEGAN: its signs, its closed forms, and whom its losses reach."""

from math import log

import pytest
import torch
from duels import batch_for, build
from torch import nn
from torch.autograd import grad

from ganworks.systems.remedies.veegan import VEEGAN


def on_points(**settings):
    return build("veegan", size=8, channels=1, dim=2, width=8, latent=3, **settings)


def reached(loss, network):
    return [gradient is not None for gradient in grad(loss, list(network.parameters()), allow_unused=True)]


def test_the_best_critic_makes_gs_loss_the_kl_divergence():
    """Three kinds of pairs: p = (1/2, 1/4, 1/4) real, q = (1/4, 1/4, 1/2) fake."""
    real, fake = torch.tensor([0, 0, 1, 2]), torch.tensor([0, 1, 2, 2])
    logits = torch.tensor([log(2), 0.0, -log(2)], requires_grad=True)  # log p / q
    (slope,) = grad(VEEGAN.adversarial.d(logits[real], logits[fake]), logits)
    torch.testing.assert_close(slope, torch.zeros(3))
    kl = log(1 / 2) / 4 + log(2) / 2
    assert VEEGAN.adversarial.g(logits[fake]).item() == pytest.approx(kl)


def test_reconstruction_of_linear_nets():
    """F(G(z)) = z / 2, so |z - F(G(z))|^2 = |z|^2 / 4, summed over z."""
    system = on_points(reconstruction=3.0)
    system.G, system.F = nn.Linear(3, 2, bias=False), nn.Linear(2, 3, bias=False)
    with torch.no_grad():
        system.G.weight.copy_(torch.tensor([[2.0, 0, 0], [0, 2, 0]]))
        system.F.weight.copy_(torch.tensor([[0.25, 0], [0, 0.25], [0, 0]]))
    z = torch.tensor([[2.0, 0, 0], [0, 4, 0], [2, 2, 0]])
    batch = {"z": z, "point": torch.randn(3, 2), "noise": torch.randn(3, 3)}
    assert system.g_loss(batch)["reconstruction"].item() == pytest.approx(3 * (1 + 4 + 2) / 3)


def test_f_moves_by_the_reconstruction_alone():
    system = on_points()
    batch = batch_for(system)
    terms = system.g_loss(batch)
    del batch["judged"]
    loss = system.d_loss(batch)["adversarial"]
    assert all(reached(terms["adversarial"], system.G))
    assert not any(reached(terms["adversarial"], system.F))
    terms = system.g_loss(batch_for(system))
    assert all(reached(terms["reconstruction"], system.F))
    assert not any(reached(system.g_loss(batch_for(system))["reconstruction"], system.D))
    assert all(reached(system.g_loss(batch_for(system))["reconstruction"], system.G))
    assert not any(reached(loss, nn.ModuleList([system.G, system.F])))


def test_g_is_drawn_to_pairs_that_d_calls_real():
    """A small step of G down its adversarial term raises D(G(z), z)."""
    system = on_points(reconstruction=0.0)
    batch = batch_for(system, 32)
    terms = system.g_loss(batch)
    before = batch["judged"].mean().item()
    with torch.no_grad():
        for parameter, slope in zip(
            system.G.parameters(), grad(terms["adversarial"], list(system.G.parameters())), strict=True
        ):
            parameter -= 0.1 * slope
    system.g_loss(batch)
    assert batch["judged"].mean().item() > before


@pytest.mark.parametrize("noise", [0.0, 0.7])
def test_d_judges_pairs(noise, monkeypatch):
    """Real ones are (x, F(x) + noise), fake ones (G(z), z), and D learns that the first are real."""
    system = on_points(noise=noise)
    batch = batch_for(system)
    x, z = batch["point"], batch["z"]
    with torch.no_grad():
        code = system.F(x) + noise * batch["noise"]
    seen = []

    def judge(x, z):
        seen.append((x, z))
        return torch.zeros(len(x)) + len(seen)

    monkeypatch.setattr(system.D, "forward", judge)
    real, fake = system.both_logits(batch)
    assert (real[0].item(), fake[0].item()) == (1, 2)
    torch.testing.assert_close(seen[0], (x, code))
    torch.testing.assert_close(seen[1], (system.G(z).detach(), z))


@pytest.mark.parametrize("settings", [{}, {"dim": 2, "latent": 3}])
def test_shared_logits_give_d_the_same_gradient(settings):
    gradients = []
    for shared in (True, False):
        system = build("veegan", **settings)
        batch = batch_for(system)
        system.g_loss(batch)
        if not shared:
            del batch["judged"]
        gradients.append(grad(system.d_loss(batch)["adversarial"], list(system.D.parameters())))
    for ours, again in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, again, rtol=1e-3, atol=1e-5)


def test_critic_and_reconstructor_have_the_right_shapes():
    system = build("veegan", latent=5).eval()
    x, z = torch.rand(2, 1, 16, 16), torch.randn(2, 5)
    assert system.F(x).shape == (2, 5)
    assert system.D(x, z).shape == (2,)
    assert (system.D(x, z) != system.D(x, z + 1)).all()
    assert (system.D(x, z) != system.D(x / 2, z)).all()
    assert {name: value.shape for name, value in system.scores(batch_for(system)).items()} == {
        "real": (4,),
        "fake": (4,),
    }


def test_pictures_have_a_smaller_weight_unless_one_is_given():
    assert on_points().reconstruction == 1
    assert build("veegan").reconstruction == 0.1
    assert build("veegan", reconstruction=2.0).reconstruction == 2


def test_weights_below_zero_are_named():
    with pytest.raises(ValueError, match="reconstruction is -1 and noise 0; neither may be below 0"):
        on_points(reconstruction=-1.0)
