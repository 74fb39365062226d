"""The plain net of DnCNN: 3x3 convolutions at full size, that tell what has been added to a picture."""

from torch import Tensor, nn

from ganworks.layers.convolution import Convolution


class DnCNN(nn.Module):
    """(N, C, H, W) -> (N, C, H, W), any sides. Zhang et al. 2016 (arXiv 1608.03981), section 3.1.

    A convolution and ReLU; depth - 2 times convolution, batch norm and ReLU; a convolution to the picture's channels.
    It sees depth pixels to each side.
    """

    def __init__(self, channels: int, width: int = 64, depth: int = 17):
        super().__init__()
        self.layers = nn.Sequential(Convolution(channels, width, 3, padding=1), nn.ReLU(inplace=True))
        for _ in range(depth - 2):
            middle = Convolution(width, width, 3, padding=1, bias=False)
            self.layers.extend([middle, nn.BatchNorm2d(width), nn.ReLU(inplace=True)])
        self.last = Convolution(width, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.layers(x))
