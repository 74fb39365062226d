"""The mixture of logistics: exact, in the order of the channels, and sampled as it says."""

import math

import pytest
import torch

from ganworks.losses.logistic import (
    bits_per_dimension,
    choose,
    first_guess,
    log_probability,
    num_pairs,
    to_levels,
    to_values,
    unpack,
)

VALUES = torch.arange(256, dtype=torch.float64) / 127.5 - 1


def random_parameters(num, channels, mixtures, spread=2.0):
    torch.manual_seed(0)
    guess = first_guess(channels, mixtures)
    return guess.double() + spread * torch.randn(num, len(guess), dtype=torch.float64)


def test_probabilities_of_the_256_values_are_1_together():
    """Also where the distribution is wide, narrower than a value, or far outside the range."""
    parameters = random_parameters(50, 1, 4)
    parameters[:10, 4:8] *= 20
    parameters[10:20, 8:] = -50
    parameters[20:30, 8:] = 5
    total = log_probability(parameters[:, None].expand(-1, 256, -1), VALUES[None, :, None].expand(50, -1, -1))
    torch.testing.assert_close(total.exp().sum(1), torch.ones(50, dtype=torch.float64), rtol=0, atol=1e-9)


def test_two_channels_are_1_together():
    parameters = random_parameters(1, 2, 3)[0].expand(256, 256, -1)
    pairs = torch.stack(torch.meshgrid(VALUES, VALUES, indexing="ij"), -1)
    assert log_probability(parameters, pairs).exp().sum().item() == pytest.approx(1, abs=1e-9)


def test_a_value_has_the_difference_of_the_distribution_function():
    """PixelCNN++, eq. 2, for one logistic with mean 0.1 and scale e^-2."""
    parameters = torch.tensor([0.0, 0.1, -2.0], dtype=torch.float64)
    for level, low, high in ((0, -math.inf, 0.5), (100, 99.5, 100.5), (255, 254.5, math.inf)):
        edges = torch.tensor([low, high], dtype=torch.float64) / 127.5 - 1
        below, above = ((edges - 0.1) * math.exp(2)).sigmoid()
        got = log_probability(parameters, VALUES[level : level + 1]).exp()
        assert got.item() == pytest.approx((above - below).item(), rel=1e-9)


def test_gradients_stay_finite_where_a_value_is_impossible():
    parameters = torch.tensor([[0.0, 1.0, -7.0], [0.0, -1.0, -7.0]], requires_grad=True)
    log = log_probability(parameters, torch.tensor([[-1.0], [1.0]]))
    log.sum().backward()
    assert (log < -1000).all()
    assert log.isfinite().all()
    assert parameters.grad.isfinite().all()


def test_channels_depend_on_those_before():
    """R on nothing, G on R, B on both: what each coefficient changes in samples."""
    parameters = random_parameters(1, 3, 2, spread=0.3)[0]
    assert unpack(parameters, 3)[3].shape == (num_pairs(3), 2)
    noise = torch.rand(40, 4, dtype=torch.float64)
    plain = choose(parameters.expand(40, -1), noise)
    for place, moved in enumerate((1, 2, 2)):  # G on R, B on R, B on G
        other = parameters.clone()
        other[len(other) - 6 + 2 * place :][:2] -= 3
        changed = (choose(other.expand(40, -1), noise) != plain).any(0)
        assert not changed[0]
        assert changed[moved]
        assert place == 0 or not changed[1]


def test_samples_have_the_probabilities():
    parameters = random_parameters(1, 1, 3)[0]
    torch.manual_seed(1)
    drawn = choose(parameters.expand(200_000, -1), torch.rand(200_000, 2, dtype=torch.float64))
    share = torch.bincount(to_levels(drawn).long().flatten(), minlength=256) / len(drawn)
    expected = log_probability(parameters.expand(256, -1), VALUES[:, None]).exp()
    error = (expected / len(drawn)).sqrt()
    assert ((share - expected).abs() < 5 * error + 1e-5).all()


def test_noise_at_its_ends_gives_values_of_the_range():
    noise = torch.tensor([[0.0, 0.0], [1.0, 1.0], [0.5, 0.0]], dtype=torch.float64)
    drawn = choose(random_parameters(3, 1, 3), noise)
    assert drawn.flatten().tolist() == [-1, 1, -1]


def test_bits_of_a_uniform_distribution_are_8():
    """A mixture of 256 narrow logistics, one on each value: 8 bits for any picture."""
    parameters = torch.cat([torch.zeros(256), VALUES.float(), torch.full((256,), -7.0)])
    picture = torch.randint(256, (2, 1, 3, 3)) / 127.5 - 1
    bits = bits_per_dimension(parameters[None, :, None, None].expand(2, -1, 3, 3), picture)
    torch.testing.assert_close(bits, torch.full((2,), 8.0), rtol=0, atol=0.02)


def test_the_first_guess_is_about_uniform():
    parameters = first_guess(1, 10)[None, :, None, None].expand(1, -1, 64, 64)
    picture = torch.randint(256, (1, 1, 64, 64), generator=torch.Generator().manual_seed(0)) / 127.5 - 1
    assert bits_per_dimension(parameters, picture).item() == pytest.approx(8, abs=0.1)


def test_values_are_those_of_8_bits():
    values = to_values(torch.linspace(-1.2, 1.2, 1000))
    assert values.unique().numel() == 256
    torch.testing.assert_close(values.unique(), VALUES.float(), rtol=0, atol=1e-6)
    assert values.min() == -1
    assert values.max() == 1
