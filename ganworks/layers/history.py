"""A memory of earlier fakes."""

import torch
from torch import Tensor, nn

SWAPPED = 0.5  # the share of fakes that are exchanged for old ones


class History(nn.Module):
    """Fakes (N, ...) -> as many, about half of them old ones, whose places in the memory the new ones take.

    Zhu et al. 2017 (arXiv 1703.10593), section 4, after Shrivastava et al. 2016 (arXiv 1612.07828). Until the memory is
    full, each fake goes in and comes out as well. It is saved, in half precision. In one batch an old fake is taken
    once at most; parts of a batch, one after the other, get what the whole would.
    """

    old: Tensor
    num: Tensor

    def __init__(self, size: int, shape: tuple[int, ...]):
        super().__init__()
        self.register_buffer("old", torch.zeros(size, *shape, dtype=torch.float16))
        self.register_buffer("num", torch.zeros((), dtype=torch.int64))

    def draw(self, num: int) -> Tensor:
        """(N,) int64: the place of the old fake that row is exchanged for; beyond the memory for those that are not."""
        size = len(self.old)
        place = torch.randperm(max(num, size))[:num]
        return place.where(torch.rand(num) < SWAPPED, size)

    @torch.no_grad()
    def forward(self, fake: Tensor, places: Tensor) -> Tensor:
        begin, size = int(self.num), len(self.old)
        num_new = min(size - begin, len(fake))
        self.old[begin : begin + num_new] = fake[:num_new].to(self.old.dtype)
        self.num.fill_(begin + num_new)
        swapped = (places < size) & (torch.arange(len(fake), device=fake.device) >= num_new)
        taken, shown = places[swapped], fake.clone()
        shown[swapped] = self.old[taken].to(fake.dtype)
        self.old[taken] = fake[swapped].to(self.old.dtype)
        return shown
