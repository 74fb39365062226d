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


class StarGAN(Translation):
    """G makes "image" of "image", as one with the label "target" would be; D judges it, and tells the label.

    G: (N, C + classes, H, W) -> (N, C, H, W) in [-1, 1]. D: (N, C, H, W) -> logits (N, 1, h, w) and (N, classes).
    """

    begins = "image"

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        image: Image,
        classes: int,
        *,
        cycle: float,
        label_weight: float,
        penalty: float,
        critic_steps: int,
        steps: int,
    ):
        super().__init__(image)
        self.specs = {"image": image, "label": Label(classes)}
        self.multiple = getattr(G, "multiple", 1)
        self.G, self.D, self.classes = G, D, classes
        self.cycle, self.label_weight, self.penalty = cycle, label_weight, penalty
        self.critic_steps, self.steps = critic_steps, steps

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.5, 0.999))
        schedule = partial(constant_then_down, steps=self.steps)
        return {"G": Player(self.G, adam, schedule=schedule), "D": Player(self.D, adam, schedule=schedule)}

    def turns(self, step: int) -> list[Turn]:
        """G's turn comes just before D's last one, which takes over its fakes."""
        more = [Turn("D", self.d_loss)] * (self.critic_steps - 1)
        return [*more, Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def draw(self, num: int) -> Batch:
        return {"target": torch.randint(self.classes, (num,)), "t": torch.rand(num)}

    def inputs(self, num: int, seed: int | None = None) -> Batch:
        """Each example as all classes in turn."""
        rows = torch.arange(num)
        drawn = super().inputs(num, seed)
        return drawn | {"image": self.starts(rows // self.classes), "target": rows % self.classes}

    def sample(self, num: int, seed: int | None = None, **given: Tensor) -> Batch:
        if "label" in given:
            given = {"image": self.starts(torch.arange(num))} | given
        return super().sample(num, seed, **asked(given))

    def translate(self, pictures: Tensor, seed: int = 0, back: bool = False, **given: Tensor) -> Tensor:
        return super().translate(pictures, seed, back, **asked(given))

    def make(self, inputs: Batch) -> Tensor:
        return self.turned(inputs["image"], inputs["target"])

    def turned(self, picture: Tensor, label: Tensor) -> Tensor:
        """A picture as one with the label would be, which is 1 in a plane of its own beside it."""
        planes = one_hot(label, self.classes).to(picture.dtype)[:, :, None, None].expand(-1, -1, *picture.shape[2:])
        return self.G(torch.cat([picture, planes], 1))

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch)
        batch["fake"] = fake.detach()  # for D's turn
        logits, label_logits = self.D(fake)
        back = self.turned(fake, batch["label"])
        return {
            "adversarial": WASSERSTEIN.g(logits),
            "label": self.label_weight * cross_entropy(label_logits.float(), batch["target"]),
            "cycle": self.cycle * l1_loss(back.float(), batch["image"]),
        }

    def d_loss(self, batch: Batch) -> Terms:
        if "fake" not in batch:
            with torch.no_grad():
                batch["fake"] = self.make(batch)
        real, fake = batch["image"], batch["fake"]
        logits, label_logits = self.D(torch.cat([real, fake]))
        return {
            "wasserstein": WASSERSTEIN.d(*logits.chunk(2)),
            "label": self.label_weight * cross_entropy(label_logits[: len(real)].float(), batch["label"]),
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
    norms would take the label away. The learning rate is constant for half of the steps, and then falls to 0. Of
    several label sets at once, and the mask that tells them apart, there is nothing here.

    size: height and width of the pictures, one number for squares; others can be translated too
    channels: 1 for grey, 3 for colour, 4 with transparency
    classes: number of classes, as the data has them
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
    if critic_steps < 1:
        raise ValueError(f"critic_steps is {critic_steps}; it must be at least 1")
    height, breadth = sides(size)
    G = ResNetTranslator(channels + classes, channels, blocks=blocks, width=width, reflect=False, affine=True, kernel=4)
    return StarGAN(
        G,
        StarCritic((height, breadth), channels, classes, width),
        Image(channels, height, breadth),
        classes,
        cycle=cycle,
        label_weight=label_weight,
        penalty=penalty,
        critic_steps=critic_steps,
        steps=steps,
    )
