"""Nearest neighbours and balls, by matrix products in blocks that don't lie: doubtful pairs are measured again.

|x - y|^2 = |x|^2 + |y|^2 - 2 x.y makes a matrix product of many distances, at the price of digits. So products (in
float32, or in float64 for few numbers a row) only choose, within a bound on their error, and distances are then
measured pair by pair from the features as given, in float64: copies are at a distance of exactly 0, and equal pairs
are equal.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ganworks.metrics.features import Array, check

BLOCK = 16 << 20  # bytes of one block of distances; a few such blocks are alive at a time
HELD = 512 << 20  # bytes of features that are kept ready; more are made ready block by block
STRIP = 256  # rows turned into float64 together
SPARE = 8  # candidates kept beyond the k asked for: room for the products' errors
FEW = 16  # with so few numbers a row products cost nothing, and float64 spares the second look


class Points:
    """Rows (N, d) ready for products: about a common centre, scaled by a power of 2 to lengths of about 1."""

    def __init__(self, rows: Tensor, centre: Tensor, scale: float, dtype: torch.dtype):
        self.rows, self.centre, self.scale, self.dtype = rows, centre, scale, dtype
        self.squares = torch.empty(len(rows), dtype=torch.float64)
        width = torch.finfo(dtype).bits // 8
        self.ready = rows.new_empty(rows.shape, dtype=dtype) if rows.numel() * width <= HELD else None
        for part in slices(len(rows), STRIP):
            made = self.make(part)
            self.squares[part] = made.double().square().sum(1)
            if self.ready is not None:
                self.ready[part] = made

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def doubt(self) -> Tensor:
        """(N,): products' squared distances are wrong by at most the sum of both doubts: d roundings and some."""
        return torch.finfo(self.dtype).eps / 2 * (self.rows.shape[1] + 16) * self.squares

    def make(self, part: slice) -> Tensor:
        return ((self.rows[part].double() - self.centre) * self.scale).to(self.dtype)

    def block(self, part: slice) -> Tensor:
        if self.ready is not None:
            return self.ready[part]
        return torch.cat(
            [self.make(slice(part.start + s.start, part.start + s.stop)) for s in slices(part.stop - part.start, STRIP)]
        )

    def again(self, dtype: torch.dtype, chosen: Tensor | None = None) -> "Points":
        return Points(self.rows if chosen is None else self.rows[chosen], self.centre, self.scale, dtype)


@dataclass
class Candidates:
    """The nearest found so far of each row by squared distances less the other's doubt (N, keep), and indices."""

    squares: Tensor
    indices: Tensor

    @classmethod
    def none(cls, num: int, keep: int, dtype: torch.dtype) -> "Candidates":
        return cls(torch.full((num, keep), torch.inf, dtype=dtype), torch.zeros(num, keep, dtype=torch.int64))

    def add(self, rows: slice, start: int, squares: Tensor) -> None:
        """squares: (rows, columns) less the columns' doubt, of references from `start` on."""
        keep = self.squares.shape[1]
        found, where = squares.topk(min(keep, squares.shape[1]), dim=1, largest=False)
        found, where = torch.cat([self.squares[rows], found], 1), torch.cat([self.indices[rows], where + start], 1)
        self.squares[rows], chosen = found.topk(keep, dim=1, largest=False)
        self.indices[rows] = where.gather(1, chosen)


def nearest(
    queries: Array, references: Array, k: int = 1, itself: bool = False, block: int = BLOCK
) -> tuple[Tensor, Tensor]:
    """The k nearest references of each query: (N, d), (M, d) -> distances (N, k) in float64, ascending, indices (N, k).

    itself: queries and references are the same rows, and a row doesn't count as its own neighbour (its copies do).
    Of references equally far the one with the lower index comes first, among those that were candidates. The choice is
    certain to the rounding of float64. Memory beyond features and result is a few times `block` bytes for any N and M,
    and up to 512 MB a side of features made ready for products.
    """
    queries, references = check(queries, references, least=1)
    if itself and (queries is not references and not torch.equal(queries, references)):
        raise ValueError("queries and references are different rows, so that a row can't skip itself: give the same")
    p, q = points(queries, queries if itself else references)
    return near(p, q, k, itself=itself, block=block)


