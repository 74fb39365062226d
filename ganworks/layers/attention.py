"""Self-attention on maps: each place gathers from all others what is like it."""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from ganworks.layers.convolution import Convolution
from ganworks.layers.normalization import constrain


class SelfAttention(nn.Module):
    """(N, C, H, W) -> x + gain * what each place gathers; the gain begins at 0, so that at first nothing changes.

    Zhang et al. 2019 (arXiv 1805.08318), eq. 1 to 3. As in the authors' code, and not in the paper: keys and values
    are max-pooled, 2x2, which is a quarter of the work, and values have C/2 channels, where the text has C/8.

    norm: of the four 1x1 convolutions.
    """

    def __init__(self, channels: int, norm: str = "spectral"):
        super().__init__()
        self.query = projection(channels, max(1, channels // 8), norm)
        self.key = projection(channels, max(1, channels // 8), norm)
        self.value = projection(channels, max(1, channels // 2), norm)
        self.out = projection(max(1, channels // 2), channels, norm)
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        query = self.query(x).flatten(2)  # (N, k, H W)
        key, value = (max_pool2d(layer(x), 2).flatten(2) for layer in (self.key, self.value))  # (N, k, H W / 4)
        shares = (query.transpose(1, 2) @ key).softmax(2).to(value.dtype)  # (N, H W, H W / 4)
        gathered = (value @ shares.transpose(1, 2)).unflatten(2, x.shape[2:])
        return x + (self.gain * self.out(gathered)).to(x.dtype)


def projection(inputs: int, outputs: int, norm: str) -> Convolution:
    layer = Convolution(inputs, outputs, 1, bias=False)
    nn.init.xavier_uniform_(layer.weight)
    return constrain(layer, norm)
