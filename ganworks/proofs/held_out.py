"""Pictures kept from training, and how sharp pictures are: what several claims measure with."""

import copy

from torch import Tensor

from ganworks.data.pictures import Held, Pictures


def without_last(pictures: Pictures, num: int) -> Pictures:
    """The same set without its last `num` pictures."""
    fewer = copy.copy(pictures)
    assert isinstance(pictures.store, Held)
    fewer.store = Held(pictures.store.values[:-num].numpy())
    fewer.facts = pictures.facts | {"count": len(pictures) - num}
    return fewer


def sharpness(x: Tensor) -> float:
    """Mean of |neighbour to the right + left + below + above - 4 times the pixel|, the discrete Laplacian."""
    middle = x[..., 1:-1, 1:-1]
    around = x[..., :-2, 1:-1] + x[..., 2:, 1:-1] + x[..., 1:-1, :-2] + x[..., 1:-1, 2:]
    return (around - 4 * middle).abs().mean().item()
