"""One picture's content in another's style, each distance as a share of what is there.

Gatys et al. scale the channels of VGG to a mean of 1, so that layers, and weights, can be compared. Shares do that for
any network as it is.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganworks.losses.perceptual import Maps, gram, style

TINY = 1e-12  # keeps shares of nothing finite


def content_share(made: Maps, wanted: Maps) -> Tensor:
    """Squared distance of maps (N, C, H, W), by the square of those wanted; the mean over layers and pictures.

    Gatys et al. 2015 (arXiv 1508.06576), eq. 1; Johnson et al. 2016 (arXiv 1603.08155), eq. 2.
    """
    pairs = [(x.float().flatten(1), y.detach().float().flatten(1)) for x, y in zip(made, wanted, strict=True)]
    shares = [(x - y).square().sum(1) / y.square().sum(1).clamp_min(TINY) for x, y in pairs]
    return torch.stack(shares).mean()


def style_share(made: Maps, grams: Sequence[Tensor]) -> Tensor:
    """Squared distance of the Gram matrices of maps (N, C, H, W) from those wanted, (1, C, C), by the square of these.

    The mean over layers and pictures; Gatys et al. 2015, eq. 4 and 5; Johnson et al. 2016, eq. 4.
    """
    pairs = zip(made, grams, strict=True)
    shares = [style([gram(x)], [wanted]) / wanted.square().sum().clamp_min(TINY) for x, wanted in pairs]
    return torch.stack(shares).mean()
