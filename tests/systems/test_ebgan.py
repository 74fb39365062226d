"""EBGAN: its losses, its auto-encoders, and the way of G's gradient."""

from math import pi

import pytest
import torch
from duels import batch_for, build

from ganworks.losses.energy import energy_margin, pull_away
from ganworks.nets import autoencoder


def on_points(**settings):
    return build("ebgan", dim=2, width=8, latent=3, **settings)


def test_margin_in_closed_form():
    """Energies 1 and 3 of data, 2 and 9 of fakes, margin 5: 2 for data, (3 + 0) / 2 for fakes."""
    loss = energy_margin(5.0)
    real, fake = -torch.tensor([1.0, 3.0]), -torch.tensor([2.0, 9.0])
    assert loss.d(real, fake).item() == pytest.approx(2 + 1.5)
    assert loss.g(fake).item() == pytest.approx(5.5)
    with pytest.raises(ValueError, match="margin is 0; it must be above 0"):
        energy_margin(0.0)


def test_best_energy_attains_the_declared_divergence():
    """0 where data is denser, m elsewhere; no other energy on four points does better."""
    p, q, loss = torch.tensor([0.5, 0.3, 0.1, 0.1]), torch.tensor([0.1, 0.2, 0.3, 0.4]), energy_margin(3.0)
    counts = [(10 * x).round().long() for x in (p, q)]

    def value(energy):
        return loss.d(*(-energy.repeat_interleave(count) for count in counts)).item()

    assert value(torch.tensor([0.0, 0.0, 3.0, 3.0])) == pytest.approx(loss.least(p, q).item())
    torch.manual_seed(0)
    assert min(value(4 * torch.rand(4)) for _ in range(200)) > loss.least(p, q).item()


@pytest.mark.parametrize("angle", [0.0, pi / 3, pi / 2, pi])
def test_pull_away_is_the_squared_cosine(angle):
    """Of two codes, whatever their lengths."""
    cosine, sine = torch.tensor(angle).cos().item(), torch.tensor(angle).sin().item()
    codes = torch.tensor([[2.0, 0.0], [7 * cosine, 7 * sine]])
    assert pull_away(codes).item() == pytest.approx(cosine**2, abs=1e-6)


def test_pull_away_of_many():
    torch.manual_seed(0)
    assert pull_away(torch.eye(5)).item() == 0
    assert pull_away(torch.randn(1, 2, 3, 3).expand(5, -1, -1, -1)).item() == pytest.approx(1)
    assert pull_away(torch.randn(1, 4)).item() == 0
    # Three codes, two of them the same: 2 of 6 ordered pairs.
    assert pull_away(torch.eye(2)[[0, 0, 1]]).item() == pytest.approx(2 / 6)


def test_the_energy_is_the_norm_of_what_is_missed():
    net = autoencoder.Points(3, 4)
    net.decode = lambda code: torch.tensor([[3.0, 0.0, 4.0], [0.0, 0.0, 1.0]])
    energy = -net(torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    assert energy.tolist() == [5.0, 0.0]


@pytest.mark.parametrize("make", [on_points, lambda **settings: build("ebgan", **settings)], ids=["points", "pictures"])
def test_gs_gradient_flows_through_the_target_too(make):
    """d|R(x) - x| by hand, with x once as input and once as target; without the target it is another."""
    system = make(pull_away=0.0)
    fake = system.make(batch_for(system)).detach().requires_grad_()
    (found,) = torch.autograd.grad(-system.D(fake).sum(), fake)

    def energy(x, target):
        return (system.D.decode(system.D.encode(x)) - target).flatten(1).square().sum(1).sqrt().sum()

    as_input, as_target = fake.detach().requires_grad_(), fake.detach().requires_grad_()
    inner, outer = torch.autograd.grad(energy(as_input, as_target), (as_input, as_target))
    torch.testing.assert_close(found, inner + outer, rtol=1e-3, atol=1e-5)
    assert outer.norm() > 0.1 * found.norm()
    assert (found - inner).norm() > 0.1 * found.norm()


def test_gs_terms():
    system = on_points(pull_away=0.5)
    batch = batch_for(system)
    terms = system.g_loss(dict(batch))
    fake = system.make(batch)
    assert terms["adversarial"].item() == pytest.approx(-system.D(fake).mean().item())
    assert terms["pull_away"].item() == pytest.approx(0.5 * pull_away(system.D.encode(fake)).item())
    assert list(on_points(pull_away=0.0).g_loss(batch)) == ["adversarial"]


def test_only_the_encoder_hears_of_pull_away():
    system = on_points(pull_away=1.0)
    loss = system.g_loss(batch_for(system))["pull_away"]
    parts = (system.G, system.D.encoder, system.D.decoder)
    gradients = [
        torch.autograd.grad(loss, list(part.parameters()), retain_graph=True, allow_unused=True) for part in parts
    ]
    assert all(g is not None and g.norm() > 0 for g in gradients[0][-2:] + gradients[1][-2:])
    assert all(g is None for g in gradients[2])


def test_pairs_are_not_split():
    assert on_points().whole_batch
    assert not on_points(pull_away=0.0).whole_batch


@pytest.mark.parametrize("norm", ["layer", "none"])
def test_an_energy_is_of_one_picture(norm):
    D, x = build("ebgan", norm=norm).D, torch.rand(4, 1, 16, 16)
    torch.testing.assert_close(D(x)[:2], D(x[:2]))


@pytest.mark.parametrize("size", [8, 28, (33, 50), 64])
def test_pictures_come_back_in_their_size(size):
    height, width = (size, size) if isinstance(size, int) else size
    net = autoencoder.Pictures((height, width), 1, 4)
    x = torch.randn(2, 1, height, width)
    code = net.encode(x)
    assert net.decode(code).shape == x.shape
    assert min(code.shape[2:]) <= 8
    assert code.shape[2] * code.shape[3] < height * width / 10


def test_the_margin_grows_as_the_norm_does():
    """Twice the side, twice the norm; 10 for digits."""
    margins = {size: build("ebgan", size=size).adversarial.top for size in (28, 56)}
    assert margins == pytest.approx({28: 10.0, 56: 20.0})
    assert build("ebgan", margin=7.0).adversarial.top == 7.0


def test_scores_are_minus_energies():
    system = on_points()
    scores = system.scores(batch_for(system))
    assert (scores["real"] <= 0).all()
    assert scores["fake"].shape == (4,)


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="norm is 'group'; possible: batch, layer"):
        build("ebgan", norm="group")
    with pytest.raises(ValueError, match="pull_away is -1; it must be 0, for off, or above"):
        build("ebgan", pull_away=-1.0)
