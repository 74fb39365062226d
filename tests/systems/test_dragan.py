"""Where DRAGAN's penalty is taken, and what it costs whom."""

import pytest
import torch
from duels import batch_for, build

from ganworks.losses import penalties
from ganworks.systems.duel import has_batch_norm


def offsets(num=2000, dim=1, **settings):
    """Noise for data of standard deviation 2 and mean 3."""
    system = build("dragan", dim=dim, **settings)
    real = 3 + 2 * torch.tensor([-1.0, 1.0]).repeat(num // 2)[:, None].expand(num, dim)
    return system.noise_for(real, system.draw(num)["noise"])


def test_uniform_noise_is_half_a_deviation_of_the_batch_at_most():
    """A product of two uniform numbers, times 0.5 * 2: its mean is 1/4, that of its square 1/9."""
    noise = offsets()
    assert noise.min() >= 0
    assert 0.9 < noise.max() <= 1
    assert noise.mean().item() == pytest.approx(1 / 4, abs=0.02)
    assert noise.square().mean().item() == pytest.approx(1 / 9, abs=0.02)


def test_uniform_noise_shortens_an_example_as_a_whole():
    """The point lies between example and noisy example: one factor an example, so its dimensions go together."""
    noise = offsets(dim=400)
    assert noise.mean(1).std().item() == pytest.approx(12**-0.5 / 2, abs=0.01)  # without the factor 12^-0.5 / 20


def test_normal_noise_does_not_know_the_data():
    noise = offsets(dim=50, noise="normal", reach=0.3)
    assert noise.mean().item() == pytest.approx(0, abs=0.005)
    assert noise.std().item() == pytest.approx(0.3, abs=0.005)
    assert not build("dragan", dim=2, noise="normal").whole_batch
    assert build("dragan", dim=2).whole_batch  # the deviation is that of the batch


def test_the_noise_comes_from_the_batch_row_by_row():
    system = build("dragan", noise="normal")
    batch = batch_for(system)
    real, seeds = batch["image"], batch["noise"]
    noise = system.noise_for(real, seeds)
    assert torch.equal(system.noise_for(real, seeds), noise)
    assert torch.equal(system.noise_for(real[2:], seeds[2:]), noise[2:])
    assert len({row.sum().item() for row in noise}) == 4


def test_the_penalty_is_of_the_noisy_real_examples():
    system = build("dragan", penalty=7.0, norm="none")
    batch = batch_for(system)
    terms = system.d_loss(batch)
    real, fake = batch["image"], batch["fake"]
    noisy = real + system.noise_for(real, batch["noise"])
    slope = penalties.gradient(system.D, noisy).flatten(1).norm(dim=1)
    assert terms["penalty"].item() == pytest.approx(7 * (slope - 1).square().mean().item(), rel=1e-5)
    expected = system.adversarial.d(system.D(real), system.D(fake))
    assert terms["adversarial"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_penalty_draws_ds_slope_to_one():
    """By the penalty alone, D's slope at noisy data is 1 soon."""
    system = build("dragan", dim=2, width=16)
    optimizer = torch.optim.Adam(system.D.parameters(), lr=1e-2)
    batch = batch_for(system, 64)
    for _ in range(100):
        optimizer.zero_grad()
        system.d_loss(batch)["penalty"].backward()
        optimizer.step()
    noisy = batch["point"] + system.noise_for(batch["point"], batch["noise"])
    assert penalties.gradient(system.D, noisy).norm(dim=1).mean().item() == pytest.approx(1, abs=0.05)


def test_g_learns_nothing_from_the_penalty():
    system = build("dragan")
    batch = batch_for(system)
    system.g_loss(batch)
    penalty = system.d_loss(batch)["penalty"]
    gradients = torch.autograd.grad(penalty, list(system.parameters()), allow_unused=True)
    of_g = gradients[: len(list(system.G.parameters()))]
    assert all(gradient is None for gradient in of_g)
    assert any(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients)


def test_d_has_no_batch_norm():
    assert not has_batch_norm(build("dragan").D)
    with pytest.raises(ValueError, match="norm is 'batch'; possible: layer, none"):
        build("dragan", norm="batch")


def test_noises_have_names():
    with pytest.raises(ValueError, match="noise is 'pink'; possible: uniform, normal"):
        build("dragan", noise="pink")
