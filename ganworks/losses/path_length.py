"""Path length regularisation: a step of equal length in w changes the picture by an equal amount, wherever."""

import torch
from torch import Tensor


def path_lengths(pictures: Tensor, styles: Tensor, noise: Tensor) -> Tensor:
    """How far each picture moves with its styles, |J^T noise|: (N, C, H, W), made of (N, L, dim) -> (N,).

    Karras et al. 2020, StyleGAN2 (arXiv 1912.04958), eq. 4 and appendix B. noise: N(0, 1) like the pictures, here
    scaled by (H W)^-0.5, so that lengths do not grow with the size. Of the styles of all layers the mean is taken under
    the root, as in the authors' code. The lengths can be differentiated.
    """
    height, width = pictures.shape[2:]
    shown = (pictures.float() * noise).sum() / (height * width) ** 0.5
    (slope,) = torch.autograd.grad(shown, styles, create_graph=True)
    return slope.float().square().sum(2).mean(1).sqrt()
