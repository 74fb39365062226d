"""DRAGAN: the slope of D is held at 1 near real examples alone."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.losses import penalties
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks

NOISES = ("uniform", "normal")


class DRAGAN(Duel):
    """D's slope is drawn towards 1 in a neighbourhood of the real data, where collapses begin with sharp slopes."""

    adversarial = NON_SATURATING

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        spec: Image | Vector,
        latent: int,
        *,
        penalty: float,
        noise: str,
        reach: float,
    ):
        super().__init__(G, D, spec, latent)
        if noise not in NOISES:
            raise ValueError(f"noise is '{noise}'; possible: {', '.join(NOISES)}")
        self.penalty, self.noise, self.reach = penalty, noise, reach
        self.whole_batch = self.whole_batch or noise == "uniform"  # which is as wide as the batch

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.5, 0.9))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def draw(self, num: int) -> Batch:
        """The noise as a seed for each example: whole noises would fill the memory where many samples are drawn."""
        return super().draw(num) | {"noise": torch.randint(2**31, (num,))}

    def d_loss(self, batch: Batch) -> Terms:
        real = batch[self.entry]
        penalty = penalties.dragan(self.D, real, self.noise_for(real, batch["noise"]))
        return super().d_loss(batch) | {"penalty": self.penalty * penalty}

    def noise_for(self, real: Tensor, seeds: Tensor) -> Tensor:
        """real: (N, ...), seeds: (N,) -> noise, in the shape of real."""
        generator = torch.Generator()
        rows = [self.row(real[0].numel(), generator.manual_seed(seed)) for seed in seeds.tolist()]
        noise = self.reach * torch.stack(rows).view(real.shape).to(real.device)
        return noise * real.float().std(correction=0) if self.noise == "uniform" else noise

    def row(self, num: int, generator: torch.Generator) -> Tensor:
        """Noise (num,) for one example, in units of its reach."""
        if self.noise == "normal":
            return torch.randn(num, generator=generator)
        values = torch.rand(1 + num, generator=generator)
        return values[0] * values[1:]


@register(size=16, width=4)
def dragan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    norm: str = "layer",
    penalty: float = 10.0,
    noise: str = "uniform",
    reach: float = 0.5,
) -> DRAGAN:
    """DRAGAN, Kodali et al. 2017 (arXiv 1705.07215), with Adam as in the authors' code.

    The paper's noise is normal, of a variance to be tuned to the data. The code's is the default here, as it tunes
    itself: uniform from 0 to half the standard deviation of the batch's numbers, in every dimension, and the point of
    the penalty lies anywhere between the example and the noisy one. D has no batch norm: the slope is of one example.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    norm: D's norm, "layer" or "none"
    penalty: weight of the gradient penalty
    noise: "uniform" as in the authors' code, or "normal" as in the paper
    reach: uniform noise's largest value, in standard deviations of the batch; normal noise's own standard deviation
    """
    if norm not in ("layer", "none"):
        raise ValueError(f"norm is '{norm}'; possible: layer, none (D's slope is judged example by example)")
    spec = arena(size, channels, dim)
    return DRAGAN(*networks(spec, width, latent, norm), spec, latent, penalty=penalty, noise=noise, reach=reach)
