"""A bank of learnt filters: which one a place gets follows from the edges around it; no layers, no activation."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad, unfold

REACH, SIGMA = 4, 2.0  # of the window in which edges are looked at: 9 x 9 pixels, a Gaussian
STRENGTHS = (0.0001, 0.001)  # bounds of the larger eigenvalue, of brightness from 0 to 1
COHERENCES = (0.25, 0.5)
AT_ONCE = 1 << 15  # places computed together: bounds the memory
RIDGE = 1e-6


class FilterBank(nn.Module):
    """Brightness (N, 1, H, W) in [-1, 1], enlarged -> what is to be added to it, (N, 1, H, W).

    Romano et al. 2016 (arXiv 1606.01299), section III: each pixel is the product of the `side` x `side` pixels around
    it with a filter, chosen by angle, strength and coherence of the edges there, and by its place among those that
    one small pixel became. `filters` (K, side^2) solve the least squares whose normal equations are in `sums`, (K, T):
    for each filter the upper half of [a, b]^T [a, b], a the pixels around a place, b what is missing there.

    angles: how finely directions are told apart. levels: 3 of strength and of coherence, or 1.
    """

    filters: Tensor

    def __init__(self, scale: int, *, side: int = 11, angles: int = 24, levels: int = 3):
        super().__init__()
        self.scale, self.side, self.angles, self.levels = scale, side, angles, levels
        num = angles * levels**2 * scale**2
        rows = side**2 + 1
        self.sums = nn.Parameter(torch.zeros(num, rows * (rows + 1) // 2))
        self.register_buffer("filters", torch.zeros(num, side**2))

    def forward(self, x: Tensor) -> Tensor:
        num, _, height, width = x.shape
        keys, padded = self.keys(x), self.padded(x)
        strips = []
        step = max(1, AT_ONCE // (num * width))
        for top in range(0, height, step):
            bottom = min(top + step, height)
            around = unfold(padded[:, :, top : bottom + self.side - 1], self.side)
            chosen = self.filters[keys[:, top:bottom].flatten(1)]
            strips.append(torch.einsum("ndp,npd->np", around, chosen).view(num, 1, bottom - top, width))
        return torch.cat(strips, 2)

    def padded(self, x: Tensor) -> Tensor:
        return pad(x, [self.side // 2] * 4, mode="replicate")

    def keys(self, x: Tensor) -> Tensor:
        """The number of each place's filter: (N, 1, H, W) -> (N, H, W)."""
        around = pad(x / 2, [REACH + 1] * 4, mode="replicate")
        down = (around[:, :, 2:, 1:-1] - around[:, :, :-2, 1:-1]) / 2
        right = (around[:, :, 1:-1, 2:] - around[:, :, 1:-1, :-2]) / 2
        xx, xy, yy = (blurred(each)[:, 0] for each in (right.square(), right * down, down.square()))
        # Eigenvalues and direction of the matrix [[xx, xy], [xy, yy]].
        middle, half = (xx + yy) / 2, ((xx - yy) ** 2 / 4 + xy**2).sqrt()
        larger, smaller = (middle + half).clamp_min(0), (middle - half).clamp_min(0)
        angle = torch.atan2(2 * xy, xx - yy).div(2 * math.pi).remainder(1)
        coherence = (larger.sqrt() - smaller.sqrt()) / (larger.sqrt() + smaller.sqrt()).clamp_min(1e-8)
        key = (angle * self.angles).long().clamp(max=self.angles - 1)
        for value, bounds in ((larger, STRENGTHS), (coherence, COHERENCES)):
            level = sum((value > bound).long() for bound in bounds) if self.levels == 3 else 0
            key = key * self.levels + level
        rows, columns = (torch.arange(side, device=x.device) % self.scale for side in x.shape[2:])
        return key * self.scale**2 + rows[:, None] * self.scale + columns

    def equations(self, x: Tensor, missing: Tensor) -> Tensor:
        """What pictures add to `sums`, as a mean over their places: two (N, 1, H, W) -> (K, T)."""
        around = unfold(self.padded(x), self.side).transpose(1, 2).flatten(0, 1)
        both = torch.cat([around, missing.reshape(-1, 1)], 1)
        keys = self.keys(x).flatten()
        parts = both[keys.argsort()].split(keys.bincount(minlength=len(self.sums)).tolist())
        upper = self.upper()
        sums = torch.zeros_like(self.sums)
        for row, part in enumerate(parts):
            if len(part):
                sums[row] = (part.T @ part).flatten()[upper]
        return sums / len(keys)

    def upper(self) -> Tensor:
        """Where in a flat matrix its upper half is: (T,)."""
        rows = self.side**2 + 1
        first, second = torch.triu_indices(rows, rows, device=self.sums.device)
        return first * rows + second

    @torch.no_grad()
    def solve(self) -> None:
        """The filters from the sums, in float64 on the CPU; few places draw a filter towards adding nothing."""
        rows, upper = self.side**2 + 1, self.upper().cpu()
        for at in range(0, len(self.sums), 64):
            part = self.sums[at : at + 64].double().cpu()
            full = part.new_zeros(len(part), rows * rows).index_copy_(1, upper, part).view(-1, rows, rows)
            full = full + full.triu(1).transpose(1, 2)
            matrix, right = full[:, :-1, :-1], full[:, :-1, -1:]
            self.filters[at : at + 64] = torch.cholesky_solve(right, lower_of(matrix)).squeeze(2).to(self.filters)


def lower_of(matrix: Tensor) -> Tensor:
    """The Cholesky factors of (K, D, D) float64 with a ridge: 10 x as high as often as rounding is larger than it.

    Pixels of an enlarged picture depend on each other, and sums of many places in float32 no longer say how little
    they differ: without that a matrix may have no root.
    """
    assert matrix.isfinite().all(), "no ridge mends what is not finite"
    ridge = RIDGE * (1 + matrix.diagonal(dim1=1, dim2=2).mean(1))
    while True:
        lower, failed = torch.linalg.cholesky_ex(matrix + torch.diag_embed(ridge[:, None].expand(matrix.shape[:2])))
        if not failed.any():
            return lower
        ridge = torch.where(failed > 0, 10 * ridge, ridge)


def blurred(x: Tensor) -> Tensor:
    """By the window, of which nothing is beyond the border: (N, 1, H, W) -> (N, 1, H - 2 REACH, W - 2 REACH)."""
    bell = torch.exp(-torch.arange(-REACH, REACH + 1, device=x.device).square() / (2 * SIGMA**2))
    bell = bell / bell.sum()
    return conv2d(conv2d(x, bell.view(1, 1, -1, 1)), bell.view(1, 1, 1, -1))
