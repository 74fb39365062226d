"""VAE: closed forms of its terms, and its bounds on a model whose likelihood is known."""

from math import log

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

from ganworks import registry
from ganworks.data.write import from_bytes
from ganworks.losses.gaussian import kl_to_standard
from ganworks.systems.baseline.vae import VAE, Gaussian
from ganworks.systems.baseline.vae import Bernoulli as Binary


def build(**settings):
    torch.manual_seed(0)
    return registry.build("vae", **registry.find("vae").tiny | {"channels": 1} | settings)[0]


def test_kl_of_gaussians():
    mean, log_variance = torch.randn(3, 4), torch.randn(3, 4)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(kl_to_standard(mean, log_variance), expected)
    assert kl_to_standard(torch.zeros(1, 4), torch.zeros(1, 4)).item() == 0


def test_gaussian_nats_are_of_8_bit_values():
    """The density times the width of a step, 1/128; a deviation far wider than the range gives every value the same."""
    made, x = torch.rand(2, 1, 3, 3), torch.rand(2, 1, 3, 3)
    expected = (Normal(made, 0.2).log_prob(x) - log(128)).flatten(1).sum(1)
    torch.testing.assert_close(Gaussian(0.2).log_probability(made, x), expected)


def test_8_bit_values_are_spread_over_their_steps():
    values = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    image = from_bytes(values)
    low, high = (Gaussian(None).observe(image, torch.full_like(image, u)) for u in (0.0, 1.0))
    assert low.min() == -1
    assert high.max() == 1
    torch.testing.assert_close(low.flatten()[1:], high.flatten()[:-1])


def test_binary_decoder():
    half_logits, x = torch.randn(2, 1, 3, 3), torch.randint(2, (2, 1, 3, 3)) * 2.0 - 1
    expected = Bernoulli(logits=2 * half_logits).log_prob((x + 1) / 2).flatten(1).sum(1)
    torch.testing.assert_close(Binary().log_probability(half_logits, x), expected)
    white = (Binary().picture(half_logits) + 1) / 2
    torch.testing.assert_close(white, (2 * half_logits).sigmoid())
    image = torch.tensor([-1.0, -0.5, 0.5, 1.0])
    assert Binary().observe(image, torch.full((4,), 0.5)).tolist() == [-1, -1, 1, 1]


class Linear(nn.Module):
    """z (N, 2) -> pictures (N, 1, 2, 3), without bounds."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(6, 2))

    def forward(self, z):
        return (z @ self.weight.T).view(-1, 1, 2, 3)


class Posterior(nn.Module):
    """A poor q(z|x): twice the variance of the best one, without its correlation, its mean moved by 0.3."""

    def __init__(self, G, sigma):
        super().__init__()
        self.covariance = (torch.eye(2) + G.weight.T @ G.weight / sigma**2).inverse().detach()
        self.to_mean = (self.covariance @ G.weight.T / sigma**2).detach()
        self.log_variance = (2 * self.covariance.diagonal()).log()

    def forward(self, x):
        mean = x.flatten(1) @ self.to_mean.T + 0.3
        return torch.cat([mean, self.log_variance.expand_as(mean)], 1)


def test_bounds_on_a_linear_model():
    """x = W z + sigma n is normal, with covariance W W' + sigma^2; the ELBO misses it by KL(q || p(z|x))."""
    torch.manual_seed(0)
    sigma, G = 0.5, Linear()
    system = build(size=8)
    system.G, system.E = G, Posterior(G, sigma)
    system.decoder = Gaussian(sigma)
    system.decoder.observe = lambda image, uniform: image
    x = (torch.randn(8, 2) @ G.weight.T + sigma * torch.randn(8, 6)).detach().view(8, 1, 2, 3)
    covariance = (G.weight @ G.weight.T + sigma**2 * torch.eye(6)).detach()
    truth = MultivariateNormal(torch.zeros(6), covariance).log_prob(x.flatten(1)) - 6 * log(128)
    q = MultivariateNormal(torch.full((2,), 0.3), system.E.log_variance.exp().diag())
    missed = kl_divergence(q, MultivariateNormal(torch.zeros(2), system.E.covariance)).item()
    assert missed > 0.3
    elbo, tighter = system.bounds(x, 4000)
    assert elbo.mean().item() == pytest.approx(truth.mean().item() - missed, abs=0.1)
    torch.testing.assert_close(tighter, truth, atol=0.1, rtol=0)
    assert (system.bounds(x, 1)[0] == system.bounds(x, 1)[1]).all()
    between = torch.stack([system.bounds(x, 4, seed)[1].mean() for seed in range(20)]).mean()
    assert truth.mean() - missed < between < truth.mean()


def test_the_loss_is_minus_the_elbo():
    """Over many draws of z its mean is that of the bound."""
    system = build(size=8).eval()
    image = from_bytes(torch.randint(256, (2, 1, 8, 8)))
    elbo = system.bounds(image, 500)[0].mean().item()
    many = {"image": image.repeat(500, 1, 1, 1)} | system.draw(1000)
    with torch.no_grad():
        loss = sum(term.item() for term in system.loss(many).values())
    assert -loss == pytest.approx(elbo, rel=0.01)


def test_bits_of_a_model_that_knows_nothing():
    """A Gaussian that is flat over the range gives all 256 values alike."""
    system = build(size=8, sigma=100.0)
    image = from_bytes(torch.randint(256, (3, 1, 8, 8)))
    flat = log(128 * 100 * (2 * torch.pi) ** 0.5) / log(2)
    assert system.bits(image, 8).min().item() == pytest.approx(flat, abs=0.05)


def test_a_model_of_black_and_white_has_no_bits_of_8_bit_values():
    """They would look far fewer than those of any model of greys."""
    with pytest.raises(ValueError, match="decoder is bernoulli, which knows of black and white alone"):
        build(size=8, decoder="bernoulli").bits(torch.zeros(2, 1, 8, 8), 2)


@pytest.mark.parametrize("decoder", ["gaussian", "bernoulli"])
def test_codes_and_reconstructions(decoder):
    system = build(decoder=decoder, latent=5)
    assert isinstance(system, VAE)
    image = torch.rand(70, 1, 16, 16) * 2 - 1
    codes = system.encode(image)
    assert codes.shape == (70, 5)
    assert system.training
    torch.testing.assert_close(codes[:3], system.encode(image[:3]), atol=1e-4, rtol=1e-4)
    rebuilt = system.reconstruct(image)
    assert rebuilt.shape == image.shape
    assert rebuilt.abs().max() <= 1


def test_a_given_deviation_is_not_learned():
    assert not build(sigma=0.1).decoder.log_sigma.requires_grad
    assert build().decoder.log_sigma.requires_grad


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"decoder": "poisson"}, "decoder is 'poisson'; possible: gaussian, bernoulli"),
        ({"decoder": "bernoulli", "sigma": 0.1}, "sigma is 0.1 and decoder bernoulli; it is for gaussian alone"),
        ({"sigma": 0.0}, "sigma is 0 and decoder gaussian; it is for gaussian alone, and above 0"),
    ],
)
def test_what_is_wrong_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        build(**settings)
