"""How far apart the maps are that a net makes of two pictures."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import l1_loss


def matched(fake_maps: Sequence[Tensor], real_maps: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """sum_i w_i mean |fake_i - real_i|, of maps (N, C_i, H_i, W_i); a scalar.

    Of the critic's own maps it is feature matching in pix2pixHD (arXiv 1711.11585, eq. 4) and the discrepancy of PAN
    (arXiv 1706.09138); of a VGG's, a perceptual loss (arXiv 1603.08155).
    """
    triples = zip(weights, fake_maps, real_maps, strict=True)
    return torch.stack([weight * l1_loss(fake.float(), real.float()) for weight, fake, real in triples]).sum()
