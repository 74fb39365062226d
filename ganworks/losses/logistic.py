"""A mixture of logistic distributions on the 256 values of a pixel's channels.

Salimans et al. 2017, PixelCNN++ (arXiv 1701.05517), eq. 2 and 3: a continuous logistic is rounded to the nearest of
the values, and the two at the ends take its tails. A mixture has one set of weights for all channels of a pixel, and
the mean of a channel depends linearly on those before it, with coefficients tanh(.) for each pair.

The log-probability of a value needs no threshold: with a and b the upper and lower edge in units of the scale,
sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)).
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

STEP = 2 / 255  # between two values, in [-1, 1]
LEAST = -7.0  # of log scales
Mixture = tuple[Tensor, Tensor, Tensor, Tensor]


def first_guess(channels: int, mixtures: int) -> Tensor:
    """Parameters (P,) of a mixture that covers all greys, for the bias of the last layer."""
    means = torch.linspace(-1, 1, mixtures + 2)[1:-1].repeat(channels)
    log_scales = torch.full_like(means, -math.log(mixtures + 1))
    return torch.cat([torch.zeros(mixtures), means, log_scales, torch.zeros(num_pairs(channels) * mixtures)])


def num_pairs(channels: int) -> int:
    return channels * (channels - 1) // 2


def unpack(parameters: Tensor, channels: int) -> Mixture:
    """(..., P) -> logits (..., K), means and log scales (..., C, K), coefficients (..., pairs, K)."""
    pairs = num_pairs(channels)
    parts = parameters.unflatten(-1, (1 + 2 * channels + pairs, -1)).split([1, channels, channels, pairs], -2)
    return parts[0].squeeze(-2), parts[1], parts[2].clamp(min=LEAST), parts[3].tanh()


def pair(channel: int, before: int) -> int:
    """Where the coefficient stands by which a channel's mean depends on one before it."""
    return num_pairs(channel) + before


def to_levels(x: Tensor) -> Tensor:
    """Values in [-1, 1] -> the nearest of 0 to 255."""
    return ((x + 1) / STEP).round().clamp(0, 255)


def to_values(x: Tensor) -> Tensor:
    """Values in [-1, 1] -> the nearest of the 256, the ends exactly."""
    return (to_levels(x) - 127.5) / 127.5


def log_probability(parameters: Tensor, x: Tensor) -> Tensor:
    """Of the 8-bit values nearest to x: (..., P), (..., C) in [-1, 1] -> (...), in nats, in at least float32."""
    parameters = parameters.to(torch.promote_types(parameters.dtype, torch.float32))
    levels = to_levels(x.to(parameters.dtype))
    x = to_values(x.to(parameters.dtype)).unsqueeze(-1)
    logits, means, log_scales, coefficients = unpack(parameters, levels.shape[-1])
    if levels.shape[-1] > 1:
        means = torch.stack(
            [
                sum((coefficients[..., pair(c, b), :] * x[..., b, :] for b in range(c)), means[..., c, :])
                for c in range(levels.shape[-1])
            ],
            -2,
        )
    inverse = (-log_scales).exp()
    centre, half = (x - means) * inverse, inverse * (STEP / 2)
    is_first, is_last = (levels == 0).unsqueeze(-1), (levels == 255).unsqueeze(-1)
    below = logsigmoid(centre + half).masked_fill(is_last, 0)
    above = logsigmoid(half - centre).masked_fill(is_first, 0)
    narrow = (-(-2 * half).expm1()).log().masked_fill(is_first | is_last, 0)
    return ((below + above + narrow).sum(-2) + logits.log_softmax(-1)).logsumexp(-1)


def bits_per_dimension(parameters: Tensor, image: Tensor) -> Tensor:
    """(N, P, H, W), pictures (N, C, H, W) in [-1, 1] of 8-bit values -> (N,)."""
    nats = log_probability(parameters.permute(0, 2, 3, 1), image.permute(0, 2, 3, 1)).sum((1, 2))
    return nats / (-math.log(2) * image[0].numel())


def choose(parameters: Tensor, noise: Tensor) -> Tensor:
    """Exact samples by inverse distribution functions: (..., P), uniform (..., 1 + C) -> (..., C) in [-1, 1].

    The first number chooses the component, the others a value of each channel.
    """
    channels = noise.shape[-1] - 1
    logits, means, log_scales, coefficients = unpack(parameters, channels)
    below = logits.softmax(-1).cumsum(-1)[..., :-1] < noise[..., :1]
    component = below.sum(-1, keepdim=True)
    index = component.unsqueeze(-2)
    means, log_scales, coefficients = (
        part.gather(-1, index.expand(*part.shape[:-1], 1)).squeeze(-1) for part in (means, log_scales, coefficients)
    )
    deviations = log_scales.exp() * noise[..., 1:].logit()
    values: list[Tensor] = []
    for c in range(channels):
        mean = sum((coefficients[..., pair(c, b)] * values[b] for b in range(c)), means[..., c])
        values.append(to_values(mean + deviations[..., c]))
    return torch.stack(values, -1)
