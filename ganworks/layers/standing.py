"""Standing statistics: what batch norm is to know when it is used, taken anew from many batches."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import functional_call


@torch.no_grad()
def standing_statistics(net: nn.Module, passes: Iterable[tuple[Tensor, ...]]) -> dict[str, Tensor]:
    """Mean and variance at each batch norm, averaged over passes of `net`, by the names of the buffers that hold them.

    Brock et al. 2019 (arXiv 1809.11096), appendix C. Each pass is normalised by its own statistics, as in training, all
    else is as `net` stands. The net is left as it was: `functional_call(net, statistics, inputs)` uses them.
    """
    norms = {name: module for name, module in net.named_modules() if isinstance(module, nn.BatchNorm2d)}
    fresh = {
        f"{name}.{key}": torch.ones_like(value) if key == "running_var" else torch.zeros_like(value)
        for name, norm in norms.items()
        for key, value in norm.named_buffers()
    }
    with gathering(list(norms.values())):
        for inputs in passes:
            functional_call(net, fresh, inputs)
    return fresh


@contextmanager
def gathering(norms: list[nn.BatchNorm2d]) -> Iterator[None]:
    """Let them take the plain mean over all passes."""
    before = [(norm.momentum, norm.training) for norm in norms]
    for norm in norms:
        norm.momentum, norm.training = None, True
    try:
        yield
    finally:
        for norm, (momentum, training) in zip(norms, before, strict=True):
            norm.momentum, norm.training = momentum, training
