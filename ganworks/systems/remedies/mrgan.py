"""Mode regularised GAN: G must also give every real example back from its code."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.layers.normalization import has_state
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.nets.encoder import Encoder
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks


@contextmanager
def unrecorded(network: nn.Module) -> Iterator[None]:
    """Batch norm's running statistics stay as they are, in training too: they are to be those of G on z alone."""
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True


def rebuild(G: nn.Module, E: nn.Module, x: Tensor) -> Tensor:
    """G(E(x)), the shape of x."""
    with unrecorded(G):
        return G(E(x))


class MRGAN(Duel):
    """A GAN whose G and E also minimise geometry * d(x, G(E(x))) - modes * log D(G(E(x))), over real x.

    The first draws G to every mode of the data, the second says that what it makes there shall look real. The paper
    prints + before the second, in T_G and T_E, and much code has it so: minimised, it would make the rebuilt look fake.
    One player holds G and E, since T_E is the part of T_G that E has a share in.
    """

    adversarial = NON_SATURATING

    def __init__(
        self,
        G: nn.Module,
        E: nn.Module,
        D: nn.Module,
        spec: Image | Vector,
        latent: int,
        *,
        geometry: float,
        modes: float,
    ):
        super().__init__(G, D, spec, latent)
        if min(geometry, modes) < 0:
            raise ValueError(f"geometry is {geometry:g} and modes {modes:g}; neither weight may be below 0")
        self.E, self.geometry, self.modes = E, geometry, modes
        self.whole_batch |= has_state(E)

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player([self.G, self.E], adam), "D": Player(self.D, adam)}

    def g_loss(self, batch: Batch) -> Terms:
        return super().g_loss(batch) | self.e_loss(batch)

    def e_loss(self, batch: Batch) -> Terms:
        """T_E, which is also the last part of T_G."""
        x = batch[self.entry]
        rebuilt = rebuild(self.G, self.E, x)
        (logits,) = self.judge(batch, rebuilt)
        return {
            "geometry": self.geometry * mse_loss(rebuilt.float(), x.float()),
            "modes": self.modes * self.adversarial.g(logits),
        }


@register(size=16, width=4)
def mrgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    geometry: float = 0.2,
    modes: float = 0.4,
) -> MRGAN:
    """Mode regularised GAN, Che et al. 2017 (arXiv 1612.02136), section 3.2, on DCGAN's nets and with its optimiser.

    d is the mean squared error, also over pixels: pictures of all sizes have the same weights. The defaults are
    our choice: the paper tunes them for each set.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    geometry: weight of the distance between x and G(E(x)), lambda 1
    modes: weight of -log D(G(E(x))), lambda 2
    """
    spec = arena(size, channels, dim)
    G, D = networks(spec, width, latent)
    E = Encoder(networks(spec, width, latent)[1], latent)
    return MRGAN(G, E, D, spec, latent, geometry=geometry, modes=modes)
