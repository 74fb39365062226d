"""MAD-GAN: several generators that share the data out among themselves."""

from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.losses.several import naming_d, naming_g, odds, rivalry
from ganworks.nets import dcgan, points
from ganworks.nets.conditional import Featured
from ganworks.nets.headed import Headed, linear, num_features
from ganworks.nets.shared_trunk import SharedTrunk
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks

FORMS = ("classes", "cosine")


class MADGAN(Duel):
    """All generators move on every z. D says which of them made a fake, or they are held apart by their likeness.

    A batch's fakes are (N k, ...), the k of one z one after the other. D: (N, ...) -> (N, k + 1), class 0 for data,
    or (N,) with form "cosine".
    """

    adversarial = NON_SATURATING  # with form "cosine"

    def __init__(
        self,
        G: SharedTrunk,
        D: nn.Module,
        spec: Image | Vector,
        latent: int,
        *,
        form: str,
        diversity: float,
    ):
        super().__init__(G, D, spec, latent)
        self.generators, self.form, self.diversity = G.generators, form, diversity

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def draw(self, num: int) -> Batch:
        """`generator` (N,), from 0, says whose example is kept when sampling; training keeps all."""
        return super().draw(num) | {"generator": torch.arange(num) % self.generators}

    def generate(self, inputs: Batch) -> Batch:
        return {self.entry: of_generator(self.G(inputs["z"]), inputs["generator"])}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch)
        batch["fake"] = fake.detach()
        if self.form == "classes":
            batch["judged"] = self.D(fake)
            return {"adversarial": naming_g(batch["judged"])}
        D = cast(Featured, self.D)
        features = D.features(fake)
        batch["judged"] = logits = D.head(features).flatten()
        scores, features = logits.float().sigmoid(), features.unflatten(0, (-1, self.generators))
        return {
            "adversarial": self.adversarial.g(logits),
            "diversity": self.diversity * rivalry(scores.view(-1, self.generators), features),
        }

    def contest(self, batch: Batch, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return (naming_d if self.form == "classes" else self.adversarial.d)(real_logits, fake_logits)

    def judge(self, batch: Batch, *pictures: Tensor) -> tuple[Tensor, ...]:
        """Each set in a pass of its own, as they differ in length."""
        return tuple(self.D(x) for x in pictures)

    def make(self, batch: Batch) -> Tensor:
        return super().make(batch).flatten(0, 1)

    def scores(self, batch: Batch) -> Batch:
        """Log odds of data against generators, at equal shares; of each z the fake that sampling would keep."""
        real, fake = super().scores(batch).values()
        if self.form == "classes":
            real, fake = odds(real), odds(fake)
        return {"real": real, "fake": of_generator(fake.view(-1, self.generators), batch["generator"])}

    def named(self, x: Tensor) -> Tensor:
        """The generator, from 0, that D takes each example x (N, ...) for, (N,); for form "classes"."""
        return self.D(x)[:, 1:].argmax(1)


def of_generator(made: Tensor, generator: Tensor) -> Tensor:
    """Of each row of (N, k, ...) the entry `generator` (N,), (N, ...)."""
    return made[torch.arange(len(made), device=made.device), generator]


@register(size=16, width=4)
def madgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    generators: int = 4,
    form: str = "classes",
    diversity: float = 1.0,
) -> MADGAN:
    """MAD-GAN, Ghosh et al. 2018 (arXiv 1704.02906), section 4, with the settings of the authors' code.

    A step makes examples with every generator, all from the same z. The generators share all but their last layers.
    The form "cosine" is MAD-GAN-Sim of the appendix, with D's last features compared; its weight is our choice.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    generators: how many there are
    form: what keeps them apart, "classes" (D names the generator) or "cosine" (like examples must be better)
    diversity: weight of that, with "cosine"
    """
    if form not in FORMS:
        raise ValueError(f"form is '{form}'; possible: {', '.join(FORMS)}")
    if generators < (least := 2 if form == "cosine" else 1):
        raise ValueError(f"generators is {generators}; with form '{form}' it must be at least {least}")
    spec = arena(size, channels, dim)
    _, D = networks(spec, width, latent)
    if isinstance(spec, Vector):
        G: nn.Module = points.Generator(spec.dim * generators, latent, width)
    else:
        G = dcgan.Generator((spec.height, spec.width), spec.channels * generators, latent, width)
    if form == "classes":
        D = Headed(D, linear(D, num_features(D), generators + 1))
    return MADGAN(SharedTrunk(G, generators), D, spec, latent, form=form, diversity=diversity)
