"""VAE-GAN: what D has learned to look at measures how good a reconstruction is."""

from functools import partial

import torch
from torch import nn
from torch.optim import RMSprop

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.normalization import has_state
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.losses.gaussian import kl_to_standard
from ganworks.nets import dcgan
from ganworks.nets.encoder import Encoder
from ganworks.nets.vae import SeeingDiscriminator
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides
from ganworks.systems.encoding import Encoding


class VAEGAN(Encoding, Duel):
    """E and G are a VAE whose p(x|z) is normal in a layer of D, and G plays against D with two kinds of fakes.

    Of three losses each player has its own share, algorithm 1: E the prior's KL and the misfit of what D sees; G a
    weighted misfit, and to fool D; D nothing but to tell real pictures from rebuilt ones and from samples of the prior.
    D judges real and fake pictures together, as in the authors' code: under norms of their own a reconstruction that
    is too dark would look to D like the picture.
    """

    D: SeeingDiscriminator
    adversarial = NON_SATURATING

    def __init__(self, E: nn.Module, G: nn.Module, D: SeeingDiscriminator, image: Image, latent: int, *, misfit: float):
        super().__init__(G, D, image, latent)
        if misfit < 0:
            raise ValueError(f"misfit is {misfit:g}; it must not be negative")
        self.E, self.misfit = E, misfit
        self.whole_batch |= has_state(E)

    def players(self) -> dict[str, Player]:
        rmsprop = partial(RMSprop, lr=3e-4, alpha=0.9)
        averaged = partial(Player, optimizer=rmsprop, ema=0.999)
        return {"E": averaged(self.E), "G": averaged(self.G), "D": Player(self.D, rmsprop)}

    def turns(self, step: int) -> list[Turn]:
        """All from one pass of all nets, as in algorithm 1: the weights of a turn do not matter to those behind it."""
        return [
            Turn("E", self.e_loss, keep=True),
            Turn("G", self.g_loss, fresh=False, keep=True),
            Turn("D", self.d_loss, fresh=False),
        ]

    def draw(self, num: int) -> Batch:
        return super().draw(num) | {"noise": torch.randn(num, self.latent)}

    def e_loss(self, batch: Batch) -> Terms:
        self.look(batch)
        return {"kl": batch["kl"].mean(), "misfit": batch["sum"].mean()}

    def g_loss(self, batch: Batch) -> Terms:
        self.look(batch)
        return {
            "adversarial": self.adversarial.g(batch["logits"][:, 1:]),
            "misfit": self.misfit * batch["mean"].mean(),
        }

    def d_loss(self, batch: Batch) -> Terms:
        self.look(batch)
        logits = batch["logits"]
        return {"adversarial": self.adversarial.d(logits[:, 0], logits[:, 1:])}

    def scores(self, batch: Batch) -> Batch:
        self.look(batch)
        return {"real": batch["logits"][:, 0], "fake": batch["logits"][:, 1:].mean(1)}

    def look(self, batch: Batch) -> None:
        """Put into the batch what the turns need, unless it is there with its graph.

        kl (N,); sum and mean over D's features of the squared misfit of the rebuilt pictures, halved, (N,); logits
        (N, 3) of the real pictures, the rebuilt ones, and those made from z.
        """
        if "logits" in batch:
            return
        image = batch["image"]
        mean, log_variance = self.posterior(image)
        z = mean + (log_variance / 2).exp() * batch["noise"]
        made = self.G(torch.cat([z, batch["z"]]))
        seen, logits = self.D.look(torch.cat([image, made.to(image.dtype)]))
        real, rebuilt, _ = seen.float().chunk(3)
        misfit = (real - rebuilt).square().flatten(1) / 2
        batch["kl"] = kl_to_standard(mean, log_variance)
        batch["sum"], batch["mean"] = misfit.sum(1), misfit.mean(1)
        batch["logits"] = torch.stack(logits.chunk(3), 1)


@register(size=16, width=4)
def vaegan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    width: int = 64,
    latent: int = 128,
    misfit: float = 10.0,
    layer: int | None = None,
) -> VAEGAN:
    """VAE-GAN, Larsen et al. 2016 (arXiv 1512.09300), algorithm 1, on DCGAN's nets and with the paper's RMSProp.

    G minimises -log D, where the paper has log(1 - D), and both kinds of fakes share one half of D's loss, as in the
    authors' code. That code also stops whoever is ahead; ours does without. Samples and codes are of averaged weights.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    misfit: weight of the misfit in G's loss, gamma times the number of D's features: ours is a mean over them
    layer: which convolution of D measures the misfit, by default the last but one, from the second on
    """
    image = Image(channels, *sides(size))
    shape = (image.height, image.width)
    E = Encoder(dcgan.Discriminator(shape, channels, width), 2 * latent)
    G = dcgan.Generator(shape, channels, latent, width)
    D = SeeingDiscriminator(dcgan.Discriminator(shape, channels, width), layer)
    return VAEGAN(E, G, D, image, latent, misfit=misfit)
