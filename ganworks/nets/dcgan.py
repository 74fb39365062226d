"""DCGAN's generator and discriminator for pictures of any size.

Radford et al. 2015 (arXiv 1511.06434). The five rules: strided convolutions instead of pooling; batch norm in both
nets, not in G's last layer nor in D's first; no hidden fully connected layer; ReLU in G, tanh at its end;
leaky ReLU 0.2 in D. Weights start from N(0, 0.02).
"""

from itertools import pairwise

from torch import Tensor, nn

from ganworks.layers.convolution import Double, Halve
from ganworks.layers.normalization import between, check_norm, constrain
from ganworks.nets.stages import Size, crop, planes, stages

MOST = 8  # the coarsest layers have at most 8 x the channels of the finest


class Generator(nn.Module):
    """(N, latent) -> (N, channels, height, width) in [-1, 1].

    width: channels before the last layer; doubled at every coarser stage, at most to 8 x width. The paper has 128.
    """

    def __init__(self, size: Size, channels: int, latent: int = 100, width: int = 64):
        super().__init__()
        self.sizes = stages(size)
        self.widths = planes(len(self.sizes) - 1, width, MOST)
        height, breadth = self.sizes[0]
        self.project = nn.Linear(latent, self.widths[0] * height * breadth, bias=False)
        self.first = nn.Sequential(nn.BatchNorm2d(self.widths[0]), nn.ReLU(inplace=True))
        self.hidden = nn.ModuleList(
            nn.Sequential(Double(coarse, fine, bias=False), nn.BatchNorm2d(fine), nn.ReLU(inplace=True))
            for coarse, fine in pairwise(self.widths)
        )
        self.last = Double(self.widths[-1], channels)
        self.squash = nn.Tanh()
        self.apply(start)

    def forward(self, z: Tensor) -> Tensor:
        height, width = self.sizes[0]
        x = self.project(z).view(len(z), height, width, self.widths[0]).permute(0, 3, 1, 2)  # channels-last at no cost
        x = self.first(x)
        for layer, size in zip([*self.hidden, self.last], self.sizes[1:], strict=True):
            x = crop(layer(x), size)
        return self.squash(x)


class Discriminator(nn.Module):
    """(N, channels, height, width) -> logits (N,). `features` are the last map, flattened.

    norm: "batch" as in the paper, or "layer", "spectral", "none" for critics judged example by example.
    """

    def __init__(self, size: Size, channels: int, width: int = 64, norm: str = "batch"):
        super().__init__()
        check_norm(norm)
        height, breadth = size
        num_stages = len(stages(size))
        widths = [channels, *reversed(planes(num_stages - 1, width, MOST))]
        layers: list[nn.Module] = []
        for depth, (fine, coarse) in enumerate(pairwise(widths)):
            norm_here = "none" if depth == 0 and norm != "spectral" else norm
            halve = Halve(fine, coarse, bias=norm_here in ("spectral", "none")).apply(start)
            layers += [
                constrain(halve, norm_here),
                between(norm_here, coarse).apply(start),
                nn.LeakyReLU(0.2, inplace=True),
            ]
            height, breadth = height // 2, breadth // 2
        self.layers = nn.Sequential(*layers)
        self.num_features = widths[-1] * height * breadth
        # A convolution as large as the map: the paper flattens the last map and feeds it to a single output.
        self.head = constrain(nn.Linear(self.num_features, 1).apply(start), norm)

    def features(self, x: Tensor) -> Tensor:
        # Transposed, a channels-last map is flattened without a copy.
        return self.layers(x).permute(0, 2, 3, 1).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x)).flatten()


def start(module: nn.Module) -> None:
    """Weights from N(0, 0.02), gains from N(1, 0.02), biases 0."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
        nn.init.normal_(module.weight, 1.0, 0.02)
    if isinstance(getattr(module, "bias", None), Tensor):
        nn.init.zeros_(module.bias)  # type: ignore[arg-type]