def near(p: Points, q: Points, k: int = 1, *, itself: bool = False, block: int = BLOCK) -> tuple[Tensor, Tensor]:
    """`nearest` of points that are ready."""
    enough(k, len(q) - itself)
    found, _ = candidates(p, q, k, "itself" if itself else "rows", block)
    return settle(found, p, q, k, itself=itself, block=block)


def near_both(p: Points, q: Points, k: int = 1, block: int = BLOCK) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Distances and indices of p's nearest in q, then of q's nearest in p, for the price of one `near`."""
    enough(k, min(len(p), len(q)))
    ours, theirs = candidates(p, q, k, "both", block)
    ways = ((ours, p, q), (theirs, q, p))
    (d_p, i_p), (d_q, i_q) = (settle(found, x, y, k, itself=False, block=block) for found, x, y in ways)
    return d_p, i_p, d_q, i_q


@dataclass(frozen=True)
class Inside:
    """Who lies in whose ball. holders: (N,) in how many balls each point lies. held: (M,) how many lie in each ball."""

    holders: Tensor
    held: Tensor


def inside(
    p: Points, q: Points, radii_p: Tensor, radii_q: Tensor, *, closed: bool = False, block: int = BLOCK
) -> tuple[Inside, Inside]:
    """How points p (N) lie in balls about q's (radii_q), and points q (M) in balls about p's (radii_p), at one go.

    radii: (N,), (M,) in float64, as `near` gives them. closed: the surface belongs to a ball.
    """
    counts = [torch.zeros(n, dtype=torch.int64) for n in (len(p), len(q), len(q), len(p))]
    doubt_p, doubt_q = p.doubt.to(p.dtype)[:, None], q.doubt.to(p.dtype)
    for rows, columns, squares in blocks(p, q, block):
        lower = (squares - doubt_p[rows]).sub_(doubt_q[columns])
        upper = squares.add_(doubt_p[rows]).add_(doubt_q[columns])
        for radii, about_q in ((radii_q[None, columns], True), (radii_p[rows, None], False)):
            limit = (radii * p.scale).square()
            room = limit * torch.finfo(squares.dtype).eps  # rounding the limit must leave it on the safe side
            held = upper < (limit - room).to(squares.dtype)
            i, j = ((lower <= (limit + room).to(squares.dtype)) & ~held).nonzero(as_tuple=True)  # in doubt
            far, reach = distances(p, i + rows.start, q, j + columns.start), radii.expand(held.shape)[i, j]
            held[i, j] = far <= reach if closed else far < reach
            holders, inner = (rows, columns) if about_q else (columns, rows)
            counts[0 if about_q else 2][holders] += held.sum(1 if about_q else 0)
            counts[1 if about_q else 3][inner] += held.sum(0 if about_q else 1)
    return Inside(counts[0], counts[1]), Inside(counts[2], counts[3])


def enough(k: int, num: int) -> None:
    if not 1 <= k <= num:
        raise ValueError(f"k = {k:,} nearest of {num:,} possible neighbours: k must be 1 to {num:,}; give more samples")


def slices(num: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, num)) for start in range(0, num, size))


def points(a: Tensor, b: Tensor) -> tuple[Points, Points]:
    """Both sides, checked features, about one centre, in the units and precision for products."""
    centre = b[:: len(b) // 1024 + 1].double().mean(0)  # any point is right; near the mean products keep more digits
    largest = max(float((edge.double() - centre).abs().amax()) for x in (a, b) for edge in x.aminmax(dim=0))
    scale = 2.0 ** -math.frexp(largest * math.sqrt(a.shape[1]))[1] if largest else 1.0
    # A caller may have allowed products in less than float32; the error bound knows nothing of that.
    plain = torch.get_float32_matmul_precision() == "highest"
    dtype = torch.float32 if plain and a.shape[1] > FEW else torch.float64
    ours = Points(a, centre, scale, dtype)
    return ours, ours if a is b else Points(b, centre, scale, dtype)


def blocks(p: Points, q: Points, block: int, upper: bool = False) -> Iterator[tuple[slice, slice, Tensor]]:
    """Rows, columns, and their approximate squared distances in units of scale; upper: not below the diagonal."""
    width = torch.finfo(p.dtype).bits // 8
    size = max(1, min(math.isqrt(block // width), block // (width * p.rows.shape[1])))
    with torch.no_grad(), torch.autocast("cpu", enabled=False):
        for rows in slices(len(p), size):
            ours = p.block(rows)
            for columns in slices(len(q), size):
                if not upper or columns.start >= rows.start:
                    squares = torch.addmm(q.squares[columns].to(p.dtype), ours, q.block(columns).T, alpha=-2)
                    yield rows, columns, squares.add_(p.squares[rows, None].to(p.dtype))


def candidates(p: Points, q: Points, k: int, way: str, block: int) -> tuple[Candidates, Candidates]:
    """The nearest by products, with some to spare, of p's rows and, if way is "both", of q's too.

    way "itself" looks at half of the pairs, as d(x, y) = d(y, x), and leaves the diagonal out.
    """
    ours = Candidates.none(len(p), min(k + SPARE, len(q) - (way == "itself")), p.dtype)
    theirs = Candidates.none(len(q), min(k + SPARE, len(p)), p.dtype) if way == "both" else ours
    doubt_p, doubt_q = p.doubt.to(p.dtype)[:, None], q.doubt.to(p.dtype)
    for rows, columns, squares in blocks(p, q, block, upper=way == "itself"):
        if way == "itself" and rows == columns:
            squares.fill_diagonal_(torch.inf)
        ours.add(rows, columns.start, squares - doubt_q[columns])
        if way == "both" or (way == "itself" and rows != columns):
            theirs.add(columns, rows.start, squares.sub_(doubt_p[rows]).T.contiguous())
    return ours, theirs


def settle(found: Candidates, p: Points, q: Points, k: int, *, itself: bool, block: int) -> tuple[Tensor, Tensor]:
    """Distances (N, k) of the k nearest candidates measured exactly; where they aren't certain, a search in float64."""
    least = found.squares.double() - p.doubt[:, None]
    most = (least + 2 * q.doubt[found.indices])[:, :k].amax(1) + 2 * p.doubt  # the k-th nearest isn't farther
    possible = least <= most[:, None]
    exact = torch.full(possible.shape, torch.inf, dtype=torch.float64)
    i, j = possible.nonzero(as_tuple=True)
    exact[i, j] = distances(p, i, q, found.indices[i, j])
    indices, order = found.indices.sort(1)
    exact, order = exact.gather(1, order).sort(dim=1, stable=True)
    exact, indices = exact[:, :k], indices.gather(1, order)[:, :k]
    if p.dtype == torch.float64 or found.squares.shape[1] == len(q) - itself:
        return exact, indices
    last = exact[:, -1]
    sure = (last == 0) | ((last * p.scale).square() <= least[:, -1])
    again = (~sure).nonzero()[:, 0]
    for some in again.split(max(1, block // (8 * p.rows.shape[1]))) if len(again) else ():
        few, all_ = p.again(torch.float64, some), q.again(torch.float64)
        better = Candidates.none(len(some), min(k + 1 + SPARE, len(q)), torch.float64)
        for rows, columns, squares in blocks(few, all_, block):
            if itself:
                own = ((some[rows] >= columns.start) & (some[rows] < columns.stop)).nonzero()[:, 0]
                squares[own, some[rows][own] - columns.start] = torch.inf
            better.add(rows, columns.start, squares.sub_(all_.doubt[columns]))
        exact[some], indices[some] = settle(better, few, all_, k, itself=False, block=block)
    return exact, indices


def distances(p: Points, i: Tensor, q: Points, j: Tensor) -> Tensor:
    """Distances in float64 of the pairs p.rows[i], q.rows[j], from the features as given."""
    size = max(1, (4 << 20) // (8 * p.rows.shape[1]))
    far = [
        torch.linalg.vector_norm((p.rows[a].double() - q.rows[b]) * p.scale, dim=1)
        for a, b in zip(i.split(size), j.split(size), strict=True)
    ]
    return torch.cat(far) / p.scale if far else torch.zeros(0, dtype=torch.float64)
