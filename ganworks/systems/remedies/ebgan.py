"""EBGAN: a critic that reconstructs."""

from functools import partial
from math import prod

from torch import nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.losses.energy import energy_margin, pull_away
from ganworks.nets import autoencoder
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks

MARGIN = 10 / 28  # 10 for 28x28 grey pictures, as many values as their root


class EBGAN(Duel):
    """D is an auto-encoder: what it reconstructs badly has a high energy, up to a margin; its logit is minus that."""

    D: autoencoder.AutoEncoder
    pull_away = 0.0

    def __init__(
        self,
        G: nn.Module,
        D: autoencoder.AutoEncoder,
        spec: Image | Vector,
        latent: int,
        *,
        margin: float,
        pull_away: float,
    ):
        super().__init__(G, D, spec, latent)
        if pull_away < 0:
            raise ValueError(f"pull_away is {pull_away:g}; it must be 0, for off, or above")
        self.adversarial = energy_margin(margin)
        self.pull_away = pull_away
        self.look_again()

    def look_again(self) -> None:
        super().look_again()
        self.whole_batch |= self.pull_away > 0  # a mean over pairs

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-3, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch)
        code = self.D.encode(fake)
        batch |= {"fake": fake.detach(), "judged": self.D.score(fake, code)}
        terms = {"adversarial": self.adversarial.g(batch["judged"])}
        return terms | {"pull_away": self.pull_away * pull_away(code)} if self.pull_away else terms


@register(size=16, width=4)
def ebgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    margin: float | None = None,
    pull_away: float = 0.1,
    norm: str = "batch",
) -> EBGAN:
    """EBGAN-PT, Zhao et al. 2016 (arXiv 1609.03126), eq. 1, 2 and 4.

    The energy is the Euclidean norm of what the reconstruction misses, over all values of a picture, and the margin
    grows with size as such a norm does: where it was as low as D's energy of data, samples were blobs. G's gradient
    flows through the reconstruction and through its target. Both players have Adam with rate 1e-3.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    margin: energy from which D lets a fake alone, by default 10 for 28x28 in grey, and as the root of the values
    pull_away: weight of the mean squared cosine between the codes of fakes, 0 for none
    norm: D's norm for pictures, "batch", "layer" or "none"
    """
    spec = arena(size, channels, dim)
    G, _ = networks(spec, width, latent)
    D: autoencoder.AutoEncoder = (
        autoencoder.Points(spec.dim, width)
        if isinstance(spec, Vector)
        else autoencoder.Pictures((spec.height, spec.width), spec.channels, width, norm)
    )
    margin = MARGIN * prod(spec.shape) ** 0.5 if margin is None else margin
    return EBGAN(G, D, spec, latent, margin=margin, pull_away=pull_away)
