"""Orthogonal regularisation: filters shall not resemble each other."""

import torch
from torch import Tensor


def off_orthogonal(weight: Tensor) -> Tensor:
    """|W W^T * (1 - I)|^2: squared inner products of all pairs of filters, whose lengths stay free; (out, ...) -> ().

    Brock et al. 2019 (arXiv 1809.11096), eq. 3, W having a row for each output. Where there are more rows than
    columns, W^T W has the same sum of squares and is smaller.
    """
    with torch.autocast(weight.device.type, enabled=False):
        rows = weight.flatten(1).float()
        if len(rows) > rows.shape[1]:
            return (rows.T @ rows).square().sum() - rows.square().sum(1).square().sum()
        products = rows @ rows.T
        return (products - products.diag().diag()).square().sum()
