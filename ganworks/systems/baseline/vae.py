"""Variational auto-encoder: likelihood in place of a critic."""

from functools import partial
from math import log, pi

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Adam

from ganworks.core import AT_ONCE, Batch, Player, Terms, Turn
from ganworks.layers.noise import rows, seeds
from ganworks.losses.gaussian import kl_to_standard
from ganworks.nets import dcgan
from ganworks.nets.encoder import Encoder
from ganworks.nets.surgery import swap_output
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.encoding import Encoding

MIDDLE = 127.5  # of 8-bit values


class Gaussian(nn.Module):
    """p(x|z): each pixel is normal around G's, with one deviation for all, given or learned."""

    def __init__(self, sigma: float | None):
        super().__init__()
        self.log_sigma = nn.Parameter(torch.tensor(log(sigma or 0.5)), requires_grad=sigma is None)

    def observe(self, image: Tensor, uniform: Tensor) -> Tensor:
        """8-bit values spread evenly over their steps of 1/128, so that a density of them bounds their probability.

        Theis et al. 2016 (arXiv 1511.01844), section 3.1: E log p(v + u) + log(step) <= log P(v).
        """
        return ((image.float() + 1) * MIDDLE + uniform) / 128 - 1

    def log_probability(self, made: Tensor, x: Tensor) -> Tensor:
        """Nats of the 8-bit pictures x (N, C, H, W), given G's: (N,)."""
        misfit = ((x - made.float()) / self.log_sigma.exp()).square() / 2
        return -(misfit + self.log_sigma + log(2 * pi) / 2 + log(128)).flatten(1).sum(1)

    def picture(self, made: Tensor) -> Tensor:
        return made


class Bernoulli(nn.Module):
    """p(x|z): each value is 1 with probability (1 + tanh a) / 2, else -1, where a is G's: half the logit."""

    def observe(self, image: Tensor, uniform: Tensor) -> Tensor:
        """Black or white, white as often as the value is bright: Burda et al. 2015 (arXiv 1509.00519), section 5.1."""
        return torch.where(uniform < (image.float() + 1) / 2, 1.0, -1.0)

    def log_probability(self, made: Tensor, x: Tensor) -> Tensor:
        """Nats of the binary pictures x (N, C, H, W): (N,)."""
        return -binary_cross_entropy_with_logits(2 * made.float(), (x + 1) / 2, reduction="none").flatten(1).sum(1)

    def picture(self, made: Tensor) -> Tensor:
        return made.tanh()


class VAE(Encoding):
    """E says which z could have made a picture, G which picture a z makes; together they raise the bound on log p(x).

    E: (N, C, H, W) -> (N, 2 latent), mean and log variance of q(z|x). G: (N, latent) -> (N, C, H, W).
    """

    whole_batch = True  # batch norm

    def __init__(self, E: nn.Module, G: nn.Module, decoder: Gaussian | Bernoulli, image: Image, latent: int):
        super().__init__()
        self.E, self.G, self.decoder = E, G, decoder
        self.specs = {"image": image}
        self.latent = latent

    def players(self) -> dict[str, Player]:
        return {"G": Player([self.E, self.G, self.decoder], partial(Adam, lr=1e-3))}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.loss)]

    def draw(self, num: int) -> Batch:
        """z of the prior; in training it is the noise of eq. 4. `chance`, seeds of what `observe` draws."""
        return {"z": torch.randn(num, self.latent), "chance": seeds(num)}

    def generate(self, inputs: Batch) -> Batch:
        return {"image": self.decoder.picture(self.G(inputs["z"]))}

    def loss(self, batch: Batch) -> Terms:
        """Minus the bound in nats a picture, eq. 10."""
        image = batch["image"]
        x = self.decoder.observe(image, rows(torch.rand, batch["chance"], image))
        mean, log_variance = self.posterior(x)
        made = self.G(mean + (log_variance / 2).exp() * batch["z"])
        return {
            "misfit": -self.decoder.log_probability(made, x).mean(),
            "kl": kl_to_standard(mean, log_variance).mean(),
        }

    @torch.no_grad()
    def bounds(self, image: Tensor, num: int = 64, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Two lower bounds on log p of each picture, in nats, (N,): the ELBO, and the tighter one from `num` samples.

        Burda et al. 2015 (arXiv 1509.00519), eq. 8. Both are from the same samples, so that the second is never lower.
        They are of 8-bit pictures with "gaussian", of binary ones with "bernoulli": never compare the two.
        """
        was_training = self.training
        self.eval()
        parts = [self.log_weights(part, num, seed + at) for at, part in enumerate(image.split(AT_ONCE))]
        self.train(was_training)
        weights = torch.cat(parts, 1)
        return weights.mean(0), weights.logsumexp(0) - log(num)

    def log_weights(self, image: Tensor, num: int, seed: int) -> Tensor:
        """log p(x, z) / q(z|x) for `num` z of q(z|x): (num, N)."""
        random = torch.Generator().manual_seed(seed)
        x = self.decoder.observe(image, torch.rand(image.shape, generator=random).to(image.device))
        mean, log_variance = self.posterior(x)
        weights = []
        for _ in range(num):
            noise = torch.randn(mean.shape, generator=random).to(image.device)
            z = mean + (log_variance / 2).exp() * noise
            prior_to_posterior = (noise.square() + log_variance - z.square()).sum(1) / 2
            weights.append(self.decoder.log_probability(self.G(z), x) + prior_to_posterior)
        return torch.stack(weights)

    def bits(self, image: Tensor, num: int = 64) -> Tensor:
        """An upper bound on the bits that each 8-bit value of a picture takes, (N,), from the tighter bound."""
        if isinstance(self.decoder, Bernoulli):
            raise ValueError("decoder is bernoulli, which knows of black and white alone; possible: gaussian")
        return -self.bounds(image, num)[1] / (image[0].numel() * log(2))


@register(size=16, width=4)
def vae(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    width: int = 64,
    latent: int = 64,
    decoder: str = "gaussian",
    sigma: float | None = None,
) -> VAE:
    """VAE, Kingma & Welling 2014 (arXiv 1312.6114), eq. 10 with the closed-form KL, on DCGAN's nets.

    The paper has one hidden layer and Adagrad, ours are convolutions and Adam at 0.001. A sample is the mean of p(x|z).
    The bounds are of 8-bit pictures, spread over their steps by uniform noise ("gaussian"), or of binary ones, drawn
    anew at each look ("bernoulli").

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    decoder: what p(x|z) is, "gaussian" or "bernoulli"
    sigma: deviation of the Gaussian, in pictures from -1 to 1; learned if not given
    """
    if decoder not in ("gaussian", "bernoulli"):
        raise ValueError(f"decoder is '{decoder}'; possible: gaussian, bernoulli")
    if sigma is not None and (decoder == "bernoulli" or sigma <= 0):
        raise ValueError(f"sigma is {sigma:g} and decoder {decoder}; it is for gaussian alone, and above 0")
    image = Image(channels, *sides(size))
    E = Encoder(dcgan.Discriminator((image.height, image.width), channels, width), 2 * latent)
    G = dcgan.Generator((image.height, image.width), channels, latent, width)
    if decoder == "bernoulli":
        return VAE(E, swap_output(G, "output", "linear"), Bernoulli(), image, latent)
    return VAE(E, G, Gaussian(sigma), image, latent)
