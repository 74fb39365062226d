"""The translator of CycleGAN: down to a quarter of the sides, residual blocks there, and up again."""

from torch import Tensor, nn
from torch.nn.functional import pad

from ganworks.layers.convolution import Convolution, Double
from ganworks.layers.instance_norm import InstanceNorm
from ganworks.nets.unet import pad_to

Size = tuple[int, int]
MULTIPLE = 4


class ResNetTranslator(nn.Module):
    """(N, in, H, W) -> (N, out, H, W) in [-1, 1], any sides; Johnson et al. 2016 (arXiv 1603.08155).

    As Zhu et al. 2017 (arXiv 1703.10593), appendix 7.2, name its layers: c7s1-64, d128, d256, R256 `blocks` times,
    u128, u64, c7s1-3, with instance norm and ReLU. The 3x3 transposed convolutions of the paper reach some pixels four
    times as often as others, a chequerboard; ours are 4x4, for which all are alike.

    reflect: whether the first, the last and the residual layers see a mirror image beyond the border, or zeros.
    affine: gains and biases in the norms. kernel: of the convolutions that halve, 3 or 4. refined: another convolution
    before each of the norms after a change of size.
    """

    multiple = MULTIPLE

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        blocks: int,
        width: int = 64,
        reflect: bool = True,
        affine: bool = False,
        kernel: int = 3,
        refined: bool = False,
    ):
        super().__init__()
        finest, middle, coarsest = width, 2 * width, 4 * width

        def normed(*layers: nn.Module, channels: int) -> list[nn.Module]:
            also = [Convolution(channels, channels, 3, padding=1, bias=False)] if refined else []
            return [*layers, *also, InstanceNorm(channels, affine), nn.ReLU(inplace=True)]

        def halve(fine: int, coarse: int) -> list[nn.Module]:
            return normed(Convolution(fine, coarse, kernel, stride=2, padding=1, bias=False), channels=coarse)

        def double(coarse: int, fine: int) -> list[nn.Module]:
            return normed(Double(coarse, fine, bias=False), channels=fine)

        self.layers = nn.Sequential(
            Bordered(in_channels, finest, 7, reflect, bias=False),
            InstanceNorm(finest, affine),
            nn.ReLU(inplace=True),
            *halve(finest, middle),
            *halve(middle, coarsest),
            *[Residual(coarsest, reflect, affine) for _ in range(blocks)],
            *double(coarsest, middle),
            *double(middle, finest),
            Bordered(finest, out_channels, 7, reflect),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        is_small = min(height, width) <= MULTIPLE  # a map of one pixel has no mirror image
        return self.layers(pad_to(x, 2 * MULTIPLE if is_small else MULTIPLE))[..., :height, :width]


class Residual(nn.Module):
    """x + f(x), f two 3x3 convolutions with instance norm and a ReLU between: (N, C, H, W) -> the same."""

    def __init__(self, channels: int, reflect: bool, affine: bool):
        super().__init__()
        self.layers = nn.Sequential(
            Bordered(channels, channels, 3, reflect, bias=False),
            InstanceNorm(channels, affine),
            nn.ReLU(inplace=True),
            Bordered(channels, channels, 3, reflect, bias=False),
            InstanceNorm(channels, affine),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class Bordered(Convolution):
    """A convolution that keeps the size, with a mirror image or zeros beyond the border."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, reflect: bool, bias: bool = True):
        margin = kernel_size // 2
        super().__init__(in_channels, out_channels, kernel_size, padding=0 if reflect else margin, bias=bias)
        self.margin = margin if reflect else 0

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(pad(x, [self.margin] * 4, mode="reflect") if self.margin else x)


def num_blocks(size: Size) -> int:
    """Of CycleGAN's translator: the paper's 9 from 256 pixels on, and 6 for 128; ours 3 below 64."""
    side = min(size)
    return 9 if side >= 256 else 6 if side >= 64 else 3
