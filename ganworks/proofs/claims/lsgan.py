"""Without batch norm, under RMSProp, least squares train where the sigmoid's loss saturates."""

from functools import partial

import torch
from torch.optim import RMSprop

from ganworks.core import Player
from ganworks.data import Stream
from ganworks.losses.adversarial import NON_SATURATING, Adversarial, least_squares
from ganworks.nets.dcgan import Discriminator, Generator
from ganworks.proofs.bench import BATCH, Bench
from ganworks.proofs.claim import Claim, Higher, Lower, Numbers
from ganworks.specs import Image
from ganworks.systems.duel import Duel

DATA, MINUTES, WIDTH, LATENT = "fashion_mnist_10k", 1.5, 32, 100
LOSSES = {"least squares": least_squares(), "sigmoid": NON_SATURATING}


class Bare(Duel):
    """DCGAN's nets without batch norm, moved by RMSProp."""

    def __init__(self, image: Image, adversarial: Adversarial):
        size = (image.height, image.width)
        G, D = Generator(size, image.channels, LATENT, WIDTH), Discriminator(size, image.channels, WIDTH, "none")
        for module in G.modules():
            for name, child in module.named_children():
                if isinstance(child, torch.nn.BatchNorm2d):
                    setattr(module, name, torch.nn.Identity())
        super().__init__(G, D, image, LATENT)
        self.adversarial = adversarial

    def players(self) -> dict[str, Player]:
        rmsprop = partial(RMSprop, lr=5e-5)
        return {"G": Player(self.G, rmsprop), "D": Player(self.D, rmsprop)}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    pictures = bench.pictures(DATA)
    torch.manual_seed(seed)
    image = pictures.specs["image"]
    assert isinstance(image, Image)
    engine = bench.train(Bare(image, LOSSES[arm]), Stream(pictures, BATCH, seed=seed), seed, MINUTES)
    samples = bench.samples(engine)
    probabilities = bench.judge(DATA).probabilities(samples)
    return {
        "Fréchet distance": bench.judge(DATA).frechet(samples),
        "classes": torch.distributions.Categorical(probabilities.mean(0)).entropy().exp().item(),
        "steps": engine.step,
    }


CLAIM = Claim(
    says="With no batch norm in either net and RMSProp, the least-squares loss gives better and more varied garments.",
    source="Mao et al. 2016 (arXiv 1611.04076), section 4.2, stability without batch normalisation",
    arms={"least squares": "targets 0, 1, 1", "sigmoid": "the non-saturating loss of the same nets"},
    trial=trial,
    checks=[Lower("Fréchet distance", "least squares", "sigmoid"), Higher("classes", "least squares", "sigmoid")],
    minutes=MINUTES,
    remarks="""The paper shows this on LSUN bedrooms at 112 px, by eye. Weights from N(0, 0.02), rate 5e-5. Before the
    trials, on another seed, 1.5 minutes (distance, classes): as here 42, 7.0 against 41, 5.9; He's weights 87, 2.5
    against 40, 7.7; and rate 2e-4 with He's weights at width 64 120, 2.1 against 110, 5.4. `classes` is the perplexity
    of the classes that a classifier finds in the samples, 10 at most.""",
)
