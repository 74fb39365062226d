"""Random convolutions as features: they need no weights, suit any kind of picture, and are the same everywhere.

Naeem et al. 2020 (arXiv 2002.09797) judge with untrained networks where pictures are unlike ImageNet's. These see
strokes, edges, textures and roughly where they are, but no meaning.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, conv2d, leaky_relu

from ganworks.metrics.extractors.abstract import Extractor, Features
from ganworks.metrics.extractors.prepare import RGB, Size, resize, with_channels

SIDE = 32  # pixels, where no size is given
MOST = 64
WIDTHS = (32, 32, 64, 64)
SLOPE = 0.2


class Convs(Extractor):
    """Four 3x3 convolutions with leaky ReLUs, each followed by a halving: (N, C, H, W) -> (N, 960).

    From each layer come the means of its maps over the four quarters of the picture, and their standard deviations
    over the whole: what there is, roughly where, and how varied.

    size: the pictures' own; sides above 64 are shrunk to it. 32x32 if not given.
    """

    name = "convs"
    chunk = 256

    def __init__(self, size: Size | None = None, seed: int = 0, device: str = "cpu"):
        height, width = size or (SIDE, SIDE)
        self.size = (min(height, MOST), min(width, MOST))
        self.device = torch.device(device)
        self.weights = [weight.to(self.device) for weight in random_weights(seed)]
        self.dim = 5 * sum(WIDTHS)
        self.facts = {
            "network": f"{len(WIDTHS)} random convolutions",
            "weights": f"seed {seed}",
            "size": list(self.size),
            "resize": "bilinear, antialiased",
            "range": "[-1, 1]",
            "channels": RGB,
            "version": 1,
        }

    def read(self, pictures: Tensor) -> Features:
        x = resize(with_channels(pictures, 3), self.size).div(127.5).sub_(1)
        x = x.contiguous(memory_format=torch.channels_last)
        found = []
        for weight in self.weights:
            x = leaky_relu(conv2d(x, weight, padding=1), SLOPE, inplace=True)
            # Not x.std, which takes twice as long on channels-last maps, a third of the whole network's time.
            spread = (x.square().mean((2, 3)) - x.mean((2, 3)).square()).clamp_min(0).sqrt()
            found += [adaptive_avg_pool2d(x, 2).flatten(1), spread]
            x = avg_pool2d(x, 2, ceil_mode=True)
        return Features(torch.cat(found, 1))


def random_weights(seed: int) -> list[Tensor]:
    """One (D, C, 3, 3) for each layer, uniform, of the size that keeps the variance (He et al. 2015, 1502.01852).

    Half of the first layer's see differences only, not brightness: with those, blur and noise weigh more.
    """
    # NumPy promises these raw bits for all its versions; of its distributions, and of PyTorch's, nobody does.
    generator = np.random.PCG64(seed)
    weights: list[Tensor] = []
    fine = 3
    for coarse in WIDTHS:
        bits = generator.random_raw(coarse * fine * 9) >> np.uint64(11)
        bound = (6 / (1 + SLOPE**2) / (9 * fine)) ** 0.5
        values = (bits * 2.0**-52 - 1) * bound
        if not weights:
            filters = values.reshape(coarse, -1)
            filters[::2] -= filters[::2].mean(1, keepdims=True)
        weight = torch.from_numpy(values.astype(np.float32)).view(coarse, fine, 3, 3)
        weights.append(weight.contiguous(memory_format=torch.channels_last))
        fine = coarse
    return weights
