"""Critics of restored pictures: SRGAN's, of the whole patch; and Real-ESRGAN's U-Net, of every pixel."""

from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu

from ganworks.layers.convolution import Convolution
from ganworks.layers.normalization import constrain

SLOPE = 0.2
WIDTHS = (1, 1, 2, 2, 4, 4, 8, 8)  # times the width; every second layer halves


class SRCritic(nn.Module):
    """(N, C, H, W) -> logits (N,), for one size; Ledig et al. 2016 (arXiv 1609.04802), figure 4.

    Eight 3x3 convolutions, leaky ReLU 0.2, batch norm in all but the first, then two dense layers.
    """

    def __init__(self, size: tuple[int, int], channels: int, width: int = 64):
        super().__init__()
        self.maps = nn.Sequential()
        for row, times in enumerate(WIDTHS):
            halves = row % 2
            self.maps.append(Convolution(channels, times * width, 3, stride=1 + halves, padding=1, bias=row == 0))
            if row:
                self.maps.append(nn.BatchNorm2d(times * width))
            self.maps.append(nn.LeakyReLU(SLOPE))
            channels = times * width
            size = (-(-size[0] // (1 + halves)), -(-size[1] // (1 + halves)))
        dense = 16 * width
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(channels * size[0] * size[1], dense), nn.LeakyReLU(SLOPE), nn.Linear(dense, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.maps(x)).squeeze(1)


class UNetCritic(nn.Module):
    """(N, C, H, W) -> logits (N, 1, H, W), any sides; Wang et al. 2021 (arXiv 2107.10833), figure 6.

    Down to an eighth of the sides and up again, maps of one size added; spectral norm in all but the first and the
    last layer.
    """

    def __init__(self, channels: int, width: int = 64):
        super().__init__()
        self.first = Convolution(channels, width, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level in range(3):
            fine, coarse = width * 2**level, width * 2 ** (level + 1)
            self.down.append(constrain(Convolution(fine, coarse, 4, stride=2, padding=1, bias=False), "spectral"))
            self.up.insert(0, constrain(Convolution(coarse, fine, 3, padding=1, bias=False), "spectral"))
        self.ends = nn.ModuleList(
            constrain(Convolution(width, width, 3, padding=1, bias=False), "spectral") for _ in range(2)
        )
        self.last = Convolution(width, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        maps = [leaky_relu(self.first(x), SLOPE)]
        for layer in self.down:
            maps.append(leaky_relu(layer(maps[-1]), SLOPE))
        x = maps.pop()
        for layer in self.up:
            beside = maps.pop()
            x = interpolate(x, (beside.shape[2], beside.shape[3]), mode="bilinear")
            x = leaky_relu(layer(x), SLOPE) + beside
        for layer in self.ends:
            x = leaky_relu(layer(x), SLOPE)
        return self.last(x)
