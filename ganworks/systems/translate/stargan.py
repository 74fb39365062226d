"""StarGAN: one net turns pictures of any of several kinds into any other, learnt without pairs."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, l1_loss, one_hot
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses import penalties
from ganworks.losses.adversarial import WASSERSTEIN
from ganworks.nets.resnet_translator import ResNetTranslator
from ganworks.nets.star_critic import StarCritic
from ganworks.registry import register
from ganworks.specs import Image, Label
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation, constant_then_down

# Of each set of pictures: they, their labels, and the labels to be made, each counted within its set.
NAMES = (("image", "label", "target"), ("other", "other_label", "other_target"))


class StarGAN(Translation):
    """G makes "image" of "image", as one with the label "target" would be; D judges it, and tells the label.

    sets: how many labels each set of pictures has. A second one is "other", with "other_label"; its labels come after
    those of the first, and steps are taken on both in turn. Beside the planes of the labels G then sees the paper's
    mask: which set the label is of. As no picture has labels of both sets, D learns each from its own pictures.
    G: (N, C + labels and mask, H, W) -> (N, C, H, W) in [-1, 1]. D: (N, C, H, W) -> logits (N, 1, h, w), (N, labels).
    """

    begins = "image"

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        image: Image,
        sets: tuple[int, ...],
        *,
        cycle: float,
        label_weight: float,
        penalty: float,
        critic_steps: int,
        steps: int,
    ):
        super().__init__(image)
        entries = zip(NAMES, sets, strict=False)
        self.specs = {
            name: spec for (of, label, _), num in entries for name, spec in ((of, image), (label, Label(num)))
        }
        self.multiple = getattr(G, "multiple", 1)
        self.G, self.D, self.sets, self.classes = G, D, sets, sum(sets)
        self.cycle, self.label_weight, self.penalty = cycle, label_weight, penalty
        self.critic_steps, self.steps = critic_steps, steps

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.5, 0.999))
        schedule = partial(constant_then_down, steps=self.steps)
        return {"G": Player(self.G, adam, schedule=schedule), "D": Player(self.D, adam, schedule=schedule)}

    def turns(self, step: int) -> list[Turn]:
        """G's turn comes just before D's last one, which takes over its fakes."""
        d_loss, g_loss = (partial(loss, which=step % len(self.sets)) for loss in (self.d_loss, self.g_loss))
        return [*[Turn("D", d_loss)] * (self.critic_steps - 1), Turn("G", g_loss), Turn("D", d_loss, fresh=False)]

    def draw(self, num: int) -> Batch:
        """A label to be made of the same set for each picture."""
        targets = {name: torch.randint(count, (num,)) for (*_, name), count in zip(NAMES, self.sets, strict=False)}
        return targets | {"t": torch.rand(num)}

    def inputs(self, num: int, seed: int | None = None) -> Batch:
        """Each example as all classes in turn."""
        rows = torch.arange(num)
        drawn = super().inputs(num, seed)
        return drawn | {"image": self.starts(rows // self.classes), "target": rows % self.classes}  # of all sets

    def sample(self, num: int, seed: int | None = None, **given: Tensor) -> Batch:
        if "label" in given:
            given = {"image": self.starts(torch.arange(num))} | given
        return super().sample(num, seed, **asked(given))

    def translate(self, pictures: Tensor, seed: int = 0, back: bool = False, **given: Tensor) -> Tensor:
        return super().translate(pictures, seed, back, **asked(given))

    def make(self, inputs: Batch) -> Tensor:
        return self.turned(inputs["image"], inputs["target"])

    def turned(self, picture: Tensor, label: Tensor) -> Tensor:
        """A picture as one with the label would be, which is 1 in a plane of its own beside it; so is its set."""
        told = [one_hot(label, self.classes)]
        if len(self.sets) > 1:
            told.append(one_hot((label >= self.sets[0]).long(), len(self.sets)))
        planes = torch.cat(told, 1).to(picture.dtype)[:, :, None, None].expand(-1, -1, *picture.shape[2:])
        return self.G(torch.cat([picture, planes], 1))

    def entries(self, batch: Batch, which: int) -> tuple[Tensor, Tensor, Tensor]:
        """The pictures of one of the sets, their labels, and those to be made; labels are of all sets."""
        image, label, target = (batch[name] for name in NAMES[which])
        first = sum(self.sets[:which])
        return image, label + first, target + first

    def named(self, logits: Tensor, label: Tensor, which: int) -> Tensor:
        """How badly D tells the label, of those of its set."""
        first = sum(self.sets[:which])
        of_set = logits[:, first : first + self.sets[which]].float()
        return self.label_weight * cross_entropy(of_set, label - first)

    def g_loss(self, batch: Batch, which: int = 0) -> Terms:
        image, label, target = self.entries(batch, which)
        fake = self.turned(image, target)
        batch["fake"] = fake.detach()  # for D's turn
        logits, label_logits = self.D(fake)
        return {
            "adversarial": WASSERSTEIN.g(logits),
            "label": self.named(label_logits, target, which),
            "cycle": self.cycle * l1_loss(self.turned(fake, label).float(), image),
        }

    def d_loss(self, batch: Batch, which: int = 0) -> Terms:
        real, label, target = self.entries(batch, which)
        if "fake" not in batch:
            with torch.no_grad():
                batch["fake"] = self.turned(real, target)
        fake = batch["fake"]
        logits, label_logits = self.D(torch.cat([real, fake]))
        return {
            "wasserstein": WASSERSTEIN.d(*logits.chunk(2)),
            "label": self.named(label_logits[: len(real)], label, which),
            "penalty": self.penalty * penalties.wgan_gp(lambda x: self.D(x)[0], real, fake, batch["t"]),
        }

    def scores(self, batch: Batch) -> Batch:
        with torch.no_grad():
            fake = self.make(batch)
        return {name: self.D(x)[0].flatten(1).mean(1) for name, x in (("real", batch["image"]), ("fake", fake))}


def asked(given: Batch) -> Batch:
    """The label that a user gives is the one to be made; in the data it is the picture's own."""
    return {"target" if name == "label" else name: value for name, value in given.items()}


