"""Chance inside a net: noise and dropout whose values follow from one seed for each example.

So a sample does not depend on the batch that it is drawn in, and parts of a batch see what the whole would.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

MOST = 1 << 62  # seeds are below


def seeds(num: int) -> Tensor:
    """(N,) int64, one for each example."""
    return torch.randint(MOST, (num,))


def rows(draw: Callable[..., Tensor], seeds: Tensor, like: Tensor) -> Tensor:
    """What `draw`, torch.randn or torch.rand, gives for each example's seed, shaped as `like` (N, ...); no gradient."""
    generator = torch.Generator()
    shape = like.shape[1:] if like.ndim < 4 else (*like.shape[2:], like.shape[1])  # maps are channels-last
    made = [draw(shape, generator=generator.manual_seed(seed)) for seed in seeds.tolist()]
    values = torch.stack(made).to(like.device, like.dtype)
    return values if like.ndim < 4 else values.permute(0, 3, 1, 2)


class Chance(nn.Module):
    """A layer with chance in it; `drawn` tells it the seeds. Layers of one net differ in `place`."""

    def __init__(self) -> None:
        super().__init__()
        self.place = 0
        self.seeds: Tensor | None = None  # for the time of one pass

    def draw(self, how: Callable[..., Tensor], x: Tensor) -> Tensor:
        assert self.seeds is not None, "a net with chance in it runs under `drawn`"
        return rows(how, self.seeds + self.place, x)


class Noise(Chance):
    """x + level * deviation * N(0, 1), (N, ...) -> (N, ...). `level`, saved, is for a decay from 1 to 0."""

    level: Tensor

    def __init__(self, deviation: float):
        super().__init__()
        self.deviation = deviation
        self.register_buffer("level", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return x + (self.level * self.deviation).to(x.dtype) * self.draw(torch.randn, x)


class Dropout(Chance):
    """Each value is 0 with probability `share`, the others are enlarged to keep the mean.

    Srivastava et al. 2014. always: in evaluation mode too, as the noise of a sample (Isola et al. 2017, pix2pix).
    """

    def __init__(self, share: float, always: bool = False):
        super().__init__()
        if not 0 <= share < 1:
            raise ValueError(f"dropout is {share:g}; possible: 0 to below 1")
        self.share, self.always = share, always

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training or self.always):
            return x
        return x * (self.draw(torch.rand, x) >= self.share) / (1 - self.share)


@contextmanager
def drawn(net: nn.Module, seeds: Tensor | None) -> Iterator[None]:
    """Inside, the net's layers with chance in them draw by these seeds (N,)."""
    layers = [module for module in net.modules() if isinstance(module, Chance)]
    for place, layer in enumerate(layers):
        layer.place, layer.seeds = place, seeds
    try:
        yield
    finally:
        for layer in layers:
            layer.seeds = None
