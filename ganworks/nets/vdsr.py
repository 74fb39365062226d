"""VDSR: a deep chain of convolutions on a picture that is enlarged already."""

from torch import Tensor, nn

from ganworks.layers.convolution import Convolution


class VDSR(nn.Module):
    """(N, C, H, W) -> (N, C, H, W); Kim et al. 2015 (arXiv 1511.04587), figure 2: 3x3 convolutions and ReLU."""

    def __init__(self, channels: int = 1, *, width: int = 64, layers: int = 20):
        super().__init__()
        sizes = [channels, *[width] * (layers - 1)]
        hidden = [Convolution(num, width, 3, padding=1) for num in sizes[:-1]]
        for layer in hidden:
            nn.init.kaiming_normal_(layer.weight)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
        self.layers = nn.Sequential(*[each for layer in hidden for each in (layer, nn.ReLU())])
        self.last = Convolution(sizes[-1], channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.layers(x))
