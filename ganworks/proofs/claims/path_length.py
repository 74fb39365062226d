"""Path length regularisation smooths StyleGAN2's way from w to pictures."""

import torch
from torch import Tensor

from ganworks.data import Stream
from ganworks.metrics.extractors.abstract import Network
from ganworks.metrics.path_length import path_steps, perceptual_path_length
from ganworks.proofs.bench import BATCH, Bench
from ganworks.proofs.claim import Claim, Lower, Numbers
from ganworks.systems.image.stylegan2 import StyleGAN2

DATA, MINUTES, NUM = "fashion_mnist_10k", 2.5, 2000
NETS: dict[str, object] = {"width": 16, "latent": 128, "classes": 0}
ARMS = {"regularised": 2.0, "without": 0.0}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    pictures, judge = bench.pictures(DATA), bench.judge(DATA)
    system = bench.build("stylegan2", pictures, seed, path=ARMS[arm], **NETS)
    engine = bench.train(system, Stream(pictures, BATCH, seed=seed), seed, MINUTES)
    averaged = engine.average.system
    assert isinstance(averaged, StyleGAN2) and isinstance(judge.eyes, Network)
    return {
        "path length": perceptual_path_length(steps(averaged.eval(), judge.eyes, seed)).value,
        "Fréchet distance": judge.frechet(bench.samples(engine)),
        "steps": engine.step,
    }


@torch.no_grad()
def steps(system: StyleGAN2, eyes: Network, seed: int) -> Tensor:
    """Of random paths in w, each with one noise, to the judge's features: (NUM,)."""
    begin, end = system.inputs(NUM, seed), system.inputs(NUM, seed + 1000)
    random = torch.Generator().manual_seed(seed)
    found = []
    for rows, t in zip(torch.arange(NUM).split(BATCH), torch.rand(NUM, generator=random).split(BATCH), strict=True):
        ends = system.styles({"z": begin["z"][rows]}), system.styles({"z": end["z"][rows]})
        noise = begin["noise"][rows]

        def make(w: Tensor, noise: Tensor = noise) -> Tensor:
            return system.generate({"w": w, "noise": noise})["image"]

        found.append(path_steps(make, eyes.backbone, ends, t))
    return torch.cat(found)


CLAIM = Claim(
    says="Path length regularisation shortens perceptual paths in w by at least 20 %.",
    source="Karras et al. 2020 (arXiv 1912.04958), table 1, rows C and D",
    arms={
        "regularised": "as `ganworks train stylegan2 --width 16 --latent 128`, without labels",
        "without": "--path 0",
    },
    trial=trial,
    checks=[Lower("path length", "regularised", "without", by=0.2)],
    minutes=MINUTES + 0.3,
    remarks="""The paper: 158.0 without and 122.5 with, by LPIPS on faces. Ours is by the features of a classifier of
    garments, over the whole path, with averaged weights. After a thousand steps trainings differ more by their seed
    than by this. With batches of 16, on seed 100: 338 with, 578 without.""",
)
