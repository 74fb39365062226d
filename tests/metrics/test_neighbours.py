"""Nearest neighbours and balls against plain float64 distances of all pairs, and against scikit-learn's."""

import json
from pathlib import Path

import pytest
import torch
from reference_neighbours import CASES, sides

from ganworks.metrics import neighbours
from ganworks.metrics.neighbours import inside, near, near_both, nearest, points

GOLDEN = json.loads(Path(__file__).with_name("golden_neighbours.json").read_text())


def all_distances(a, b):
    """(N, M) in float64, subtracting each pair."""
    return (a.double()[:, None] - b.double()[None]).norm(dim=2)


def normal(*shape, seed=0, dtype=torch.float32, offset=0.0):
    made = torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + offset
    return made.to(dtype)


@pytest.mark.parametrize("case", CASES)
def test_nearest_as_scikit_learn(case):
    fake, real = sides(case)
    distances, indices = nearest(fake, real, 3)
    golden = GOLDEN[case]["nearest"]
    assert indices[:6].tolist() == golden["indices"]
    torch.testing.assert_close(distances[:6], torch.tensor(golden["distances"], dtype=torch.float64), rtol=1e-7, atol=0)


@pytest.mark.parametrize("dim", [1, 3, 40])
@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("block", [1 << 10, 1 << 26])
def test_nearest_is_exact_for_any_block(dim, offset, dtype, block):
    a, b = normal(150, dim, dtype=dtype, offset=offset), normal(131, dim, seed=1, dtype=dtype, offset=offset)
    b[7] = b[9] = a[3]
    far = all_distances(a, b).sort(dim=1, stable=True)
    distances, indices = nearest(a, b, 4, block=block)
    torch.testing.assert_close(distances, far.values[:, :4], rtol=1e-12, atol=0)
    assert torch.equal(indices, far.indices[:, :4])
    assert distances[3, 0] == distances[3, 1] == 0
    back = all_distances(b, a).sort(dim=1, stable=True)
    both = near_both(*points(a, b), 4, block=block)
    for found, wanted in zip(both, (far.values, far.indices, back.values, back.indices), strict=True):
        torch.testing.assert_close(found, wanted[:, :4], rtol=1e-12, atol=0)


@pytest.mark.parametrize("block", [1 << 10, 1 << 26])
def test_itself_skips_the_row_and_not_its_copies(block):
    rows = normal(100, 30)
    rows[70] = rows[20]
    far = all_distances(rows, rows).fill_diagonal_(torch.inf).sort(dim=1, stable=True)
    distances, indices = nearest(rows, rows, 3, itself=True, block=block)
    torch.testing.assert_close(distances, far.values[:, :3], rtol=1e-12, atol=0)
    assert torch.equal(indices, far.indices[:, :3])
    assert distances[20, 0] == 0 and indices[20, 0] == 70


def test_near_ties_are_decided_in_float64():
    """Distances that differ by 1e-6 of their size, in float32 and with a far stray: products alone get them wrong."""
    rays = torch.nn.functional.normalize(normal(60, 200, dtype=torch.float64), dim=1)
    rays *= 1 + 1e-6 * torch.randperm(60, generator=torch.Generator().manual_seed(2))[:, None]
    a = 3 * normal(2, 200, seed=3, dtype=torch.float64)
    b = torch.cat([a[:1] + rays, a[1:] + rays, torch.full((1, 200), 50.0)]).float()
    a = a.float()
    far = all_distances(a, b).sort(dim=1, stable=True)
    distances, indices = nearest(a, b, 20)
    torch.testing.assert_close(distances, far.values[:, :20], rtol=1e-12, atol=0)
    assert torch.equal(indices, far.indices[:, :20])
    rough = (a @ b.T * -2 + b.square().sum(1)).topk(20, dim=1, largest=False).indices
    assert not torch.equal(rough, far.indices[:, :20]), "this test no longer asks for more than products give"


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_tiny_and_huge_features(scale):
    a, b = normal(30, 50), normal(40, 50, seed=1)
    distances, indices = nearest(a.double() * scale, b.double() * scale, 2)
    wanted = nearest(a, b, 2)
    torch.testing.assert_close(distances / scale, wanted[0], rtol=1e-12, atol=0)
    assert torch.equal(indices, wanted[1])


