"""Toy distributions: where their modes lie, and that a perfect sampler scores full marks by their protocol."""

import math

import pytest
import torch

from ganworks.data import toys
from ganworks.data.toys import Points
from ganworks.metrics.modes import modes_by_centre
from ganworks.registry import Unknown

MODES = {"ring8": 8, "grid25": 25, "spiral": 100, "mixture1d": 5, "ring1200": 10}


def test_the_list_is_complete():
    assert toys.TOYS.keys() == MODES.keys()


@pytest.mark.parametrize("name", MODES)
def test_a_perfect_sampler_catches_every_mode(name):
    toy = toys.find(name)
    points = toy.draw(toy.num, torch.Generator().manual_seed(0))
    found = modes_by_centre(points, toy.centres, toy.sigmas, toy.within)
    assert (found.count, found.fair, found.total) == (MODES[name],) * 3
    assert found.good > 0.98 and found.kl < 0.03


@pytest.mark.parametrize("name", MODES)
def test_nets_see_about_unit_variance_around_zero(name):
    toy = toys.find(name)
    points = toy.draw(4000, torch.Generator().manual_seed(0))
    seen = toy.to_nets(points)
    assert abs(seen.mean().item()) < 0.1 and seen.std().item() == pytest.approx(1, abs=0.1)
    torch.testing.assert_close(toy.from_nets(seen), points)


def test_the_ring_has_eight_modes_and_not_the_seven_of_the_notebook():
    centres = toys.ring8().centres
    assert len(torch.unique((centres * 1000).round(), dim=0)) == 8
    torch.testing.assert_close(centres.norm(dim=1), torch.full((8,), 2.0))


def test_the_spirals_modes_are_evenly_spaced():
    steps = toys.spiral().centres.diff(dim=0).norm(dim=1)
    assert steps.max() / steps.min() < 1.05


def test_the_noise_of_ring1200_has_700_directions_off_the_plane_of_the_ring():
    toy = toys.ring1200()
    noise = toy.draw(1500, torch.Generator().manual_seed(0))
    noise = noise - toy.centres[torch.cdist(noise, toy.centres).argmin(1)]
    values = torch.linalg.svdvals(noise)
    assert int((values > 1e-3).sum()) == 700
    assert (noise @ toy.centres.T).abs().max() < 1e-4
    assert noise.norm(dim=1).mean().item() == pytest.approx(0.02 * math.sqrt(700), rel=0.01)


def test_seed_and_position_decide():
    stream = Points(toys.grid25(), 16, seed=1)
    first, second = next(stream)["point"], next(stream)["point"]
    stream.specs["point"].validate("point", first)
    stream.seek(16)
    assert torch.equal(next(stream)["point"], second)
    assert torch.equal(next(Points(toys.grid25(), 16, seed=1))["point"], first)
    assert not torch.equal(next(Points(toys.grid25(), 16, seed=2))["point"], first)


def test_an_unknown_toy_is_named():
    with pytest.raises(Unknown, match=r"unknown toy 'ring9'\. Did you mean ring8"):
        toys.find("ring9")
