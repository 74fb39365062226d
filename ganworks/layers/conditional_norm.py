"""Batch norm whose gains and biases depend on something: a label, or a part of z."""

import torch
from torch import Tensor, nn

from ganworks.layers.normalization import constrain


class ConditionalBatchNorm(nn.Module):
    """(N, C, H, W), code (N, k) -> (N, C, H, W): batch norm times 1 + A code, plus B code.

    With one-hot labels as codes A and B are tables of a gain and a bias for each class, as in de Vries et al. 2017
    (arXiv 1707.00683); with other codes they are BigGAN's projections (arXiv 1809.11096, figure 15).

    norm: of A and B, "spectral" or "none", with which they begin at 0.
    """

    def __init__(self, channels: int, num_code: int, norm: str = "none"):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain, self.bias = (blank(num_code, channels, norm) for _ in range(2))

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        gain, bias = (layer(code)[:, :, None, None].to(x.dtype) for layer in (self.gain, self.bias))
        return torch.addcmul(bias, self.norm(x), 1 + gain)


def blank(inputs: int, outputs: int, norm: str) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, bias=False)
    if norm == "none":
        nn.init.zeros_(layer.weight)  # a spectral norm of 0 can't be divided out
    return constrain(layer, norm)
