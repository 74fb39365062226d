"""The generator of StyleGAN2, for pictures of any size.

Karras et al. 2020 (arXiv 1912.04958), section 2 and 4, and the settings of the authors' code (configuration F): a
mapping network of 8 layers with a hundredth of the learning rate; a learned constant; modulated convolutions with
noise at every place; skip connections that sum pictures of all sizes, with smooth resampling.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganworks.layers.equalized import EqualLinear, PixelNorm
from ganworks.layers.modulated import Modulated, ToPicture
from ganworks.layers.noise import rows
from ganworks.layers.resample import double
from ganworks.nets.stages import Size, crop, planes, stages

SLOPE, GAIN = 0.2, 2**0.5
MOST = 512  # channels of the coarsest stages, at most
DEPTH, RATE = 8, 0.01  # of the mapping network
FOLLOW = 0.005  # how fast the mean of w follows


def widths_of(num: int, width: int) -> list[int]:
    """Channels at `num` stages, from the coarsest: `width` at the finest, then doubled, up to 512."""
    return planes(num, width, max(MOST // width, 1))


class Mapping(nn.Module):
    """z (N, latent), and labels (N,) if there are classes, -> w (N, dim), in float32.

    Without a latent it maps the labels alone, as D's does. Labels enter as in the code of StyleGAN2 with adaptive
    augmentation (arXiv 2006.06676): embedded, normalised and put beside z.
    """

    def __init__(self, latent: int, dim: int, classes: int = 0):
        super().__init__()
        self.classes, self.norm = classes, PixelNorm()
        self.embed = EqualLinear(classes, dim) if classes else None
        inputs = [latent + (dim if classes else 0), *[dim] * (DEPTH - 1)]
        self.layers = nn.ModuleList(EqualLinear(size, dim, rate=RATE, gain=GAIN) for size in inputs)

    def forward(self, *inputs: Tensor) -> Tensor:
        """inputs: z, labels; only the one that there is, if there is only one."""
        with torch.autocast(inputs[0].device.type, enabled=False):
            known = [self.norm(value.float()) for value in inputs if value.is_floating_point()]
            if self.embed is not None:
                label = nn.functional.one_hot(inputs[-1], self.classes).float()
                known.append(self.norm(self.embed(label)))
            x = torch.cat(known, 1)
            for layer in self.layers:
                x = leaky_relu(layer(x), SLOPE)
            return x


class Styled(nn.Module):
    """A modulated 3x3 convolution, noise, bias, leaky ReLU: (N, in, H, W), (N, dim), (N, 1, h, w) -> (N, out, h, w)."""

    def __init__(self, inputs: int, outputs: int, dim: int, size: Size, up: bool = False):
        super().__init__()
        self.convolution, self.size = Modulated(inputs, outputs, 3, dim, up=up, gain=GAIN), size
        self.strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        y, after = self.convolution(x, w)
        y = torch.addcmul((self.strength * noise).to(y.dtype), crop(y, self.size), after)
        return leaky_relu(y.add_(self.bias.to(y.dtype)[:, None, None]), SLOPE, inplace=True)


class Synthesis(nn.Module):
    """Styles (N, num_styles, dim), coarse ones first, and seeds of the noise (N,) -> pictures (N, channels, H, W).

    They have no bound, as the nets have no tanh. There are two styles for each stage: one for its convolutions but the
    first of all stages, and the picture of a stage shares that of the next stage's first convolution.
    """

    def __init__(self, size: Size, channels: int, dim: int, width: int):
        super().__init__()
        self.sizes = stages(size)
        self.num_styles = 2 * len(self.sizes)
        widths = widths_of(len(self.sizes), width)
        self.constant = nn.Parameter(torch.randn(widths[0], *self.sizes[0]))
        layers = [Styled(widths[0], widths[0], dim, self.sizes[0])]
        for (coarse, fine), here in zip(pairwise(widths), self.sizes[1:], strict=True):
            layers += [Styled(coarse, fine, dim, here, up=True), Styled(fine, fine, dim, here)]
        self.layers = nn.ModuleList(layers)
        self.pictures = nn.ModuleList(ToPicture(plane, channels, dim) for plane in widths)

    def noise(self, seeds: Tensor) -> list[Tensor]:
        """One map (N, 1, h, w) for each layer; those of an example follow from its seed alone."""
        sizes = [self.sizes[0], *(size for size in self.sizes[1:] for _ in range(2))]
        areas = [height * width for height, width in sizes]
        values = rows(torch.randn, seeds, torch.empty(len(seeds), sum(areas), device=self.constant.device))
        return [part.view(-1, 1, *size) for part, size in zip(values.split(areas, 1), sizes, strict=True)]

    def forward(self, styles: Tensor, seeds: Tensor) -> Tensor:
        noise, w = self.noise(seeds), styles.unbind(1)
        x = self.constant.expand(len(styles), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        x = self.layers[0](x, w[0], noise[0])
        picture = self.pictures[0](x, w[1])
        for stage in range(1, len(self.sizes)):
            for index in (2 * stage - 1, 2 * stage):
                x = self.layers[index](x, w[index], noise[index])
            picture = crop(double(picture), self.sizes[stage]) + self.pictures[stage](x, w[2 * stage + 1])
        return picture


class Generator(nn.Module):
    """Mapping and synthesis, with the running mean of w, towards which samples can be drawn."""

    mean: Tensor

    def __init__(self, size: Size, channels: int, latent: int, width: int, classes: int = 0):
        super().__init__()
        self.mapping = Mapping(latent, latent, classes)
        self.synthesis = Synthesis(size, channels, latent, width)
        self.register_buffer("mean", torch.zeros(latent))

    @torch.no_grad()
    def follow(self, w: Tensor) -> None:
        """Let the mean follow w (N, dim)."""
        self.mean.lerp_(w.float().mean(0), FOLLOW)

    def forward(self, styles: Tensor, seeds: Tensor) -> Tensor:
        return self.synthesis(styles, seeds)
