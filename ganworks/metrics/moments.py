"""Mean and covariance of features that come in pieces."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ganworks.metrics.features import Array, one

AT_ONCE = 2**25  # numbers turned into float64 together: bounds the memory


class Moments:
    """Count, mean (d,) and scatter (d, d) = the sum of (x - mean)(x - mean)^T, in float64.

    Chan, Golub and LeVeque 1979 (Updating formulae and a pairwise algorithm for computing sample variances): pieces of
    any sizes give the same result up to rounding, in memory that doesn't grow with the number of samples.
    """

    def __init__(self, dim: int):
        self.count = 0
        self.mean = torch.zeros(dim, dtype=torch.float64)
        self.scatter = torch.zeros(dim, dim, dtype=torch.float64)

    @classmethod
    def of(cls, features: Array, side: str = "given") -> "Moments":
        """Of features (N, d), N >= 1; side: their name in the sentences about bad ones."""
        rows = one(features, side, least=1)
        found = cls(rows.shape[1])
        found.count = len(rows)
        found.mean = mean_of(rows)
        room = torch.empty(min(len(rows), at_once(rows)), rows.shape[1], dtype=torch.float64)
        for piece in rows.split(len(room)):
            found.scatter += gram(torch.sub(piece, found.mean, out=room[: len(piece)]))
        return found

    def update(self, features: Array) -> None:
        """Take in some more features (n, d), n >= 1."""
        self.merge(Moments.of(features))

    def merge(self, other: "Moments") -> None:
        """Take in what other has seen."""
        if len(other.mean) != len(self.mean):
            raise ValueError(f"moments of {len(self.mean):,} numbers can't take in features of {len(other.mean):,}")
        if other.count == 0:
            return
        count, shift = self.count + other.count, other.mean - self.mean
        self.scatter = self.scatter + other.scatter + torch.outer(shift, shift * (self.count * other.count / count))
        self.mean = self.mean + shift * (other.count / count)
        self.count = count

    def covariance(self, ddof: int = 1) -> Tensor:
        """(d, d): the scatter over count - ddof; 1 is the unbiased one, 0 that of the maximum likelihood."""
        if self.count <= max(ddof, 1):
            least = max(ddof, 1) + 1
            raise ValueError(f"moments of {self.count:,} samples have no covariance: at least {least} are needed")
        return self.scatter / (self.count - ddof)


def at_once(rows: Tensor) -> int:
    """How many rows may be in float64 at the same time."""
    return max(1, AT_ONCE // rows.shape[1])


def pieces(rows: Tensor) -> Iterator[Tensor]:
    """The rows in float64, a bounded number of them at a time."""
    return (piece.double() for piece in rows.split(at_once(rows)))


def mean_of(rows: Tensor) -> Tensor:
    """(N, d) -> (d,), summed in float64 without a copy."""
    return torch.from_numpy(rows.numpy().mean(0, dtype=np.float64))


def gram(rows: Tensor) -> Tensor:
    """rows^T rows, (N, d) -> (d, d).

    By NumPy, which sees that both factors are the same and computes one half only, where PyTorch computes both: half
    the time.
    """
    values = rows.numpy()
    return torch.from_numpy(np.dot(values.T, values))
