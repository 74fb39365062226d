"""Manifold-diffusion GAN: its two steps, whom each loss reaches, and what its two critics say together."""

from math import log

import pytest
import torch
from duels import batch_for, build
from torch import nn
from torch.autograd import grad

from ganworks.systems.remedies.mdgan import Chain


def on_points(**settings):
    return build("mdgan", size=8, channels=1, dim=2, width=8, latent=3, **settings)


def names_reached(system, loss):
    """The networks in which a loss has a gradient that is not zero."""
    found = set()
    for name, network in {"G": system.G, "E": system.E, "D1": system.D.D1, "D2": system.D.D2}.items():
        slopes = grad(loss, list(network.parameters()), allow_unused=True, retain_graph=True)
        if any(slope is not None and bool((slope != 0).any()) for slope in slopes):
            found.add(name)
    return found


@pytest.mark.parametrize("on", ["pictures", "points"])
def test_whom_the_losses_reach(on):
    system = on_points() if on == "points" else build("mdgan")
    batch = batch_for(system)
    terms = system.manifold_g_loss(batch)
    assert names_reached(system, terms["distance"]) == {"G", "E"}
    assert names_reached(system, terms["manifold"]) == {"G", "E", "D1"}
    del batch["judged"]
    assert names_reached(system, system.manifold_d_loss(batch)["manifold"]) == {"D1"}
    batch = batch_for(system)
    assert names_reached(system, system.diffusion_g_loss(batch)["diffusion"]) == {"G", "D2"}
    del batch["judged"]
    assert names_reached(system, system.diffusion_d_loss(batch)["diffusion"]) == {"D2"}


def test_a_step_is_the_two_of_the_paper(monkeypatch):
    """Each on a batch of its own, the critic after G; G makes nothing twice from the same weights."""
    system = build("mdgan")
    made, forward = [], system.G.forward
    monkeypatch.setattr(system.G, "forward", lambda z: made.append(len(z)) or forward(z))
    turns = system.turns(0)
    assert [(turn.player, turn.fresh) for turn in turns] == [("G", True), ("D", False)] * 2
    counts, batch = [], {}
    for turn in turns:
        batch = batch_for(system) if turn.fresh else batch
        made.clear()
        assert all(term.isfinite() for term in turn.loss(batch).values())
        counts.append(len(made))
    assert counts == [1, 0, 2, 0]  # rebuilt; rebuilt and fake


@pytest.mark.parametrize(
    ("loss", "term", "said"),
    [
        ("manifold_g_loss", "manifold", lambda system, batch: system.D.D1(system.G(system.E(batch["point"])))),
        ("diffusion_g_loss", "diffusion", lambda system, batch: system.D.D2(system.G(batch["z"]))),
    ],
)
def test_g_pleases_the_critic_of_the_step(loss, term, said):
    system = on_points(manifold=1.0)
    batch = batch_for(system, 32)
    before = said(system, batch).mean().item()
    params = list(system.G.parameters())
    slopes = grad(getattr(system, loss)(batch)[term], params)
    with torch.no_grad():
        for parameter, slope in zip(params, slopes, strict=True):
            parameter -= 0.3 * slope
    assert said(system, batch).mean().item() > before


@pytest.mark.parametrize(("loss", "critic"), [("manifold_d_loss", "D1"), ("diffusion_d_loss", "D2")])
def test_each_critic_learns_its_own_question(loss, critic):
    """D1 calls x real and G(E(x)) fake, D2 calls G(E(x)) real and G(z) fake."""
    system = on_points()
    batch = batch_for(system)
    batch |= {"rebuilt": torch.randn(4, 2), "fake": torch.randn(4, 2)}
    pair = (batch["point"], batch["rebuilt"]) if critic == "D1" else (batch["rebuilt"], batch["fake"])
    judge = getattr(system.D, critic)
    (value,) = getattr(system, loss)(batch).values()
    assert value.item() == pytest.approx(system.adversarial.d(judge(pair[0]), judge(pair[1])).item())


def test_the_best_critics_together_are_a_plain_gans():
    """Real p, rebuilt r and fake q on two points: D1 + D2 = log p / q, at which a plain critic's slope is zero."""
    r = torch.tensor([0.4, 0.6])
    p, q = torch.tensor([0.75, 0.25]), torch.tensor([0.25, 0.75])

    class Table(nn.Module):
        def __init__(self, logits):
            super().__init__()
            self.logits = nn.Parameter(logits)

        def forward(self, x):
            return self.logits[x]

    chain = Chain(Table((p / r).log()), Table((r / q).log()))
    assert chain(torch.tensor([0, 1])).tolist() == pytest.approx([log(3), -log(3)])
    loss = on_points().adversarial.d(chain(torch.tensor([0, 0, 0, 1])), chain(torch.tensor([0, 1, 1, 1])))
    for slope in grad(loss, list(chain.parameters())):
        torch.testing.assert_close(slope, torch.zeros(2))


def test_scores_are_the_sum_of_both_critics():
    system = on_points()
    batch = batch_for(system)
    x = batch["point"]
    torch.testing.assert_close(system.scores(batch)["real"], system.D.D1(x) + system.D.D2(x))


def test_distance_in_closed_form():
    """G(E(x)) = 2x: three times the mean of x^2."""
    system = build("mdgan", dim=2, latent=2, distance=3.0)
    system.E = nn.Identity()
    system.G = nn.Linear(2, 2, bias=False)
    system.G.weight.data.copy_(2 * torch.eye(2))
    x = torch.tensor([[1.0, -2.0], [0.5, 1.0]])
    assert system.manifold_g_loss({"point": x})["distance"].item() == pytest.approx(3 * 6.25 / 4)


def test_a_weight_below_zero_is_named():
    with pytest.raises(ValueError, match="manifold is -1; the weight must not be below 0"):
        on_points(manifold=-1.0)
