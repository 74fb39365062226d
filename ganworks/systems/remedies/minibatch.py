"""Minibatch discrimination: a critic that sees each example beside the others."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player
from ganworks.layers.minibatch import MinibatchDeviation, MinibatchKernels
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.nets.headed import Headed, linear, num_features
from ganworks.registry import register
from ganworks.specs import Vector
from ganworks.systems.duel import Duel, arena, networks

FITTED_ON = 100  # examples, the paper's batch


class Minibatch(Duel):
    """Before its last layer D learns how like each other the examples of the batch are."""

    adversarial = NON_SATURATING

    def look_again(self) -> None:
        super().look_again()
        self.whole_batch = True

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=3e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def judge(self, batch: Batch, *pictures: Tensor) -> tuple[Tensor, ...]:
        """The logits of each set of pictures, each in a pass of its own: real ones are no neighbours of fakes."""
        return tuple(self.D(x) for x in pictures)


@register(size=16, width=4, kernels=8)
def minibatch(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    kind: str = "kernel",
    kernels: int | None = None,
    kernel_dim: int = 5,
    group: int = 4,
) -> Minibatch:
    """Minibatch discrimination, Salimans et al. 2016 (arXiv 1606.03498), section 3.2, on DCGAN's nets.

    The optimiser is that of the authors' code. It fits the kernels' scale to the first batch of data; we fit it to
    random examples, so that the nets are complete when they are built. "stddev" is the simpler layer of Karras et al.
    2018 (arXiv 1710.10196).

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    kind: what D learns of the batch, "kernel" (how many are near, by learned measures) or "stddev"
    kernels: number of learned measures of nearness, by default 100, on points 20
    kernel_dim: values that each of them compares
    group: examples whose standard deviation "stddev" takes
    """
    spec = arena(size, channels, dim)
    G, critic = networks(spec, width, latent)
    layer: MinibatchKernels | MinibatchDeviation
    if kernels is None:
        kernels = 20 if isinstance(spec, Vector) else 100
    if kind == "kernel":
        layer = MinibatchKernels(num_features(critic), kernels, kernel_dim)
    elif kind == "stddev":
        layer = MinibatchDeviation(num_features(critic), group)
    else:
        raise ValueError(f"kind is '{kind}'; possible: kernel, stddev")
    D = Headed(critic, nn.Sequential(layer, linear(critic, layer.num_features, 1), nn.Flatten(0)))
    if isinstance(layer, MinibatchKernels):
        with torch.no_grad():
            layer.fit_lengths(D.features(spec.random(FITTED_ON)))
    return Minibatch(G, D, spec, latent)
