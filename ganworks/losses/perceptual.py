"""How far pictures are from others by the feature maps of a network: in content and in style; and how rough they are.

Lists hold the maps of one or more layers, each (N, C, H, W), as `nets.vgg` gives them. All compute in float32.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss

Maps = Sequence[Tensor]


def features_l1(made: Maps, wanted: Maps, weights: Sequence[float] | None = None) -> Tensor:
    """Sum over layers of the mean |made - wanted|, each with its weight, 1 if not given.

    Wang et al. 2018 (ESRGAN, arXiv 1809.00219), section 3.3, there before the activation; and, of a critic's layers,
    the feature matching of pix2pixHD (arXiv 1711.11585, eq. 4). No gradient reaches `wanted`.
    """
    pairs = zip(made, wanted, strict=True)
    return weighted([l1_loss(x.float(), y.detach().float()) for x, y in pairs], weights)


def features_squared(made: Maps, wanted: Maps, weights: Sequence[float] | None = None) -> Tensor:
    """Sum over layers of the mean (made - wanted)^2, each with its weight, 1 if not given.

    Johnson et al. 2016 (arXiv 1603.08155), eq. 2; Ledig et al. 2017 (SRGAN, arXiv 1609.04802), eq. 5. Gatys et al. 2015
    (arXiv 1508.06576), eq. 1, has half the sum over all places and channels. No gradient reaches `wanted`.
    """
    pairs = zip(made, wanted, strict=True)
    return weighted([mse_loss(x.float(), y.detach().float()) for x, y in pairs], weights)


def gram(maps: Tensor) -> Tensor:
    """Which channels act together, wherever: sums over places of products, by C H W: (N, C, H, W) -> (N, C, C).

    Johnson et al. 2016, eq. 3; Gatys et al. 2015, eq. 3, without the division.
    """
    flat = maps.float().flatten(2)
    with torch.autocast(maps.device.type, enabled=False):
        return flat @ flat.transpose(1, 2) / flat[0].numel()


def style(made: Sequence[Tensor], wanted: Sequence[Tensor], weights: Sequence[float] | None = None) -> Tensor:
    """Sum over layers of |gram - gram'|^2, each with its weight, the mean over pictures; of Gram matrices (N, C, C).

    Johnson et al. 2016, eq. 4. It is 4 times the loss of Gatys et al. 2015, eq. 4, where the sizes of both pictures
    agree. `wanted` may be of one picture (1, C, C), for all; no gradient reaches it.
    """
    pairs = zip(made, wanted, strict=True)
    return weighted([(x - y.detach()).square().sum((1, 2)).mean() for x, y in pairs], weights)


def total_variation(pictures: Tensor) -> Tensor:
    """Mean squared step from pixel to pixel downwards, plus that to the right: (N, C, H, W) -> scalar.

    Mahendran & Vedaldi 2014 (arXiv 1412.0035), eq. 2 with beta = 2, as a mean: it does not depend on the size.
    """
    x = pictures.float()
    return x.diff(dim=2).square().mean() + x.diff(dim=3).square().mean()


def weighted(terms: Sequence[Tensor], weights: Sequence[float] | None) -> Tensor:
    if weights is None:
        return torch.stack(list(terms)).sum()
    assert len(weights) == len(terms), f"{len(weights)} weights for {len(terms)} layers"
    return torch.stack([weight * term for weight, term in zip(weights, terms, strict=True)]).sum()
