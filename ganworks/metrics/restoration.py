"""How near pictures are to true ones, place by place, and how blurred, blocky or wrongly textured they are.

Pictures are (N, C, H, W) in [-1, 1]; made ones come first, true ones second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganworks.metrics.ms_ssim import WINDOW, ssim_maps
from ganworks.nets.vgg import VGG, on_white

LUMA = (65.481, 128.553, 24.966)  # ITU-R 601, from 16 to 235, of red, green and blue from 0 to 1
TILE = 256
TAPS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")


@dataclass(frozen=True)
class PairProtocol:
    """What of two pictures is compared; numbers of unlike protocols differ by decibels.

    luma: brightness alone, Y of ITU-R 601 from 16 to 235, as MATLAB's rgb2ycbcr makes it; of colour pictures, grey ones
    are taken as they are. Else all channels. shave: pixels left out at each border, where a net sees no neighbours; by
    custom as many as the scale. rounded: to 8 bits, as files are. The range counts as 255 in any case, by custom.
    """

    luma: bool = True
    shave: int = 0
    rounded: bool = True

    def __str__(self) -> str:
        parts = ["Y" if self.luma else "RGB", f"shave {self.shave}", "8 bits" if self.rounded else "not rounded"]
        return ", ".join(parts)

    def name(self, measure: str) -> str:
        """PSNR (Y, shave 4, 8 bits)"""
        return f"{measure} ({self})"

    def apply(self, pictures: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, 1 or C, H - 2 shave, W - 2 shave), from 0 to 255."""
        height, width = pictures.shape[2:]
        if min(height, width) <= 2 * self.shave:
            raise ValueError(f"pictures of {height}x{width} have nothing left when {self.shave} pixels are shaved off")
        rows, columns = (slice(self.shave, side - self.shave) for side in (height, width))
        values = on_white(pictures.detach()[:, :, rows, columns].float()).add(1).mul(127.5)
        values = values.round().clamp(0, 255) if self.rounded else values
        if self.luma and values.shape[1] == 3:
            values = 16 + (values * values.new_tensor(LUMA).view(3, 1, 1)).sum(1, keepdim=True) / 255
            values = values.round() if self.rounded else values
        return values


Y = PairProtocol()


def psnr(made: Tensor, true: Tensor, protocol: PairProtocol = Y) -> Tensor:
    """Peak signal-to-noise ratio in decibels: 10 log10(255^2 / mean squared difference): (N,), infinite if equal."""
    made, true = (protocol.apply(pictures) for pictures in same_shape(made, true))
    return 10 * (255**2 / (made - true).square().flatten(1).mean(1)).log10()


def ssim(made: Tensor, true: Tensor, protocol: PairProtocol = Y) -> Tensor:
    """Structural similarity: (N,), from -1 to 1, 1 if equal.

    Wang et al. 2004 (Image quality assessment: from error visibility to structural similarity), eq. 13, with a Gaussian
    window of 11 pixels and sigma 1.5, windows inside the picture, K1 0.01 and K2 0.03; the mean over channels.
    """
    made, true = (protocol.apply(pictures) - 127.5 for pictures in same_shape(made, true))
    inner = [side - WINDOW + 1 for side in made.shape[2:]]
    if min(inner) < 1:
        raise ValueError(f"SSIM needs {WINDOW} pixels a side; {made.shape[2]}x{made.shape[3]} are left to compare")
    total = torch.zeros(len(made), dtype=torch.float64)
    for top in range(0, inner[0], TILE):  # memory does not grow with the picture
        for left in range(0, inner[1], TILE):
            area = (..., slice(top, top + TILE + WINDOW - 1), slice(left, left + TILE + WINDOW - 1))
            luminance, structure = ssim_maps(made[area], true[area])
            total += (luminance * structure).sum((2, 3)).mean(1)
    return (total / (inner[0] * inner[1])).float()


def mean_difference(made: Tensor, true: Tensor) -> Tensor:
    """Mean |made - true|, of a range of 1: (N,), from 0 to 1."""
    made, true = same_shape(made, true)
    return (made.float() - true.float()).abs().flatten(1).mean(1) / 2


