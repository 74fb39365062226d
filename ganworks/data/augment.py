"""Classical augmentation of float pictures: one affine grid, then colour and light, from given random numbers."""

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

NUM_DRAWS = 10  # uniform numbers per picture, each with its own use, so that one setting never moves another
FLIP, ROTATE, ZOOM, CROP, TOP, LEFT, SATURATION, HUE, CONTRAST, BRIGHTNESS = range(NUM_DRAWS)
MOST = {"flip": 1.0, "rotate": 180.0, "colour": 1.0, "zoom": 1.0, "crop": 0.9, "light": 1.0}


@dataclass(frozen=True)
class Augment:
    """What may happen to each picture, (N, C, H, W) in [-1, 1] -> the same; beyond the edge the picture is mirrored.

    flip: left and right are exchanged in half of the pictures
    rotate: turned by up to this many degrees either way
    colour: saturation times 1 - colour to 1 + colour, hue turned by up to colour * 90 degrees; nothing for grey
    zoom: enlarged or shrunk by a factor of up to 1 + zoom
    crop: up to this share of both sides is cut off, at a random place, and the rest enlarged
    light: contrast times 1 - light to 1 + light, brightness moved by up to light / 2 of the range
    """

    flip: bool = False
    rotate: float = 0.0
    colour: float = 0.0
    zoom: float = 0.0
    crop: float = 0.0
    light: float = 0.0

    def __post_init__(self) -> None:
        for name, most in MOST.items():
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name}: {value} was given; 0 to {most:g} expected")

    @property
    def active(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def __call__(self, images: Tensor, draws: Tensor) -> Tensor:
        """images: (N, C, H, W); draws: (N, NUM_DRAWS) uniform in [0, 1), row by row what happens to each picture."""
        draws = draws.to(images)
        if self.rotate or self.zoom or self.crop:
            images = sample(images, self.grid(draws, *images.shape[-2:]))
        elif self.flip:  # exactly, and for less
            images = torch.where(column(draws[:, FLIP] < 0.5), images.flip(-1), images)
        if self.light or (self.colour and images.shape[1] >= 3):
            images = mix(images, self.colours(draws, min(3, images.shape[1])), self.brightness(draws))
        return images

    def grid(self, draws: Tensor, height: int, width: int) -> Tensor:
        """Where each pixel comes from: (N, H, W, 2), x and y from -1 to 1."""
        signed = 2 * draws - 1
        angle = signed[:, ROTATE] * math.radians(self.rotate)
        cut = draws[:, CROP] * self.crop
        zoom = (1 - cut) * (1 + self.zoom) ** signed[:, ZOOM]  # the part of the picture that is seen
        cos, sin = (column(turn * zoom) for turn in (angle.cos(), angle.sin()))
        sign = torch.where(draws[:, FLIP] < 0.5, -1.0, 1.0) if self.flip else torch.ones_like(angle)
        x = torch.linspace(1 / width - 1, 1 - 1 / width, width, device=draws.device).view(1, 1, 1, width)
        x = column(sign) * x
        y = torch.linspace(1 / height - 1, 1 - 1 / height, height, device=draws.device).view(1, 1, height, 1)
        aspect = height / width
        across = cos * x - sin * aspect * y + column(signed[:, LEFT] * cut)
        down = sin / aspect * x + cos * y + column(signed[:, TOP] * cut)
        return torch.stack([across, down], dim=-1)[:, 0]

    def colours(self, draws: Tensor, channels: int) -> Tensor:
        """(N, channels, channels): Rodrigues' rotation about the grey axis, saturation, contrast about middle grey."""
        signed = 2 * draws - 1
        contrast = 1 + signed[:, CONTRAST] * self.light
        if channels == 1:
            return contrast.view(-1, 1, 1)
        angle = signed[:, HUE] * self.colour * math.pi / 2
        saturation = 1 + signed[:, SATURATION] * self.colour
        same, grey = torch.eye(3).to(draws), torch.full((3, 3), 1 / 3).to(draws)
        cross = torch.tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]).to(draws) / math.sqrt(3)
        cos, sin = ((saturation * turn).view(-1, 1, 1) for turn in (angle.cos(), angle.sin()))
        return contrast.view(-1, 1, 1) * (grey + cos * (same - grey) + sin * cross)

    def brightness(self, draws: Tensor) -> Tensor:
        """(N,): what is added to every colour."""
        return (2 * draws[:, BRIGHTNESS] - 1) * self.light


def column(values: Tensor) -> Tensor:
    """(N,) -> (N, 1, 1, 1)."""
    return values.view(-1, 1, 1, 1)


def sample(images: Tensor, grid: Tensor) -> Tensor:
    """Bicubic values of (N, C, H, W) at the points of a grid; colours weighted by alpha where there is one."""
    if images.shape[1] == 4:
        alpha = (images[:, 3:] + 1) / 2
        moved = bicubic(torch.cat([(images[:, :3] + 1) * alpha, alpha], dim=1), grid)
        alpha = moved[:, 3:].clamp(0, 1)
        moved = torch.cat([moved[:, :3] / alpha.clamp(min=1e-3) - 1, alpha * 2 - 1], dim=1)
    else:
        moved = bicubic(images, grid)
    return moved.clamp_(-1, 1)  # bicubic overshoots at edges


def bicubic(images: Tensor, grid: Tensor) -> Tensor:
    return F.grid_sample(images, grid, mode="bicubic", padding_mode="reflection", align_corners=False)


def mix(images: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    """Each colour as a weighted sum of all plus a bias; alpha stays.

    matrix: (N, colours, colours); bias: (N,). Plane by plane and not as a matrix product, whose precision
    depends on global settings.
    """
    mixed = images.clone(memory_format=torch.contiguous_format)
    planes = images[:, : matrix.shape[1]].unbind(1)
    for row, plane in enumerate(mixed[:, : matrix.shape[1]].unbind(1)):
        plane.copy_(bias.view(-1, 1, 1))
        for weights, source in zip(matrix[:, row].unbind(1), planes, strict=True):
            plane.addcmul_(source, weights.view(-1, 1, 1))
        plane.clamp_(-1, 1)
    return mixed
