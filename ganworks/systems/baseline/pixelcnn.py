"""PixelCNN: pixel after pixel, each from those before it; its likelihood is exact."""

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.optim import Adam, Optimizer

from ganworks.core import Batch, Player, System, Terms, Turn
from ganworks.losses.logistic import bits_per_dimension, choose, first_guess, to_values
from ganworks.nets.painting import Autoregressive, paint
from ganworks.nets.pixelcnn import PixelCNN
from ganworks.registry import register
from ganworks.specs import Image, Label, Spec
from ganworks.systems.duel import sides


class PixelByPixel(System):
    """G gives each pixel a distribution, from those before it; it learns by the exact likelihood of 8-bit pictures.

    With `classes`, G is told the label. decay: of the learning rate, in each step.
    """

    def __init__(
        self, G: Autoregressive, image: Image, classes: int, optimizer: Callable[..., Optimizer], decay: float
    ):
        super().__init__()
        self.G, self.image, self.classes = G, image, classes
        self.optimizer, self.decay = optimizer, decay
        self.specs: dict[str, Spec] = {"image": image} | ({"label": Label(classes)} if classes else {})

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.G, self.optimizer, ema=0.9995, schedule=lambda step: self.decay**step)}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.loss)]

    def draw(self, num: int) -> Batch:
        noise = {"noise": torch.rand(num, 1 + self.image.channels, self.image.height, self.image.width)}
        return noise | {"label": torch.arange(num) % self.classes} if self.classes else noise

    def generate(self, inputs: Batch) -> Batch:
        noise = inputs["noise"]
        with torch.autocast(noise.device.type, enabled=False):
            return {"image": paint(self.G, noise, choose, inputs.get("label"))}

    def loss(self, batch: Batch) -> Terms:
        return {"bits": self.bits(batch["image"], batch.get("label")).mean()}

    def bits(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """Exact bits per dimension of 8-bit pictures (N, C, H, W) in [-1, 1]: (N,).

        Of those with labels (N,) if they are given; if not, of the mixture of all classes in equal parts.
        """
        if label is None and self.classes:
            classes = torch.arange(self.classes, device=image.device)
            each = torch.stack([self.bits(image, label.expand(len(image))) for label in classes])
            nats = math.log(2) * image[0].numel()  # in a bit per dimension
            return (math.log(self.classes) - (-nats * each).logsumexp(0)) / nats
        image = to_values(image)
        return bits_per_dimension(self.G(image, label), image)


@register(size=8, width=4, layers=3, mixtures=3, classes=3)
def pixelcnn(
    *,
    size: int | tuple[int, int] = 32,
    channels: int = 3,
    classes: int = 0,
    width: int = 32,
    layers: int = 7,
    mixtures: int = 10,
    stacks: int = 2,
) -> PixelByPixel:
    """Gated PixelCNN, van den Oord et al. 2016 (arXiv 1606.05328), eq. 1, 2 and 4, with PixelCNN++'s distribution.

    A 7x7 layer, then 3x3 ones, gated and residual, in a vertical and a horizontal stack without a blind spot. A pixel
    is a mixture of logistics (Salimans et al. 2017, arXiv 1701.05517, eq. 2 and 3) and not a softmax over 256 values,
    so that it knows that 127 is next to 128; its means tie the colours, so that layers need not be split among them.
    Adam and the averaging are also PixelCNN++'s; its U-net and its dropout are left out. We differ by 3x3 filters and
    a small width, as the papers' nets want GPUs; and the label enters the vertical stack, by it the horizontal one.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    classes: number of classes, as the data has them, 0 to learn all as one
    width: channels of each stack
    layers: gated layers
    mixtures: logistic distributions in the mixture of a pixel
    stacks: 2, or 1 for masked convolutions as in the first PixelCNN (arXiv 1601.06759), which have a blind spot
    """
    if stacks not in (1, 2) or min(width, layers, mixtures) < 1:
        raise ValueError(
            f"stacks is {stacks}, width {width}, layers {layers}, mixtures {mixtures}: stacks must be 1 or 2, the "
            "others at least 1"
        )
    image = Image(channels, *sides(size, least=2))
    guess = first_guess(channels, mixtures)
    net = PixelCNN(channels, width, guess, layers=layers, stacks=stacks, classes=classes)
    return PixelByPixel(net, image, classes, partial(Adam, lr=1e-3, betas=(0.95, 0.9995)), decay=0.999995)
