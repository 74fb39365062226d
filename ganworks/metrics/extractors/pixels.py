"""Pixels as features: blunt, but nothing is hidden, and nothing has to be trained."""

from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from ganworks.metrics.extractors.abstract import Extractor, Features
from ganworks.metrics.extractors.prepare import RGB, Size, with_channels

MOST = 32  # pixels on a side: 3,072 values in colour


class Pixels(Extractor):
    """Values in [0, 1], row by row and channel by channel: (N, C, H, W) -> (N, channels * height * width).

    size: the pictures' own, if no side is above 32 pixels; longer sides are averaged down to 32. 32x32 if not given.
    channels: 1 takes the luma; 3, or not given, is RGB. Alpha goes on white.
    """

    name = "pixels"
    chunk = 1024

    def __init__(self, size: Size | None = None, channels: int | None = None):
        height, width = size or (MOST, MOST)
        self.size = (min(height, MOST), min(width, MOST))
        self.channels = 1 if channels == 1 else 3
        self.dim = self.channels * self.size[0] * self.size[1]
        self.facts = {
            "network": "none",
            "size": list(self.size),
            "resize": "means of areas",
            "range": "[0, 1]",
            "channels": RGB if self.channels == 3 else "grey: luma of RGB, alpha on white",
            "version": 1,
        }

    def read(self, pictures: Tensor) -> Features:
        values = with_channels(pictures, self.channels).float() / 255
        if values.shape[2:] != self.size:
            values = adaptive_avg_pool2d(values, self.size)
        return Features(values.flatten(1))
