"""Conditional GAN: pictures of the class that is asked for."""

from functools import partial
from math import prod
from typing import Any

from torch import nn
from torch.optim import Adam

from ganworks.core import Player
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.nets import dcgan, mlp
from ganworks.nets.conditional import (
    LabelledGenerator,
    LearnedPlane,
    OneHot,
    PlaneDiscriminator,
    ProjectionDiscriminator,
    VectorDiscriminator,
    check_condition,
)
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides
from ganworks.systems.tricks import apply_tricks

EMBEDDING = 32  # length of a learned code


class CGAN(Duel):
    """Both players know the label: G makes a picture of that class, D judges whether it is a real one of that class."""

    adversarial = NON_SATURATING

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}


@register(size=16, width=4, classes=3)
def cgan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    classes: int = 0,
    width: int = 64,
    latent: int = 100,
    condition: str = "concat",
    nets: str = "dcgan",
    **tricks: Any,
) -> CGAN:
    """Conditional GAN, Mirza & Osindero 2014 (arXiv 1411.1784), eq. 2.

    The paper's nets are fully connected (nets="mlp"); DCGAN's are the default.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    classes: number of classes, as the data has them
    width: channels of the finest layers, doubled at each coarser one; with "mlp", units
    latent: length of z
    condition: how the nets learn the label, "concat" (one-hot), "embed" (learned codes) or "projection"
    nets: "dcgan" or "mlp"
    """
    if classes < 2:
        raise ValueError(
            f"cgan was given {classes} classes, it needs 2 or more: put the pictures of each class into its own folder"
        )
    check_condition(condition)
    image = Image(channels, *sides(size))
    code = OneHot(classes) if condition == "concat" else nn.Embedding(classes, EMBEDDING)
    code_length = classes if condition == "concat" else EMBEDDING
    if nets == "dcgan":
        G: nn.Module = dcgan.Generator((image.height, image.width), channels, latent + code_length, width)
        D = convolutional_critic(image, classes, width, condition)
    elif nets == "mlp":
        G = mlp.Generator(image.shape, latent + code_length, width)
        D = connected_critic(image, classes, width, condition)
    else:
        raise ValueError(f"nets is '{nets}'; possible: dcgan, mlp")
    return apply_tricks(CGAN(LabelledGenerator(G, code), D, image, latent, classes=classes), **tricks)


def convolutional_critic(image: Image, classes: int, width: int, condition: str) -> nn.Module:
    size = (image.height, image.width)
    if condition == "projection":
        return ProjectionDiscriminator(dcgan.Discriminator(size, image.channels, width), classes)
    if condition == "embed":
        return PlaneDiscriminator(dcgan.Discriminator(size, image.channels + 1, width), LearnedPlane(classes, *size))
    return PlaneDiscriminator(dcgan.Discriminator(size, image.channels + classes, width), OneHot(classes))


def connected_critic(image: Image, classes: int, width: int, condition: str) -> nn.Module:
    num_values = prod(image.shape)
    if condition == "projection":
        return ProjectionDiscriminator(mlp.Discriminator(num_values, width), classes)
    if condition == "embed":
        return VectorDiscriminator(mlp.Discriminator(num_values + EMBEDDING, width), nn.Embedding(classes, EMBEDDING))
    return VectorDiscriminator(mlp.Discriminator(num_values + classes, width), OneHot(classes))
