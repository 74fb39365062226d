"""Flow-GAN: one generator, trained by its likelihood, by a critic, or by both."""

from functools import partial
from math import log

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import AT_ONCE, Batch, Player, Terms, Turn
from ganworks.losses import penalties
from ganworks.losses.adversarial import WASSERSTEIN
from ganworks.nets.dcgan import Discriminator
from ganworks.nets.flow import Flow
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides

OBJECTIVES = ("hybrid", "likelihood", "adversarial")
MIDDLE = 127.5  # of 8-bit values


class FlowGAN(Duel):
    """G is invertible, so that the density of what it makes is known, whoever trains it.

    D, and G's density, see 8-bit values spread evenly over their steps of 1/128; samples are brought back to values.
    """

    adversarial = WASSERSTEIN
    G: Flow

    def __init__(
        self, G: Flow, D: nn.Module, image: Image, *, objective: str, weight: float, penalty: float, critic_steps: int
    ):
        super().__init__(G, D, image, G.latent, critic_steps=critic_steps)
        self.objective, self.weight, self.penalty = objective, weight, penalty

    def players(self) -> dict[str, Player]:
        if self.objective == "likelihood":
            return {"G": Player(self.G, partial(Adam, lr=1e-3, betas=(0.9, 0.9)))}
        adam = partial(Adam, lr=1e-3 if self.objective == "hybrid" else 1e-4, betas=(0.5, 0.9))
        return {"G": Player(self.G, adam), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss)] if self.objective == "likelihood" else super().turns(step)

    def draw(self, num: int) -> Batch:
        shape = self.specs["image"].shape
        return super().draw(num) | {"uniform": torch.rand(num, *shape), "t": torch.rand(num)}

    def generate(self, inputs: Batch) -> Batch:
        made = super().generate(inputs)["image"]
        return {"image": (((made + 1) * 128 - 0.5) / MIDDLE - 1).clamp(-1, 1)}

    def real(self, batch: Batch) -> Tensor:
        return spread(super().real(batch), batch["uniform"])

    def g_loss(self, batch: Batch) -> Terms:
        terms = {} if self.objective == "likelihood" else super().g_loss(batch)
        if self.objective != "adversarial":
            terms["likelihood"] = -self.weight * self.G.log_density(self.real(batch)).mean()
        return terms

    def d_loss(self, batch: Batch) -> Terms:
        real, fake = self.pair(batch)
        penalty = penalties.wgan_gp(self.D, real, fake, batch["t"])
        return {"wasserstein": self.contest(batch, *self.both_logits(batch)), "penalty": self.penalty * penalty}

    def scores(self, batch: Batch) -> Batch:
        return {} if self.objective == "likelihood" else super().scores(batch)

    @torch.no_grad()
    def bits(self, image: Tensor, seed: int = 0) -> Tensor:
        """Bits that each 8-bit value of pictures (N, C, H, W) in [-1, 1] takes, on average: (N,).

        Exact for values spread by noise, and so an upper bound for the values themselves (arXiv 1511.01844, 3.1).
        """
        generator = torch.Generator().manual_seed(seed)
        x = spread(image, torch.rand(image.shape, generator=generator).to(image.device))
        density = torch.cat([self.G.log_density(part) for part in x.split(AT_ONCE)])
        return log(128) / log(2) - density / (image[0].numel() * log(2))


def spread(image: Tensor, uniform: Tensor) -> Tensor:
    """8-bit values as densities have them: (N, C, H, W) in [-1, 1] -> the same."""
    return ((image.float() + 1) * MIDDLE + uniform) / 128 - 1


@register(size=8, width=4, depth=1)
def flowgan(
    *,
    size: int | tuple[int, int] = 32,
    channels: int = 3,
    width: int = 64,
    depth: int = 4,
    objective: str = "hybrid",
    weight: float = 1.0,
    penalty: float = 10.0,
    critic_steps: int = 5,
) -> FlowGAN:
    """Flow-GAN, Grover, Dhar & Ermon 2018 (arXiv 1705.08868): a real NVP that minimises V(G, D) - weight * E log p(x).

    V is WGAN-GP's; the rates, and the critic with layer norm, are those of the authors' code for CIFAR-10: 1e-3, but
    1e-4 without likelihood. p is in nats a picture. Sides must be even.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels inside the flow's couplings, and of the critic's finest layer
    depth: couplings at each scale of the flow
    objective: "hybrid", "likelihood" or "adversarial"
    weight: of the likelihood; the authors' commands have 1 for MNIST and 20 for CIFAR-10
    penalty: weight of the gradient penalty
    critic_steps: moves of the critic for each of the generator
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"objective is '{objective}'; possible: {', '.join(OBJECTIVES)}")
    image = Image(channels, *sides(size))
    G = Flow((image.height, image.width), channels, width, depth)
    trained_alone = objective == "likelihood"
    D = nn.Identity() if trained_alone else Discriminator((image.height, image.width), channels, width, "layer")
    return FlowGAN(G, D, image, objective=objective, weight=weight, penalty=penalty, critic_steps=critic_steps)
