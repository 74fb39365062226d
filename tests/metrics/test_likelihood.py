"""Parzen against scipy and closed forms; AIS against a linear Gaussian's exact likelihood."""

import json
import math
from pathlib import Path

import pytest
import torch
from reference_neighbours import CASES, sides
from torch.distributions import MultivariateNormal, Normal

from ganworks.metrics.features import check
from ganworks.metrics.likelihood import FLAWS, ais, bandwidth, parzen

GOLDEN = json.loads(Path(__file__).with_name("golden_neighbours.json").read_text())


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("case", CASES)
def test_parzen_as_scipy(case):
    assert parzen(*sides(case), sigma=0.8).value == pytest.approx(GOLDEN[case]["parzen_0.8"], rel=1e-6)


def test_parzen_approaches_the_truth_in_one_dimension():
    real = normal(2000, 1, seed=1)
    found = parzen(normal(3000, 1), real)
    entropy = 0.5 * math.log(2 * math.pi * math.e)
    assert found.value == pytest.approx(-entropy, abs=4 * found.error) and found.error < 0.05


def test_bandwidth_is_the_best_of_many():
    a, b = normal(300, 4), normal(300, 4, seed=1)
    best = parzen(a, b, bandwidth(a, b)).value
    assert best >= max(parzen(a, b, sigma).value for sigma in torch.linspace(0.2, 2, 60).tolist()) - 1e-3


def test_validation_does_not_judge():
    """Half of the real ones choose sigma, by seed; the number is of the other half."""
    a, b = normal(200, 3), normal(100, 3, seed=1)
    order = torch.randperm(100, generator=torch.Generator().manual_seed(4))
    sigma = bandwidth(*check(a, b[order[:50]]))
    assert parzen(a, b, seed=4).value == pytest.approx(parzen(a, b[order[50:]], sigma).value, rel=1e-12)


def test_parzen_falls_as_noise_grows_and_modes_drop():
    real, fake, noise = normal(300, 5), normal(300, 5, seed=1), normal(300, 5, seed=2)
    found = [parzen(fake + much * noise, real).value for much in (0, 1, 2, 4)]
    assert found == sorted(found, reverse=True)
    assert parzen(fake[fake[:, 0] > 0], real).value < found[0]


def test_parzen_has_the_flaw_that_is_printed():
    """20 dimensions: 1,000 perfect samples are still far from the true likelihood."""
    real = normal(400, 20, seed=1)
    true = Normal(0, 1).log_prob(real.double()).sum(1).mean().item()
    assert parzen(normal(1000, 20), real).value < true - 1
    assert "1511.01844" in FLAWS


def linear(dim, latent, sigma, kind=torch.float64):
    """A decoder W z + c, some x of its own, and their exact mean log-likelihood."""
    weight, bias = normal(dim, latent, seed=3), normal(dim, seed=4)
    x = normal(16, latent, seed=5) @ weight.T + bias + sigma * normal(16, dim, seed=6)
    covariance = weight @ weight.T + sigma**2 * torch.eye(dim, dtype=torch.float64)
    true = MultivariateNormal(bias, covariance).log_prob(x).mean().item()
    return lambda z: z @ weight.T.to(kind) + bias.to(kind), x.to(kind), true


@pytest.mark.parametrize(
    ("dim", "latent", "sigma", "kind"),
    [(12, 4, 0.1, torch.float64), (12, 4, 0.1, torch.float32), (30, 8, 1.0, torch.float64)],
)
def test_ais_on_a_linear_gaussian(dim, latent, sigma, kind):
    decoder, x, true = linear(dim, latent, sigma, kind)
    found = ais(decoder, latent, x, sigma, steps=400)
    assert abs(found.value - true) < 3 * found.error and found.error < 0.25


def test_ais_is_a_bound_that_tightens_and_its_error_with_it():
    decoder, x, true = linear(12, 4, 0.1)
    short, long = (ais(decoder, 4, x, 0.1, steps=steps) for steps in (30, 300))
    assert short.value < long.value < true + 3 * long.error
    assert long.error < short.error


def test_ais_tells_decoders_apart():
    decoder, x, _ = linear(12, 4, 0.1)
    assert ais(lambda z: decoder(z) + 0.2, 4, x, 0.1, steps=100).value < ais(decoder, 4, x, 0.1, steps=100).value - 5


def test_ais_repeats_by_seed_takes_pictures_and_leaves_no_gradients():
    layer = torch.nn.Linear(3, 16)
    before = torch.get_rng_state()
    x = torch.zeros(2, 1, 4, 4)
    found = [ais(lambda z: layer(z).unflatten(1, (1, 4, 4)), 3, x, 0.5, steps=20, seed=seed) for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert torch.equal(torch.get_rng_state(), before) and layer.weight.grad is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: parzen(normal(5, 2), normal(5, 2), sigma=0), "sigma is 0"),
        (lambda: parzen(normal(5, 2), normal(3, 2)), "3 reference samples: at least 4"),
        (lambda: parzen(normal(5, 2), normal(5, 2, seed=0)), "copies of samples"),
        (lambda: ais(lambda z: z, 2, normal(5, 3), 0.1), "the decoder makes 2 numbers each, x has 3"),
        (lambda: ais(lambda z: z, 2, normal(5, 2), -1), "sigma above 0"),
        (lambda: ais(lambda z: z, 2, normal(5, 2), 1, chains=1), "chains of at least 2"),
    ],
)
def test_bad_input_gets_a_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()
