"""StarGAN's critic: whether patches are real, and of which class the picture is."""

from torch import Tensor, nn

from ganworks.layers.convolution import Convolution, Halve

MOST = 6  # halvings: the paper's for 128 pixels, down to 2x2
Size = tuple[int, int]


class StarCritic(nn.Module):
    """(N, C, *size) -> logits (N, 1, h, w) and (N, classes); Choi et al. 2017 (arXiv 1711.09020), table 6.

    Halving 4x4 convolutions with twice the channels each time, leaky ReLU 0.01, no norm, until the shorter side is
    below 4; then a 3x3 convolution for the patches, and one as large as the map, here a linear layer, for the classes.
    """

    def __init__(self, size: Size, channels: int, classes: int, width: int = 64):
        super().__init__()
        height, breadth = size
        layers: list[nn.Module] = []
        while min(height, breadth) >= 4 and len(layers) < 2 * MOST:
            layers += [Halve(channels, width), nn.LeakyReLU(0.01)]
            channels, width, height, breadth = width, 2 * width, height // 2, breadth // 2
        self.layers = nn.Sequential(*layers)
        self.patches = Convolution(channels, 1, 3, padding=1, bias=False)
        self.classes = nn.Linear(channels * height * breadth, classes, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.layers(x)
        return self.patches(features), self.classes(features.permute(0, 2, 3, 1).flatten(1))
