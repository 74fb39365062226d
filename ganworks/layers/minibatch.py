"""Layers that show a critic each example beside the others of its batch: a collapsed one gives itself away.

Their batch must be all real or all fake.
"""

import torch
from torch import Tensor, nn


class MinibatchKernels(nn.Module):
    """How many others are near: (N, features) -> (N, features + kernels), what was given comes first.

    Salimans et al. 2016 (arXiv 1606.03498), section 3.2: o_b(i) = sum over j of exp(-|M_b(i) - M_b(j)|_1), where M is
    linear in the features, `dim` values for each kernel. As in the authors' code an example is not its own neighbour
    (the paper counts it, which adds 1), M's columns have a length of their own apart from their direction, and
    a bias of -1 is added. Takes N^2 x kernels values of memory, in float32.
    """

    def __init__(self, features: int, kernels: int = 100, dim: int = 5):
        super().__init__()
        if min(kernels, dim) < 1:
            raise ValueError(f"there are {kernels} kernels of {dim} values; both must be at least 1")
        self.num_features = features + kernels
        self.direction = nn.Parameter(0.05 * torch.randn(features, kernels, dim))
        self.log_length = nn.Parameter(torch.zeros(kernels, dim))
        self.bias = nn.Parameter(torch.full((kernels,), -1.0))

    def distances(self, x: Tensor) -> Tensor:
        """(N, features) -> (kernels, N, N)."""
        with torch.autocast(x.device.type, enabled=False):  # bf16 can't tell what is near from what is the same
            columns = self.direction * (self.log_length.exp() / self.direction.norm(dim=0))
            seen = torch.einsum("nf,fbc->bnc", x.to(columns.dtype), columns)
            return torch.cdist(seen, seen, p=1)

    @torch.no_grad()
    def fit_lengths(self, x: Tensor) -> None:
        """Scale the columns so that the nearest neighbours among x (N, features) are 2 apart, as the code does.

        Otherwise every similarity may start at 0 or 1, where the kernels have no slope.
        """
        others = self.distances(x) + torch.eye(len(x), device=x.device) * 1e6
        self.log_length.sub_((others.amin(2).mean(1, keepdim=True) / 2).clamp_min(1e-6).log())

    def forward(self, x: Tensor) -> Tensor:
        near = torch.exp(-self.distances(x)).sum(2) - 1
        return torch.cat([x.to(near.dtype), near.T + self.bias], 1)


class MinibatchDeviation(nn.Module):
    """How far a group of the batch spreads: (N, features) -> (N, features + 1), what was given comes first.

    Karras et al. 2018 (arXiv 1710.10196), section 3: see `spread`. For maps see MinibatchDeviationMap.
    """

    def __init__(self, features: int, group: int = 4):
        super().__init__()
        self.num_features, self.group = features + 1, at_least_two(group)

    def forward(self, x: Tensor) -> Tensor:
        x = x.float()
        return torch.cat([x, spread(x, self.group)], 1)


class MinibatchDeviationMap(nn.Module):
    """The same for maps, as one more constant map: (N, C, H, W) -> (N, C + 1, H, W), in x's type.

    As in the authors' code the value is averaged over the places too; see `spread`.
    """

    def __init__(self, group: int = 4):
        super().__init__()
        self.group = at_least_two(group)

    def forward(self, x: Tensor) -> Tensor:
        value = spread(x.flatten(1), self.group).to(x.dtype)
        return torch.cat([x, value[..., None, None].expand(-1, 1, *x.shape[2:])], 1)


def spread(x: Tensor, group: int) -> Tensor:
    """The standard deviation of each feature over `group` examples, averaged: (N, features) -> (N, 1), in float32.

    One value for all members of a group, whose rows lie N / group apart. Where N is no multiple of `group` the next
    smaller divisor serves.
    """
    size = next(size for size in range(min(group, len(x)), 0, -1) if len(x) % size == 0)
    groups = x.float().view(size, -1, x.shape[1])
    variance = (groups - groups.mean(0)).square().mean(0)  # ten times as fast as torch.var over so few rows
    return (variance + 1e-8).sqrt().mean(1).repeat(size)[:, None]


def at_least_two(group: int) -> int:
    if group < 2:
        raise ValueError(f"group is {group}; it must be at least 2")
    return group
