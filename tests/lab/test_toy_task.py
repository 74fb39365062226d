"""Judging and looking, on systems whose answers are known."""

import numpy as np
import pytest
import torch
from torch import nn

from ganworks import registry
from ganworks.core import System
from ganworks.lab.toy import CELLS, Task
from ganworks.metrics.modes import modes_by_centre
from ganworks.specs import Vector


class Known(System):
    """Makes the points it is given in turn; D's score is a linear function of the place."""

    def __init__(self, points: torch.Tensor, slope: torch.Tensor):
        super().__init__()
        self.points = nn.Parameter(points)
        self.slope = slope
        self.specs = {"point": Vector(points.shape[1])}

    def players(self):
        raise AssertionError

    def turns(self, step):
        raise AssertionError

    def draw(self, num):
        return {"number": torch.arange(num) % len(self.points)}

    def generate(self, inputs):
        return {"point": self.points[inputs["number"]]}

    def scores(self, batch):
        return {"real": batch["point"] @ self.slope}


@pytest.mark.parametrize("name", ["ring8", "grid25", "mixture1d", "ring1200"])
def test_judging_is_the_published_protocol(name: str):
    task = Task(name)
    points = task.toy.draw(500, torch.Generator().manual_seed(0))
    points[:100] += 3 * task.toy.sigmas.max()  # some bad ones
    modes, good, counts = task.sort(points)
    expected = modes_by_centre(points, task.toy.centres, task.toy.sigmas, task.toy.within)
    assert vars(modes) == pytest.approx(vars(expected))
    assert good.sum() == counts.sum() == round(expected.good * 500) < 500


def test_a_view_of_one_mode_alone():
    task = Task("ring8")
    system = Known(task.toy.to_nets(task.toy.centres[:1]), torch.tensor([1.0, 0.0])).train()
    before = torch.random.get_rng_state()
    view = task.look(system, 7)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert system.training
    assert view.step == 7
    assert view.good.all()
    assert view.shares.tolist() == [8, 0, 0, 0, 0, 0, 0, 0]
    assert view.modes.kl == pytest.approx(np.log(8))
    np.testing.assert_allclose(view.points, np.broadcast_to([2.0, 0.0], view.points.shape), atol=1e-6)


def test_surface_and_arrows_of_a_linear_critic():
    """The score rises to the right alone: along rows of the surface, and so do all arrows."""
    task = Task("grid25")
    system = Known(task.toy.to_nets(task.toy.centres), torch.tensor([3.0, 0.0]))
    view = task.look(system, 0)
    assert view.surface is not None
    assert view.surface.shape == (CELLS, CELLS)
    np.testing.assert_allclose(np.diff(view.surface, axis=0), 0, atol=1e-5)
    rise = 3 * 2 * task.reach / task.toy.scale / (CELLS - 1)
    np.testing.assert_allclose(np.diff(view.surface, axis=1), rise, rtol=1e-3)
    np.testing.assert_allclose(view.arrows[:, 2:], np.broadcast_to([3.0, 0.0], (len(view.arrows), 2)), atol=1e-6)


def test_the_plane_of_the_ring_in_many_dimensions_keeps_its_shape():
    task = Task("ring1200")
    seen = task.seen(task.toy.centres)
    assert seen.shape == (10, 2)
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 2.0, rtol=1e-4)
    assert task.nodes is None


def test_the_surface_is_smooth_where_d_looks_at_noise_too():
    task = Task("ring8")
    torch.manual_seed(0)
    view = task.look(registry.build("veegan", task.facts, width=16, latent=2)[0], 0)
    assert view.surface is not None
    assert np.abs(np.diff(view.surface, axis=1)).mean() < 0.2 * view.surface.std()
