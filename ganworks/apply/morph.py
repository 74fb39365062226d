"""Pictures of one kind as shapes and textures: what lies where by landmarks, and how it looks with these in one place.

Cootes, Edwards & Taylor 1998 (Active appearance models), section 2: principal components of both.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

CORNERS = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
STIFFNESS = 1e-6  # lets landmarks coincide


class Components:
    """The directions in which rows (N, D) differ most, at most `num` of them, and their mean."""

    def __init__(self, rows: Tensor, num: int | None = None):
        self.mean = rows.mean(0)
        most = min(len(rows) - 1, rows.shape[1])
        directions = torch.linalg.svd(rows - self.mean, full_matrices=False).Vh
        self.directions = directions[: most if num is None else min(num, most)]

    def code(self, rows: Tensor) -> Tensor:
        """(N, D) -> (N, components)"""
        return (rows - self.mean) @ self.directions.T

    def rows(self, code: Tensor) -> Tensor:
        """(N, components) -> (N, D)"""
        return self.mean + code @ self.directions


class Morpher:
    """Learns from pictures (N, C, H, W) in [-1, 1] and their landmarks (N, K, 2), x and y from -1 to 1 at the borders.

    components: of shapes, and of textures; all if not given.
    """

    def __init__(self, pictures: Tensor, points: Tensor, components: int | None = None):
        self.size = pictures.shape[1:]
        self.mean = points.double().mean(0)
        self.shapes = Components(points.double().flatten(1), components)
        self.textures = Components(self.flattened(pictures, points), components)

    def flattened(self, pictures: Tensor, points: Tensor) -> Tensor:
        """Textures: pictures with their landmarks where the mean has them, as rows."""
        return warp(pictures, points, self.mean.expand_as(points)).flatten(1)

    def code(self, pictures: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Of shape and of texture, (N, components) each."""
        return self.shapes.code(points.double().flatten(1)), self.textures.code(self.flattened(pictures, points))

    def make(self, shape: Tensor, texture: Tensor) -> tuple[Tensor, Tensor]:
        """Codes -> pictures and their landmarks."""
        points = self.shapes.rows(shape).unflatten(1, (-1, 2))
        flat = self.textures.rows(texture).unflatten(1, self.size)
        return warp(flat, self.mean.expand_as(points), points).clamp(-1, 1), points

    def between(self, pictures: Tensor, points: Tensor, alphas: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures between two, (2, C, H, W): 0 is the first and 1 the second, beyond them it exaggerates."""
        shape, texture = self.code(pictures, points)
        return self.make(*(torch.lerp(code[:1], code[1:], alphas[:, None].to(code)) for code in (shape, texture)))


def warp(pictures: Tensor, points: Tensor, onto: Tensor) -> Tensor:
    """Pictures (N, C, H, W) bent so that their landmarks (N, K, 2) come to lie on others; the corners stay."""
    height, width = pictures.shape[2:]
    rows, columns = ((torch.arange(side, dtype=torch.float64) * 2 + 1) / side - 1 for side in (height, width))
    places = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), 2).flatten(0, 1)
    there, here = (torch.cat([each.double(), CORNERS.expand(len(each), -1, -1)], 1) for each in (onto, points))
    grid = torch.stack([spline(*pair)(places) for pair in zip(there, here, strict=True)])
    grid = grid.unflatten(1, (height, width)).to(pictures.dtype)
    return grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def spline(points: Tensor, values: Tensor) -> Callable[[Tensor], Tensor]:
    """The map of the plane that takes points (K, 2) to values (K, 2), and bends least: a thin-plate spline.

    Bookstein 1989 (Principal warps), eq. 3 to 6. Smooth, and in need of no triangles.
    """
    num = len(points)
    linear = torch.cat([torch.ones_like(points[:, :1]), points], 1)
    system = points.new_zeros(num + 3, num + 3)
    system[:num, :num] = bending(points, points) + STIFFNESS * torch.eye(num, dtype=points.dtype)
    system[:num, num:], system[num:, :num] = linear, linear.T
    weights = torch.linalg.solve(system, torch.cat([values, values.new_zeros(3, 2)]))
    return lambda places: bending(places, points) @ weights[:num] + weights[num] + places @ weights[num + 1 :]


def bending(places: Tensor, points: Tensor) -> Tensor:
    """r^2 log r^2 of the distances r between them: (P, 2), (K, 2) -> (P, K)"""
    squares = (places[:, None] - points).square().sum(2)
    return torch.xlogy(squares, squares)
