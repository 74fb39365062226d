"""Nets made of a discriminator that has learned to look at pictures or points, for systems that also want their z."""

from typing import cast

import torch
from torch import Tensor, nn

from ganworks.nets.conditional import Featured


class Encoder(nn.Module):
    """x (N, ...) -> codes (N, latent), without bounds: a discriminator with as many outputs as z is long."""

    def __init__(self, net: nn.Module, latent: int):
        super().__init__()
        self.net = net
        net.head = nn.Linear(cast(Featured, net).num_features, latent)

    def forward(self, x: Tensor) -> Tensor:
        net = cast(Featured, self.net)
        return net.head(net.features(x))


class JointDiscriminator(nn.Module):
    """x (N, ...), z (N, latent) -> logits (N,) of the pair: `hidden` units see the features of x together with z."""

    def __init__(self, net: nn.Module, latent: int, hidden: int):
        super().__init__()
        self.net = net
        num_inputs = cast(Featured, net).num_features + latent
        net.head = nn.Sequential(nn.Linear(num_inputs, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1))

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        net = cast(Featured, self.net)
        features = net.features(x)
        return net.head(torch.cat([features, z.to(features.dtype)], 1)).flatten()
