"""Minibatch discrimination as a system; its layers are tested with the layers."""

import pytest
import torch
from duels import batch_for, build

from ganworks.layers.minibatch import MinibatchDeviation, MinibatchKernels


def on_points(**settings):
    return build("minibatch", dim=2, width=8, latent=3, **settings)


@pytest.mark.parametrize("kind", ["kernel", "stddev"])
def test_real_and_fake_examples_are_no_neighbours(kind):
    """D's logits of real ones stay as they are, whatever is judged beside them."""
    system = on_points(kind=kind)
    batch = batch_for(system)
    alone = system.D(batch["point"])
    torch.testing.assert_close(system.judge(batch, batch["point"], torch.randn(4, 2))[0], alone)
    mixed = system.D(torch.cat([batch["point"], torch.randn(4, 2)]))[:4]
    assert (mixed - alone).abs().max() > 1e-4


@pytest.mark.parametrize("kind", ["kernel", "stddev"])
def test_a_collapsed_batch_is_seen(kind):
    """The last layer needs to look at nothing but what the layer adds."""
    system = on_points(kind=kind)
    layer, last, _ = system.D.head
    with torch.no_grad():
        last.weight[:, : -1 if kind == "stddev" else -layer.bias.numel()] = 0
        last.weight[:, -1] = 1
    spread, collapsed = torch.randn(64, 2), torch.randn(1, 2).expand(64, -1)
    assert (system.D(spread).mean() - system.D(collapsed).mean()).abs() > 0.01


def test_the_layer_by_its_name():
    assert isinstance(on_points().D.head[0], MinibatchKernels)
    assert isinstance(on_points(kind="stddev").D.head[0], MinibatchDeviation)
    with pytest.raises(ValueError, match="kind is 'std'; possible: kernel, stddev"):
        on_points(kind="std")


def test_the_papers_numbers():
    assert build("minibatch", kernels=None).D.head[0].direction.shape[1:] == (100, 5)


@pytest.mark.parametrize("settings", [{}, {"dim": 2, "width": 8, "latent": 3}], ids=["pictures", "points"])
def test_the_kernels_begin_where_they_have_a_slope(settings):
    system = build("minibatch", **settings)
    features = system.D.features(next(iter(system.specs.values())).random(100))
    near = torch.exp(-system.D.head[0].distances(features).detach() - 1e6 * torch.eye(100))
    assert 0.02 < near.amax(2).mean() < 0.6


def test_the_batch_stays_whole():
    system = on_points()
    assert system.whole_batch
    system.look_again()
    assert system.whole_batch


def test_gs_gradient_has_a_way_through_the_neighbours():
    """The first fake's logit moves with the second's z."""
    system = on_points()
    z = torch.randn(4, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(system.D(system.G(z))[0], z)
    assert (gradient[1:].abs() > 0).any(1).all()


def test_the_old_last_layer_is_gone():
    assert not list(on_points().D.net.head.parameters())
