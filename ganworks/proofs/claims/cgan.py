"""A conditional GAN obeys its labels."""

import torch

from ganworks.core import Batch
from ganworks.data import Stream
from ganworks.proofs.bench import BATCH, Bench
from ganworks.proofs.claim import AtLeast, Claim, Higher, Numbers

DATA, MINUTES, NUM = "fashion_mnist_10k", 2.0, 2000


class Shuffled(Stream):
    """The same pictures with the labels of others: they say nothing."""

    def __next__(self) -> Batch:
        batch = super().__next__()
        return batch | {"label": batch["label"].roll(1)}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    pictures = bench.pictures(DATA)
    stream = (Stream if arm == "true labels" else Shuffled)(pictures, BATCH, seed=seed)
    engine = bench.train(bench.build("cgan", pictures, seed, width=32), stream, seed, MINUTES)
    asked = torch.arange(NUM) % 10
    samples = engine.sample(NUM, seed=1, label=asked)["image"]
    judge = bench.judge(DATA)
    return {
        "labels obeyed": (judge.probabilities(samples).argmax(1) == asked).double().mean().item(),
        "Fréchet distance": judge.frechet(samples),
        "steps": engine.step,
    }


CLAIM = Claim(
    says="A classifier of real garments finds the label that was asked for in at least 80 % of the samples.",
    source="Mirza & Osindero 2014 (arXiv 1411.1784), section 4.1",
    arms={
        "true labels": "as `ganworks train cgan --width 32`",
        "shuffled labels": "each picture has the label of another one",
    },
    trial=trial,
    checks=[AtLeast("labels obeyed", "true labels", 0.8), Higher("labels obeyed", "true labels", "shuffled labels")],
    minutes=MINUTES,
    remarks="""The classifier is right on 88 % of real garments that it has not seen. Before the trials, on another
    seed, two minutes with width 64 gave 79 %; so the width was halved.""",
)
