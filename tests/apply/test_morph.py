"""Shapes and textures, on drawings whose landmarks are known."""

import math

import pytest
import torch

from ganworks.apply.morph import Components, Morpher, spline, warp

SIDE = 48


def drawings(num=12, seed=0):
    """Ellipses of a grey of their own, with a brighter lower half: (N, 1, S, S), landmarks (N, 9, 2)."""
    generator = torch.Generator().manual_seed(seed)
    x0, y0, a, b, grey = (torch.rand(num, 1, 1, generator=generator) for _ in range(5))
    x0, y0, a, b, grey = (x0 - 0.5) * 0.4, (y0 - 0.5) * 0.4, 0.3 + 0.2 * a, 0.3 + 0.2 * b, grey - 0.5
    line = (torch.arange(SIDE) * 2 + 1) / SIDE - 1
    inside = torch.sigmoid(20 * (1 - (((line - x0) / a) ** 2 + ((line[:, None] - y0) / b) ** 2).sqrt()))
    shade = grey + 0.4 * torch.sigmoid(30 * (line[:, None] - y0))
    pictures = (-1 + inside * (1 + shade))[:, None]
    angles = torch.arange(8) * math.pi / 4
    rim = torch.stack([x0[..., 0] + a[..., 0] * angles.cos(), y0[..., 0] + b[..., 0] * angles.sin()], 2)
    centre = torch.cat([x0, y0], 2)
    return pictures, torch.cat([rim, centre], 1)


def middle(pictures):
    """Centre of what is not background, (N, 2), from -1 to 1."""
    weight = pictures[:, 0] + 1
    line = (torch.arange(SIDE) * 2 + 1) / SIDE - 1
    total = weight.sum((1, 2))
    return torch.stack([(weight * line).sum((1, 2)) / total, (weight * line[:, None]).sum((1, 2)) / total], 1)


def test_a_spline_passes_through_its_points_and_keeps_what_is_linear():
    points = torch.rand(7, 2, dtype=torch.float64) * 2 - 1
    values = torch.rand(7, 2, dtype=torch.float64)
    torch.testing.assert_close(spline(points, values)(points), values, atol=1e-3, rtol=0)
    turn = torch.tensor([[0.8, 0.6], [-0.6, 0.8]], dtype=torch.float64)
    places = torch.rand(5, 2, dtype=torch.float64)
    torch.testing.assert_close(spline(points, points @ turn + 0.1)(places), places @ turn + 0.1, atol=1e-6, rtol=0)


def test_a_warp_onto_the_same_points_changes_nothing():
    pictures, points = drawings(3)
    torch.testing.assert_close(warp(pictures, points, points), pictures, atol=1e-4, rtol=0)


def test_landmarks_carry_the_drawing_with_them():
    """An ellipse bent onto another's landmarks is that one, in place and form."""
    pictures, points = drawings(6)
    bent = warp(pictures[:3], points[:3], points[3:])
    assert (middle(bent) - points[3:, -1]).abs().max() < (middle(pictures[:3]) - points[3:, -1]).abs().max() / 4
    shown = [(each[:, 0] > -0.8).float() for each in (pictures[:3], bent, pictures[3:])]
    before, after = ((shape - shown[2]).abs().mean().item() for shape in shown[:2])
    assert after < before / 4


def test_more_components_reconstruct_better_and_all_of_them_exactly():
    pictures, points = drawings()
    errors = []
    for num in (0, 1, 2, 5, None):
        morpher = Morpher(pictures, points, num)
        rows = morpher.flattened(pictures, points)
        errors.append((morpher.textures.rows(morpher.textures.code(rows)) - rows).square().mean().item())
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-8 < errors[0] / 100
    made, there = Morpher(pictures, points).make(*Morpher(pictures, points).code(pictures[:2], points[:2]))
    torch.testing.assert_close(there, points[:2].double(), atol=1e-4, rtol=0)
    assert (made - pictures[:2]).abs().mean() < 0.03  # bent twice


def test_components_are_the_directions_of_greatest_variance():
    rows = torch.randn(200, 1) * torch.tensor([[3.0, 4.0]]) + torch.randn(200, 2) * 0.01 + 7
    (direction,) = Components(rows, 1).directions
    assert abs(direction @ torch.tensor([0.6, 0.8])) == pytest.approx(1, abs=1e-3)


def test_halfway_lies_the_mean_of_both_shapes():
    """The middle of what is drawn is within half a pixel of the mean one; the ends are the pictures themselves."""
    pictures, points = drawings()
    pair, there = pictures[:2], points[:2]
    made, found = Morpher(pictures, points).between(pair, there, torch.tensor([0.0, 0.5, 1.0]))
    torch.testing.assert_close(found[1], there.double().mean(0), atol=1e-4, rtol=0)
    assert (made[::2] - pair).abs().mean() < 0.03
    drift = (middle(made[1:2].float()) - middle(pair).mean(0)).abs().max()
    assert drift < 0.5 * 2 / SIDE