def test_equal_points_are_at_distance_zero():
    rows = normal(1, 100, offset=1000.0).expand(50, 100)
    assert nearest(rows, rows, 3, itself=True)[0].eq(0).all()


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("dim", [2, 40])
@pytest.mark.parametrize("block", [1 << 10, 1 << 26])
def test_inside_counts_all_pairs(closed, dim, block):
    a, b = normal(90, dim), normal(70, dim, seed=1)
    a[:20] = b[:20]  # so that some points lie exactly on surfaces
    far = all_distances(a, b)
    radii_b = nearest(b, b, 2, itself=True)[0][:, 1]
    radii_a = nearest(a, a, 2, itself=True)[0][:, 1]
    of_b, of_a = inside(*points(a, b), radii_a, radii_b, closed=closed, block=block)
    exact = nearest(a, b, len(b))  # the surfaces by the very same numbers
    far = torch.empty_like(far).scatter_(1, exact[1], exact[0])
    in_b, in_a = (far <= radii_b, far <= radii_a[:, None]) if closed else (far < radii_b, far < radii_a[:, None])
    assert torch.equal(of_b.holders, in_b.sum(1)) and torch.equal(of_b.held, in_b.sum(0))
    assert torch.equal(of_a.holders, in_a.sum(0)) and torch.equal(of_a.held, in_a.sum(1))
    if not closed:
        assert (far == radii_b).any(), "no point lies on a surface"


def test_memory_stays_within_blocks(monkeypatch):
    """Of 3,000 x 3,000 distances, 36 MB, no more than 1 MB are alive in one block."""
    seen = []
    blocks = neighbours.blocks

    def watched(*args, **options):
        for rows, columns, squares in blocks(*args, **options):
            seen.append(squares.numel() * squares.element_size())
            yield rows, columns, squares

    monkeypatch.setattr(neighbours, "blocks", watched)
    nearest(normal(3000, 20), normal(3000, 20, seed=1), block=1 << 20)
    assert max(seen) <= 1 << 20 and sum(seen) == 3000 * 3000 * 4


@pytest.mark.parametrize("stray", [1.0, 1e4])
def test_a_stray_point_does_not_cast_doubt_on_all(stray, monkeypatch):
    """Only pairs that might matter are measured one by one, however far away some other point is."""
    a, b = normal(300, 100), normal(300, 100, seed=1)
    b[17] *= stray
    seen, plain = [], neighbours.distances

    def watched(p, i, q, j):
        seen.append(len(i))
        return plain(p, i, q, j)

    monkeypatch.setattr(neighbours, "distances", watched)
    p, q = points(a, b)
    radii = [near(x, x, 3, itself=True)[0][:, 2] for x in (p, q)]
    inside(p, q, *radii)
    assert sum(seen) < 600 * 10


def test_products_of_less_than_float32_are_not_trusted():
    """Where a caller allows float32 products in bfloat16, as some processors then make them, ours are in float64."""
    a, b = normal(200, 100), normal(200, 100, seed=1)
    assert points(a, b)[0].dtype == torch.float32
    wanted = nearest(a, b, 5)
    torch.set_float32_matmul_precision("medium")
    try:
        found, kind = nearest(a, b, 5), points(a, b)[0].dtype
    finally:
        torch.set_float32_matmul_precision("highest")
    assert kind == torch.float64
    assert torch.equal(found[0], wanted[0]) and torch.equal(found[1], wanted[1])


@pytest.mark.parametrize(
    ("queries", "references", "options", "said"),
    [
        (normal(5, 3), normal(5, 4), {}, "3 numbers each and reference features 4"),
        (normal(5, 3), normal(5, 3), {"k": 6}, "k = 6 nearest of 5"),
        (normal(5, 3), normal(5, 3), {"k": 0}, "k = 0 nearest of 5"),
        (normal(5, 3), normal(5, 3, seed=1), {"itself": True}, "different rows"),
        (normal(5, 3) / 0, normal(5, 3), {}, "5 of 5 judged samples have NaN or infinite"),
    ],
)
def test_bad_input_gets_a_sentence(queries, references, options, said):
    with pytest.raises(ValueError, match=said) as caught:
        nearest(queries, references, **options)
    assert "\n" not in str(caught.value)
