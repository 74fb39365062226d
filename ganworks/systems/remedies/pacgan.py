"""PacGAN: D judges several examples together, so that repeats give G away."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks


class PacGAN(Duel):
    """D judges several examples at once, all real or all fake, and so sees when fakes are too much alike.

    D: (N / pack, pack * C, H, W) -> (N / pack,), or (N / pack, pack * dim) -> (N / pack,). A pack is `pack`
    neighbours in the batch. If they do not go up, the last pack is filled with the first examples again. Micro-batches
    that are multiples of `pack` keep the packs of the whole batch.
    """

    adversarial = NON_SATURATING

    def __init__(self, G: nn.Module, D: nn.Module, spec: Image | Vector, latent: int, *, pack: int):
        super().__init__(G, D, spec, latent)
        self.pack = pack

    def players(self) -> dict[str, Player]:
        on_points = self.entry == "point"
        adam = partial(Adam, lr=1e-4 if on_points else 2e-4, betas=(0.8 if on_points else 0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def judge(self, batch: Batch, *pictures: Tensor) -> tuple[Tensor, ...]:
        """A logit a pack, of each set: packed one by one, so that no pack holds both real and fake."""
        return super().judge(batch, *map(self.packed, pictures))

    def packed(self, x: Tensor) -> Tensor:
        """(N, C, ...) -> (N / pack, pack * C, ...)."""
        if missing := -len(x) % self.pack:
            x = x[torch.arange(len(x) + missing, device=x.device) % len(x)]
        return torch.cat([x[first :: self.pack] for first in range(self.pack)], dim=1)

    def scores(self, batch: Batch) -> Batch:
        """Each example has the score of its pack."""
        num = len(batch[self.entry])
        return {name: logits.repeat_interleave(self.pack)[:num] for name, logits in super().scores(batch).items()}


@register(size=16, width=4)
def pacgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    pack: int = 2,
) -> PacGAN:
    """PacGAN, Lin et al. 2018 (arXiv 1712.04086), section 2, on DCGAN's nets: only D's first layer is wider.

    Adam is DCGAN's on pictures, and on points that of the authors' code for their grid (1e-4, betas 0.8 and 0.999).
    Their nets there have batch norm in G and maxout in D; ours are those of all our duels on points.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    pack: examples that D judges together
    """
    if pack < 1:
        raise ValueError(f"pack is {pack}; it must be at least 1, and 1 is a GAN without packing")
    spec = arena(size, channels, dim)
    wide = Vector(pack * dim) if dim is not None else arena(size, pack * channels)
    G, D = networks(spec, width, latent)[0], networks(wide, width, latent)[1]
    return PacGAN(G, D, spec, latent, pack=pack)
