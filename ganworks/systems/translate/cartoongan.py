"""CartoonGAN: photographs as cartoons, learnt without pairs."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss, softplus
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.edges import without_edges
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.nets.cartoon_critic import CartoonCritic
from ganworks.nets.dcgan import start
from ganworks.nets.resnet_translator import ResNetTranslator
from ganworks.nets.vgg import VGG
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation

CONTENT = "conv4_4"


class CartoonGAN(Translation):
    """G makes a cartoon, "image", of a photograph, "other"; to D cartoons without clear edges are fakes as well.

    G: (N, C, H, W) -> (N, C, H, W) in [-1, 1]. D: (N, C, H, W) -> logits (N, 1, h, w).
    """

    def __init__(
        self, G: nn.Module, D: nn.Module, eyes: VGG, image: Image, *, content: float, edges: float, first_steps: int
    ):
        super().__init__(image)
        self.multiple = getattr(G, "multiple", 1)
        self.G, self.D, self.eyes = G, D, eyes
        self.content, self.edges, self.first_steps = content, edges, first_steps

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        if step < self.first_steps:
            return [Turn("G", self.first_loss)]
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def make(self, inputs: Batch) -> Tensor:
        return self.G(inputs["other"])

    def first_loss(self, batch: Batch) -> Terms:
        """Of the beginning: G learns to draw what is there."""
        return {"content": self.content * self.difference(self.make(batch), batch["other"])}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch)
        batch["fake"] = fake.detach()  # for D's turn
        return {
            "adversarial": NON_SATURATING.g(self.D(fake)),
            "content": self.content * self.difference(fake, batch["other"]),
        }

    def d_loss(self, batch: Batch) -> Terms:
        terms = {"adversarial": NON_SATURATING.d(self.D(batch["image"]), self.D(batch["fake"]))}
        if self.edges:
            terms["edges"] = self.edges * softplus(self.D(without_edges(batch["image"])).float()).mean()
        return terms

    def difference(self, fake: Tensor, photograph: Tensor) -> Tensor:
        """Of what VGG sees in both."""
        with torch.no_grad():
            (there,) = self.eyes(photograph, [CONTENT])
        return l1_loss(self.eyes(fake, [CONTENT])[0].float(), there.float())

    def scores(self, batch: Batch) -> Batch:
        with torch.no_grad():
            fake = self.make(batch)
        return {name: self.D(x).flatten(1).mean(1) for name, x in (("real", batch["image"]), ("fake", fake))}


@register(size=16, width=4, blocks=1, vgg="random", first_steps=2)
def cartoongan(
    *,
    size: int | tuple[int, int] = 256,
    channels: int = 3,
    width: int = 64,
    blocks: int = 8,
    vgg: str = "vgg19",
    content: float = 10.0,
    edges: float = 1.0,
    first_steps: int | None = None,
    steps: int = 20_000,
) -> CartoonGAN:
    """CartoonGAN, Chen, Lai & Liu 2018 (CVPR), eq. 1: photographs as cartoons, by two sets without pairs.

    The first set are the cartoons, the second the photographs. The paper has batches of 8 and begins with 10 rounds of
    content alone. G's adversarial loss is the usual one that does not saturate; norms are of single pictures.

    size: height and width of the pictures, one number for squares; others can be translated too
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the first layers; the translator has up to 4 x as many, the critic from a half to 4 x
    blocks: residual blocks of the translator
    vgg: the network whose maps are compared: vgg19, downloaded once, or a file of weights
    content: weight of the content, the paper's omega
    edges: weight of the cartoons without clear edges among D's fakes; the paper's 1; with 0 there are none
    first_steps: steps in which content alone counts; a tenth of all if not given
    steps: of the run
    """
    height, breadth = sides(size)
    G = ResNetTranslator(channels, channels, blocks=blocks, width=width, affine=True, refined=True).apply(start)
    D = CartoonCritic(channels, max(width // 2, 1)).apply(start)
    return CartoonGAN(
        G,
        D,
        VGG(vgg),
        Image(channels, height, breadth),
        content=content,
        edges=edges,
        first_steps=steps // 10 if first_steps is None else first_steps,
    )