@register(size=16, width=4, classes=3, blocks=1)
def stargan(
    *,
    size: int | tuple[int, int] = 128,
    channels: int = 3,
    classes: int = 0,
    other_classes: int = 0,
    width: int = 64,
    blocks: int = 6,
    cycle: float = 10.0,
    label_weight: float = 1.0,
    penalty: float = 10.0,
    critic_steps: int = 5,
    steps: int = 20_000,
) -> StarGAN:
    """StarGAN, Choi et al. 2017 (arXiv 1711.09020), eq. 5 and 6: any kind of picture as any other, by one net.

    The labels of the pictures, such as their subfolders, are the kinds; the one to be made is drawn evenly. As in the
    authors' code the slope is that of the sum of D's map, and zeros are beyond the borders: next to a mirror image the
    norms would take the label away. The learning rate is constant for half of the steps, and then falls to 0. With
    --other a second set with labels of its own, of which the first has none, is learnt too (section 3.2).

    size: height and width of the pictures, one number for squares; others can be translated too
    channels: 1 for grey, 3 for colour, 4 with transparency
    classes: number of classes, as the data has them
    other_classes: of a second set of pictures, if there is one, likewise
    width: channels of the first layers; the translator has up to 4 x as many, the critic twice as many at each layer
    blocks: residual blocks of the translator
    cycle: weight of the distance to the picture after there and back, the paper's lambda_rec
    label_weight: of the cross-entropy of the labels, the paper's lambda_cls; with 0 there is no reason to obey them
    penalty: weight of the gradient penalty
    critic_steps: moves of the critic for each of the translator
    steps: of the run: over the second half of them the learning rate falls to 0; --minutes alone does not do that
    """
    if classes < 2:
        raise ValueError(
            f"stargan was given {classes} classes, it needs 2 or more: put pictures of each class into their own folder"
        )
    if other_classes == 1:
        raise ValueError("stargan was given a second set of one class, it needs 2 or more")
    if critic_steps < 1:
        raise ValueError(f"critic_steps is {critic_steps}; it must be at least 1")
    height, breadth = sides(size)
    sets = (classes, other_classes) if other_classes else (classes,)
    told = sum(sets) + (len(sets) if other_classes else 0)
    G = ResNetTranslator(channels + told, channels, blocks=blocks, width=width, reflect=False, affine=True, kernel=4)
    return StarGAN(
        G,
        StarCritic((height, breadth), channels, sum(sets), width),
        Image(channels, height, breadth),
        sets,
        cycle=cycle,
        label_weight=label_weight,
        penalty=penalty,
        critic_steps=critic_steps,
        steps=steps,
    )
