"""The family that most systems belong to: one generator against one discriminator, on pictures or points."""

import torch
from torch import Tensor, nn

from ganworks.core import Batch, System, Terms, Turn
from ganworks.layers.normalization import has_batch_norm, has_state
from ganworks.losses.adversarial import Adversarial
from ganworks.nets import dcgan, points
from ganworks.specs import Image, Label, Spec, Vector

Size = tuple[int, int]


def sides(size: int | Size, least: int = 8) -> Size:
    """Height and width, from one number for squares or from both."""
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < least:
        raise ValueError(f"size is {height}x{width}; both sides must be at least {least}: choose a larger --size")
    return height, width


def arena(size: int | Size, channels: int, dim: int | None = None) -> Image | Vector:
    """What is made: pictures, or points if `dim` is given."""
    return Image(channels, *sides(size)) if dim is None else Vector(dim)


def networks(spec: Image | Vector, width: int, latent: int, norm: str = "batch") -> tuple[nn.Module, nn.Module]:
    """DCGAN's G and D for pictures, fully connected ones without batch norm for points.

    norm: D's, for pictures as `nets.dcgan.Discriminator` has it; for points only "spectral" has a meaning.
    """
    if isinstance(spec, Vector):
        return points.Generator(spec.dim, latent, width), points.Discriminator(spec.dim, width, norm=norm)
    size = (spec.height, spec.width)
    return (
        dcgan.Generator(size, spec.channels, latent, width),
        dcgan.Discriminator(size, spec.channels, width, norm),
    )


class Duel(System):
    """G makes examples from z, D gives each a logit; finals say with what `adversarial` loss and who the players are.

    G: (N, latent) -> (N, C, H, W) in [-1, 1]. D: (N, C, H, W) -> (N,). With `classes`, both take labels (N,) as
    their second argument. D moves `critic_steps` times for each move of G. If `spec` is a Vector, points (N, dim)
    take the place of pictures. `entry` is what a batch calls them, "image" or "point".
    """

    adversarial: Adversarial
    # D's turn takes over the logits that it gave G's fakes, as D has not moved since: a third of its work is done.
    shares_logits = True

    def __init__(
        self, G: nn.Module, D: nn.Module, spec: Image | Vector, latent: int, *, classes: int = 0, critic_steps: int = 1
    ):
        super().__init__()
        self.G, self.D = G, D
        self.entry = "image" if isinstance(spec, Image) else "point"
        self.specs: dict[str, Spec] = {self.entry: spec} | ({"label": Label(classes)} if classes else {})
        self.latent, self.classes, self.critic_steps = latent, classes, critic_steps
        self.look_again()

    def look_again(self) -> None:
        """What follows from the nets and the numbers; call it when they have been changed."""
        if self.critic_steps < 1:
            raise ValueError(f"critic_steps is {self.critic_steps}; it must be at least 1")
        self.whole_batch = has_state(self.G) or has_state(self.D)

    def turns(self, step: int) -> list[Turn]:
        """G's turn comes just before D's last one, which takes over its fakes: no picture is made twice."""
        return [
            *[Turn("D", self.d_loss)] * (self.critic_steps - 1),
            Turn("G", self.g_loss, keep=self.shares_logits),
            Turn("D", self.d_loss, fresh=False),
        ]

    def draw(self, num: int) -> Batch:
        z = {"z": torch.randn(num, self.latent)}
        return z | {"label": torch.arange(num) % self.classes} if self.classes else z

    def generate(self, inputs: Batch) -> Batch:
        return {self.entry: self.G(inputs["z"], *self.labels(inputs))}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch)
        batch["fake"] = fake.detach()  # for D's turn
        real_logits = None
        if self.adversarial.paired:
            with torch.no_grad():
                (real_logits,) = self.judge(batch, self.real(batch))
        (fake_logits,) = self.judge(batch, fake)
        if self.shares_logits:
            batch["judged"] = fake_logits
        return {"adversarial": self.adversarial.g(fake_logits, real_logits)}

    def d_loss(self, batch: Batch) -> Terms:
        return {"adversarial": self.contest(batch, *self.both_logits(batch))}

    def contest(self, batch: Batch, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """D's loss, given its logits for the rows of the batch."""
        return self.adversarial.d(real_logits, fake_logits)

    def both_logits(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """D's logits of real pictures and of fakes; of these, those of G's turn if it left them."""
        if "judged" in batch:
            return self.judge(batch, self.real(batch))[0], batch["judged"]
        real_logits, fake_logits = self.judge(batch, *self.pair(batch))
        return real_logits, fake_logits

    def scores(self, batch: Batch) -> Batch:
        real, fake = self.judge(batch, self.real(batch), self.fakes(batch))
        return {"real": real, "fake": fake}

    def labels(self, batch: Batch) -> list[Tensor]:
        return [batch["label"]] if self.classes else []

    def make(self, batch: Batch) -> Tensor:
        """What G makes of the batch's z, with its graph, as D is to see it."""
        return self.G(batch["z"], *self.labels(batch))

    def real(self, batch: Batch) -> Tensor:
        """The data, as D is to see it."""
        return batch[self.entry]

    def pair(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """What D's turn compares: real ones and fakes."""
        return self.real(batch), self.fakes(batch)

    def fakes(self, batch: Batch) -> Tensor:
        """The fakes of G's turn, or new ones without a graph."""
        if "fake" not in batch:
            with torch.no_grad():
                batch["fake"] = self.make(batch)
        return batch["fake"]

    def judge(self, batch: Batch, *pictures: Tensor) -> tuple[Tensor, ...]:
        """The logits of each set of pictures (N, C, H, W), all with the batch's labels.

        One pass for all is faster, but batch statistics must not mix real and fake ones.
        """
        labels = self.labels(batch)
        if len(pictures) == 1 or has_batch_norm(self.D):
            return tuple(self.D(x, *labels) for x in pictures)
        logits = self.D(torch.cat(pictures), *(label.repeat(len(pictures)) for label in labels))
        return logits.chunk(len(pictures))
