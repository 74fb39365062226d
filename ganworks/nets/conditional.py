"""Nets that take a label, made of nets that take none.

concat: the one-hot label beside z, and as planes beside the picture; Mirza & Osindero 2014 (arXiv 1411.1784).
embed: a learned code of the label beside z, and a learned plane beside the picture.
projection: D's logit gains the inner product of its features with a code of the label; Miyato & Koyama 2018
(arXiv 1802.05637), eq. 3.
"""

from typing import Literal, Protocol, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

Condition = Literal["concat", "embed", "projection"]


class Featured(Protocol):
    """A discriminator whose logit is a linear function of its `features`, (N, ...) -> (N, num_features)."""

    num_features: int
    head: nn.Module

    def features(self, x: Tensor) -> Tensor: ...


def check_condition(condition: str) -> None:
    """Raise ValueError unless it is one of `Condition`."""
    if condition not in get_args(Condition):
        raise ValueError(f"condition is '{condition}'; possible: {', '.join(get_args(Condition))}")


class OneHot(nn.Module):
    """Labels (N,) -> (N, classes), 1 for the label's class and 0 elsewhere."""

    def __init__(self, classes: int):
        super().__init__()
        self.classes = classes

    def forward(self, label: Tensor) -> Tensor:
        return one_hot(label, self.classes).float()


class LearnedPlane(nn.Module):
    """Labels (N,) -> (N, 1, height, width), a learned picture for each class."""

    def __init__(self, classes: int, height: int, width: int):
        super().__init__()
        self.pictures = nn.Parameter(torch.randn(classes, 1, height, width))

    def forward(self, label: Tensor) -> Tensor:
        return self.pictures[label]


class LabelledGenerator(nn.Module):
    """z (N, latent), label (N,) -> what `net` makes of z and the label's code, (N, latent + code)."""

    def __init__(self, net: nn.Module, code: nn.Module):
        super().__init__()
        self.net, self.code = net, code

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        return self.net(torch.cat([z, self.code(label).to(z.dtype)], 1))


class VectorDiscriminator(nn.Module):
    """x (N, ...), label (N,) -> logits (N,) of `net` on the flattened x and the label's code."""

    def __init__(self, net: nn.Module, code: nn.Module):
        super().__init__()
        self.net, self.code = net, code

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        return self.net(torch.cat([x.flatten(1), self.code(label).to(x.dtype)], 1))


class PlaneDiscriminator(nn.Module):
    """x (N, C, H, W), label (N,) -> logits (N,) of `net` on the picture and the label's planes.

    code: label -> (N, k), each value filling a plane, or (N, k, H, W), the planes themselves.
    """

    def __init__(self, net: nn.Module, code: nn.Module):
        super().__init__()
        self.net, self.code = net, code

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        code = self.code(label).to(x.dtype)
        planes = code if code.ndim == x.ndim else code[:, :, None, None]
        return self.net(torch.cat([x, planes.expand(-1, -1, *x.shape[-2:])], 1))


class ProjectionDiscriminator(nn.Module):
    """x (N, ...), label (N,) -> logits (N,): `net`'s own, plus features . code of the label."""

    def __init__(self, net: nn.Module, classes: int):
        super().__init__()
        self.net = net
        self.code = nn.Embedding(classes, cast(Featured, net).num_features)
        nn.init.normal_(self.code.weight, 0.0, 0.02)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        net = cast(Featured, self.net)
        features = net.features(x)
        return net.head(features).flatten() + (self.code(label) * features).sum(1)