def blockiness(pictures: Tensor, block: int = 8) -> Tensor:
    """How much larger steps are from block to block than inside blocks: (N,), 0 without blocks, 1 for twice as large.

    B / A - 1 after the features B and A of Wang, Sheikh and Bovik 2002 (No-reference perceptual quality assessment of
    JPEG compressed images), section 2: mean absolute differences of neighbours' brightness across the borders of blocks
    and inside, in both directions. A is of all inside steps there, here of those in the middle of blocks, as enlarging
    gives borders and middles the same place in its own pattern. Half a level of 255 is added to both: flat pictures
    have 0.

    block: side of the blocks: JPEG's 8, times the scale in a picture enlarged.
    """
    values = brightness(pictures)
    if min(values.shape[1:]) <= block:
        raise ValueError(f"blocks of {block} pixels need pictures larger than that")
    across, inside = torch.full((2, len(values)), 0.5)
    for dim in (1, 2):
        steps = values.diff(dim=dim).abs().movedim(dim, 1)
        across = across + steps[:, block - 1 :: block].flatten(1).mean(1) / 2
        inside = inside + steps[:, block // 2 - 1 :: block].flatten(1).mean(1) / 2
    return across / inside - 1


def gradient_histogram_distance(made: Tensor, true: Tensor) -> float:
    """How differently sharp two sets are: sum |p - q| over the histograms of their slopes: from 0, alike, to 2.

    Slopes are lengths of the steps of brightness to the pixels on the right and below. The first bin has those below 4
    of 255 levels, which is flat to the eye, each further one slopes up to 2^(1/2) times as steep. Blur moves mass from
    steep to middling ones. The sets need not be pairs.
    """
    p, q = (slope_histogram(pictures) for pictures in (made, true))
    return (p - q).abs().sum().item()


def slope_histogram(pictures: Tensor) -> Tensor:
    """Shares (14,) of the bins of `gradient_histogram_distance`."""
    values = brightness(pictures)
    slopes = torch.hypot(values[:, :-1].diff(dim=2), values[:, :, :-1].diff(dim=1))
    edges = 4 * 2 ** (torch.arange(13) / 2)  # to 256 levels; the last bin has what is beyond
    return torch.bincount(torch.bucketize(slopes.flatten(), edges, right=True), minlength=14).double() / max(
        slopes.numel(), 1
    )


def spectrum_distance(made: Tensor, true: Tensor) -> float:
    """How differently two sets of one size are textured: mean difference of their spectra in decibels, 0 if alike.

    The spectrum is the mean power of brightness over pictures and over all directions, by frequency from 1 to half the
    shorter side, as in Durall et al. 2020 (arXiv 2003.01826), section 2.2; the border is faded by a Hann window.
    """
    if made.shape[2:] != true.shape[2:]:
        raise ValueError(f"pictures of {tuple(made.shape[2:])} and {tuple(true.shape[2:])}; their sizes must agree")
    p, q = (radial_spectrum(pictures) for pictures in (made, true))
    return (10 * (p / q).log10()).abs().mean().item()


def radial_spectrum(pictures: Tensor) -> Tensor:
    """Mean power at each frequency: (N, C, H, W) -> (min(H, W) // 2,); at least that of rounding to 8 bits."""
    values = brightness(pictures).double()
    height, width = values.shape[1:]
    window = torch.outer(*(torch.hann_window(side + 2, False, dtype=torch.float64)[1:-1] for side in (height, width)))
    values = (values - values.mean((1, 2), keepdim=True)) * window
    power = torch.fft.fft2(values).abs().square().mean(0) / window.square().sum()
    rows, columns = (torch.fft.fftfreq(side) for side in (height, width))
    shortest = min(height, width)
    rings = (torch.hypot(rows[:, None], columns) * shortest).round().long().flatten()
    total = torch.zeros(int(rings.max()) + 1, dtype=torch.float64).index_add_(0, rings, power.flatten())
    return (total / rings.bincount())[1 : shortest // 2 + 1].clamp_min(1 / 12)


@torch.no_grad()
def perceptual_distance(made: Tensor, true: Tensor, net: VGG, taps: Sequence[str] = TAPS) -> Tensor:
    """How different pairs look to VGG: (N,), 0 if equal, at most 4; its protocol is the net's weights and the taps.

    Maps with directions of length 1 at each place, squared differences, the mean over places and taps: Zhang et al.
    2018 (arXiv 1801.03924), eq. 1, without the learnt weights of channels. It is not LPIPS; numbers cannot be compared.
    """
    made, true = same_shape(made, true)
    pairs = zip(net(made, taps), net(true, taps), strict=True)
    each = [(directions(x) - directions(y)).square().sum(1).flatten(1).mean(1) for x, y in pairs]
    return torch.stack(each).mean(0)


def directions(maps: Tensor) -> Tensor:
    return torch.nn.functional.normalize(maps.float(), dim=1, eps=1e-6)


def brightness(pictures: Tensor) -> Tensor:
    """(N, C, H, W) in [-1, 1] -> (N, H, W) from 0 to 255"""
    values = on_white(pictures.detach().float()).add(1).mul(127.5)
    if values.shape[1] == 3:
        values = (values * values.new_tensor((0.299, 0.587, 0.114)).view(3, 1, 1)).sum(1, keepdim=True)
    return values[:, 0]


def same_shape(made: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    if made.shape != true.shape or made.ndim != 4:
        raise ValueError(f"pictures of shapes {tuple(made.shape)} and {tuple(true.shape)}; pairs need one (N, C, H, W)")
    return made, true
