"""GCBD: which ground is smooth, what is remembered of it, the stages, and that pairs are never looked at."""

import pytest
import torch

from ganworks import registry
from ganworks.checks import engine_for
from ganworks.systems.restore.gcbd import NUM_BLOCKS, roughness


def build(**settings: object):
    torch.manual_seed(0)
    return registry.build("gcbd", **registry.find("gcbd").tiny | settings)[0]


def noise(num: int = 4, side: int = 64, sigma: float = 0.1) -> torch.Tensor:
    return sigma * torch.randn(num, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_smooth_ground_with_noise_is_smooth_and_slopes_edges_and_clipped_ground_are_not():
    flat = torch.tensor([0.4, -0.2, 0.0]).view(1, 3, 1, 1) + noise()
    assert (roughness(flat) <= 1).all()
    slope, edge, white = flat.clone(), flat.clone(), flat.clone()
    slope += torch.linspace(-0.5, 0.5, 64)
    edge[:, :, :, 40:] += 0.5
    white = (white + 1).clamp(-1, 1)
    for other in (slope, edge, white, torch.zeros(4, 3, 64, 64)):
        assert (roughness(other) > 1).all()


def test_the_papers_two_conditions():
    """A part that is 11 % brighter than the whole, or whose variance differs by 30 %, is too much."""
    window = noise(1)
    window = window - window.mean((2, 3), keepdim=True)
    assert roughness(window) <= 1
    for factor, expected in ((1.08, True), (1.13, False)):
        part = window.clone()
        part[:, :, :16, :16] += factor - 1  # of a mean of 0.5, in [0, 1]; the whole gains a sixteenth of it
        assert bool(roughness(part) <= 1) == expected
    louder = window.clone()
    louder[:, :, :16, :16] *= 1.3**0.5
    assert roughness(window) < 1 < roughness(louder)


def test_what_is_found_is_the_noise():
    system = build(size=64)
    batch = torch.tensor([0.4, -0.2, 0.0]).view(1, 3, 1, 1) + noise(8)
    batch[4:, :, ::2] += 0.8  # stripes: rough
    system.collect(batch)
    assert (system.roughness <= 1).sum() > 20, "of 36 windows, by far the most"
    found = system.found(torch.rand(64))
    assert found.shape == (64, 3, 32, 32)
    torch.testing.assert_close(found.std(), torch.tensor(0.1), rtol=0.05, atol=0)
    torch.testing.assert_close(found.mean((2, 3)), torch.zeros(64, 3), atol=1e-3, rtol=0)


def test_the_newest_smooth_blocks_stay_and_rough_ones_go_first():
    system = build(size=64)
    system.collect(noise(4, sigma=0.05))
    before = int((system.roughness <= 1).sum())
    for _ in range(NUM_BLOCKS // before + 2):
        system.collect(noise(4, sigma=0.2))
    assert (system.roughness <= 1).all()
    torch.testing.assert_close(system.blocks.float().std(), torch.tensor(0.2), rtol=0.05, atol=0)
    kept = system.blocks.clone()
    system.collect(noise(4) + torch.linspace(-1, 1, 64))
    assert torch.equal(system.blocks, kept), "nothing smooth was in it"


def test_the_stages_and_that_clean_and_noisy_pictures_never_meet():
    system = build(steps=4)
    assert [[turn.player for turn in system.turns(step)] for step in (0, 1, 2, 3)] == [[*["D"] * 5, "noise"]] * 2 + [
        ["G"]
    ] * 2
    engine = engine_for(lambda: build(steps=4))
    batch = engine.next_parts()[0]
    system = engine.system
    noisy, clean = (batch | {name: torch.full_like(batch[name], torch.nan)} for name in ("image", "other"))
    for term in (*system.d_loss(noisy).values(), *system.noise_loss(noisy).values(), *system.g_loss(clean).values()):
        assert term.isfinite()


def test_it_begins_with_the_noisy_picture_at_any_size():
    system = build().eval()
    other = torch.rand(1, 3, 19, 30) - 0.5
    torch.testing.assert_close(system.translate(other), other, atol=1e-6, rtol=0)
    with pytest.raises(ValueError, match="first is 1"):
        build(first=1.0)
