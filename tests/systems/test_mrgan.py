"""Mode regularised GAN: the sign of its second term, its closed forms, and whom its losses reach."""

import pytest
import torch
from duels import batch_for, build
from torch import nn
from torch.autograd import grad
from torch.nn.functional import softplus


def on_points(**settings):
    return build("mrgan", size=8, channels=1, dim=2, width=8, latent=3, **settings)


def reached(loss, network):
    return [gradient is not None for gradient in grad(loss, list(network.parameters()), allow_unused=True)]


@pytest.mark.parametrize("moving", ["E", "G"])
def test_lowering_the_regulariser_raises_what_d_says_of_the_rebuilt(moving):
    """Against the paper's print, whose sign would lower it."""
    system = on_points(geometry=0.0)
    batch = batch_for(system, 32)
    network = getattr(system, moving)

    def said():
        return system.D(system.G(system.E(batch["point"]))).mean().item()

    before = said()
    slopes = grad(sum(system.e_loss(batch).values()), list(network.parameters()))
    with torch.no_grad():
        for parameter, slope in zip(network.parameters(), slopes, strict=True):
            parameter -= 0.3 * slope
    assert said() > before


def test_terms_in_closed_form():
    """G(E(x)) = 2x and D(x) = sum of x: the distance is the mean of x^2, -log D is softplus(-2 sum x)."""
    system = build("mrgan", dim=2, latent=2, geometry=0.5, modes=3.0)
    for name, weight in {"G": 2 * torch.eye(2), "E": torch.eye(2), "D": torch.ones(1, 2)}.items():
        layer = nn.Linear(2, len(weight), bias=False)
        layer.weight.data.copy_(weight)
        setattr(system, name, layer)
    x = torch.tensor([[1.0, -2.0], [0.5, 1.0]])
    terms = system.e_loss({"point": x})
    assert terms["geometry"].item() == pytest.approx(0.5 * (1 + 4 + 0.25 + 1) / 4)
    assert terms["modes"].item() == pytest.approx(3 * softplus(-2 * x.sum(1)).mean().item())


@pytest.mark.parametrize("on", ["pictures", "points"])
def test_whom_the_losses_reach(on):
    system = on_points() if on == "points" else build("mrgan")
    batch = batch_for(system)
    terms = system.g_loss(batch)
    assert list(terms) == ["adversarial", "geometry", "modes"]
    assert not any(reached(terms["adversarial"], system.E))
    for name in ("geometry", "modes"):
        for network in (system.G, system.E):
            assert all(reached(system.g_loss(batch_for(system))[name], network))
    assert not any(reached(system.g_loss(batch_for(system))["geometry"], system.D))
    del batch["judged"]
    assert not any(reached(system.d_loss(batch)["adversarial"], nn.ModuleList([system.G, system.E])))


def test_no_picture_is_made_twice(monkeypatch):
    """G runs on z and on the codes, D's turn takes over the fakes and their logits."""
    system = build("mrgan")
    batch = batch_for(system)
    made, forward = [], system.G.forward
    monkeypatch.setattr(system.G, "forward", lambda z: made.append(z) or forward(z))
    system.g_loss(batch)
    system.d_loss(batch)
    assert len(made) == 2


def test_sampling_sees_the_statistics_of_z_alone():
    """What batch norm keeps for sampling is that of one pass on z, as if G had never seen the codes."""
    system, alone = build("mrgan"), build("mrgan")
    batch = batch_for(system)
    system.g_loss(batch)
    alone.G(batch["z"])
    for ours, expected in zip(system.G.buffers(), alone.G.buffers(), strict=True):
        torch.testing.assert_close(ours, expected)
    assert next(buffer for name, buffer in system.G.named_buffers() if name.endswith("num_batches_tracked")) == 1


def test_weights_below_zero_are_named():
    with pytest.raises(ValueError, match=r"geometry is 0\.2 and modes -1; neither weight may be below 0"):
        on_points(modes=-1.0)
