"""Manifold-diffusion GAN: first where pictures lie, then how many lie where."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.normalization import has_state
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.nets.encoder import Encoder
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks
from ganworks.systems.remedies.mrgan import rebuild


class Chain(nn.Module):
    """Two critics, D1 of real against rebuilt and D2 of rebuilt against fake; their logits (N,) add up.

    At best they are log p/r and log r/q, and their sum is the logit log p/q of a plain GAN's critic.
    """

    def __init__(self, D1: nn.Module, D2: nn.Module):
        super().__init__()
        self.D1, self.D2 = D1, D2

    def forward(self, x: Tensor) -> Tensor:
        return self.D1(x) + self.D2(x)


class MDGAN(Duel):
    """Manifold step: D1 tells x from G(E(x)), G and E minimise distance * |x - G(E(x))|^2 - manifold * log D1(G(E(x))).

    Diffusion step: D2 tells G(E(x)) from G(z), G minimises -log D2(G(z)). Each step has a batch of its own.
    """

    adversarial = NON_SATURATING
    D: Chain

    def __init__(
        self,
        G: nn.Module,
        E: nn.Module,
        D: Chain,
        spec: Image | Vector,
        latent: int,
        *,
        distance: float,
        manifold: float,
    ):
        super().__init__(G, D, spec, latent)
        for name, weight in (("distance", distance), ("manifold", manifold)):
            if weight < 0:
                raise ValueError(f"{name} is {weight:g}; the weight must not be below 0")
        self.E, self.distance, self.manifold = E, distance, manifold
        self.whole_batch |= has_state(E)

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player([self.G, self.E], adam), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        """Algorithm 1, in each of its steps the critic after G, whose pictures and logits it takes over."""
        return [
            Turn("G", self.manifold_g_loss, keep=True),
            Turn("D", self.manifold_d_loss, fresh=False),
            Turn("G", self.diffusion_g_loss, keep=True),
            Turn("D", self.diffusion_d_loss, fresh=False),
        ]

    def manifold_g_loss(self, batch: Batch) -> Terms:
        x = batch[self.entry]
        rebuilt = rebuild(self.G, self.E, x)
        batch["rebuilt"], batch["judged"] = rebuilt.detach(), self.D.D1(rebuilt)
        return {
            "distance": self.distance * mse_loss(rebuilt.float(), x.float()),
            "manifold": self.manifold * self.adversarial.g(batch["judged"]),
        }

    def manifold_d_loss(self, batch: Batch) -> Terms:
        judged = batch["judged"] if "judged" in batch else self.D.D1(self.rebuilt(batch))
        return {"manifold": self.adversarial.d(self.D.D1(batch[self.entry]), judged)}

    def diffusion_g_loss(self, batch: Batch) -> Terms:
        self.rebuilt(batch)  # by the weights that make the fakes
        fake = self.G(batch["z"])
        batch["fake"], batch["judged"] = fake.detach(), self.D.D2(fake)
        return {"diffusion": self.adversarial.g(batch["judged"])}

    def diffusion_d_loss(self, batch: Batch) -> Terms:
        judged = batch["judged"] if "judged" in batch else self.D.D2(self.fakes(batch))
        return {"diffusion": self.adversarial.d(self.D.D2(self.rebuilt(batch)), judged)}

    def rebuilt(self, batch: Batch) -> Tensor:
        """G(E(x)) of an earlier turn, or made anew without a graph."""
        if "rebuilt" not in batch:
            with torch.no_grad():
                batch["rebuilt"] = rebuild(self.G, self.E, batch[self.entry])
        return batch["rebuilt"]


@register(size=16, width=4)
def mdgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    distance: float = 100.0,
    manifold: float = 1.0,
) -> MDGAN:
    """Manifold-diffusion GAN, Che et al. 2017 (arXiv 1612.02136), algorithm 1, on DCGAN's nets and with its optimiser.

    The box's critic D2 looks at z where it means G(z), and the box doesn't say that E moves, with G in the manifold
    step. Our distance is a mean over pixels, of which the paper has the sum; its weight is our choice. As one optimiser
    moves G in both steps, less of it lets the diffusion step undo what G rebuilds.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    distance: weight of the mean squared error of what is rebuilt
    manifold: weight of -log D1(G(E(x))), lambda
    """
    spec = arena(size, channels, dim)
    G, D1 = networks(spec, width, latent)
    E, D2 = (networks(spec, width, latent)[1] for _ in range(2))
    return MDGAN(G, Encoder(E, latent), Chain(D1, D2), spec, latent, distance=distance, manifold=manifold)
