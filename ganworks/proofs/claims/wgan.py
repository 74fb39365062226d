"""WGAN's critic tells how good the samples are, while they get better."""

import copy

import torch

from ganworks.data import Stream
from ganworks.engine.engine import Engine
from ganworks.proofs.bench import BATCH, Bench
from ganworks.proofs.claim import AtLeast, Claim, Higher, Numbers
from ganworks.proofs.statistics import rank_correlation

DATA, MINUTES, MARKS, NUM = "fashion_mnist_10k", 2.0, 12, 2000


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """The rank correlation, over the checkpoints of a run, of what D sees with the distance of the samples."""
    pictures, judge = bench.pictures(DATA), bench.judge(DATA)
    system = bench.build(arm, pictures, seed, width=32)
    seen, distances = [], []

    def at_mark(engine: Engine) -> None:
        seen.append(difference(engine, Stream(pictures, BATCH, seed=100 + seed)))
        distances.append(judge.frechet(bench.samples(engine, NUM)))

    engine = bench.train(system, Stream(pictures, BATCH, seed=seed), seed, MINUTES, marks=MARKS, at_mark=at_mark)
    return {
        "rank correlation": rank_correlation(seen, distances),
        "first Fréchet distance": distances[0],
        "last Fréchet distance": distances[-1],
        "steps": engine.step,
    }


@torch.no_grad()
def difference(engine: Engine, stream: Stream, batches: int = 8) -> float:
    """Minus D's loss: the divergence that it sees between real pictures and new fakes, by batch norm as in training."""
    system, total = copy.deepcopy(engine.system).train(), 0.0  # a copy, as running means move
    for seed in range(batches):
        batch = next(stream)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            batch |= system.draw(len(batch["image"]))
        total -= sum(term.item() for term in system.d_loss(batch).values())  # type: ignore[operator]
    return total / batches


CLAIM = Claim(
    says="Over a run's checkpoints the critic's distance falls as the samples' Fréchet distance does (rank correlation "
    "0.7 or more), while the loss of a GAN's discriminator says less.",
    source="Arjovsky et al. 2017 (arXiv 1701.07875), section 4.2, figures 3 and 4",
    arms={
        "wgan": "as `ganworks train wgan --width 32`",
        "dcgan": "the same nets, the logarithmic loss and its own optimiser: Adam 2e-4, one move of D for each of G",
    },
    trial=trial,
    checks=[AtLeast("rank correlation", "wgan", 0.7), Higher("rank correlation", "wgan", "dcgan")],
    minutes=MINUTES + 0.5,
    remarks="""Twelve checkpoints, evenly over the time. What D sees is minus its loss, on fakes and real pictures that
    its last move did not have. What was found: the critic's distance does tell, in every run; but so does the loss of
    a GAN's discriminator as long as a run only gets better, which all of these do. The paper's figure 4 shows a GAN
    whose loss stays while its samples improve; here, on new pictures, it does not stay.""",
)
