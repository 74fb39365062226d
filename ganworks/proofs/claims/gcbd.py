"""Noise that is not Gaussian is removed better by a net that learnt it from noisy pictures than by one that guesses."""

import numpy as np
import torch
from torch import Tensor

from ganworks.core import Batch
from ganworks.data.domains import Domains, stream_of
from ganworks.data.patches import PatchStream
from ganworks.data.write import to_arrays
from ganworks.engine.engine import Stream
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import AtMost, Claim, Higher, Numbers
from ganworks.proofs.repaired import decibels, held_out, photographs
from ganworks.proofs.versions import held
from ganworks.systems.restore.gcbd import GCBD

WIDTH, DEPTH, SIDE, BATCH, SIGMA, NUM = 16, 8, 64, 8, 30 / 127.5, 1500
NOISE_MINUTES, MINUTES = 2.0, 1.5
NETS = {"learnt": "gcbd", "Gaussian": "dncnn", "true": "dncnn"}


def stripes(like: Tensor, random: torch.Generator) -> Tensor:
    """Noise whose rows are alike in neighbouring pixels, as of a scanner: each is the mean of 5, brought to SIGMA."""
    grain = torch.randn(*like.shape[:3], like.shape[3] + 4, generator=random)
    return SIGMA * grain.unfold(3, 5, 1).mean(4) * 5**0.5


def noisy(clean: Tensor, seed: int) -> Tensor:
    return (clean + stripes(clean, torch.Generator().manual_seed(seed))).clamp(-1, 1)


class Pairs:
    """Clean pictures of a stream, and the same with noise."""

    def __init__(self, stream: Stream, arm: str):
        self.stream, self.arm, self.batch, self.position = stream, arm, stream.batch, stream.position

    def seek(self, position: int) -> None:
        self.stream.seek(position)
        self.position = position

    def __next__(self) -> Batch:
        seed, clean = self.position, next(self.stream)["image"]
        self.position = self.stream.position
        if self.arm == "true":
            return {"image": clean, "other": noisy(clean, seed)}
        grain = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))
        return {"image": clean, "other": (clean + SIGMA * grain).clamp(-1, 1)}


def patches_of(bench: Bench, seed: int) -> Tensor:
    """(N, 3, SIDE, SIDE), from other places by another seed."""
    stream = PatchStream(photographs(bench, "noise:0", SIDE), NUM if bench.scale >= 0.1 else 16, seed=seed, workers=0)
    return next(stream)["image"]


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    clean = held(np.ascontiguousarray(to_arrays(patches_of(bench, 0))), "clean")
    system = bench.build(NETS[arm], clean, seed, width=WIDTH, depth=DEPTH)
    found: Numbers = {}
    if isinstance(system, GCBD):
        dirty = held(np.ascontiguousarray(to_arrays(noisy(patches_of(bench, 1), seed=1))), "noisy")
        engine = bench.train(system, stream_of(Domains(clean, dirty), BATCH, seed=seed), seed, NOISE_MINUTES)
        system.first = 0  # from now on G alone moves
        bench.drive(engine, NOISE_MINUTES + MINUTES)
        found = likeness(system)
    else:
        engine = bench.train(system, Pairs(stream_of(clean, BATCH, seed=seed), arm), seed, MINUTES)
    true = held_out(bench, "noise:0")["image"]
    other = noisy(true, seed=2)
    made = decibels(system.translate(other), true)  # type: ignore[operator]
    return found | {"dB": made, "dB gained": made - decibels(other, true), "steps": engine.step}


def likeness(system: GCBD) -> Numbers:
    """Strength of the noise found and of the noise made, and how alike neighbours are, beside and below each other."""
    with torch.no_grad():
        made = system.eval().noise(system.draw_by(0, 256)["z"])
    true = stripes(made, torch.Generator().manual_seed(3))
    found: Numbers = {"blocks found on smooth ground": float((system.roughness <= 1).sum())}
    for name, noise in (("found", system.found(torch.linspace(0, 0.999, 256))), ("made", made), ("true", true)):
        noise = noise - noise.mean((2, 3), keepdim=True)
        power = noise.square().mean()
        found[f"{name}: sigma"] = 127.5 * power.sqrt().item()
        found[f"{name}: beside"] = ((noise[..., 1:] * noise[..., :-1]).mean() / power).item()
        found[f"{name}: below"] = ((noise[:, :, 1:] * noise[:, :, :-1]).mean() / power).item()
    found["error of sigma"] = abs(found["made: sigma"] / found["true: sigma"] - 1)
    found["error of beside"] = abs(found["made: beside"] - found["true: beside"])
    return found


CLAIM = Claim(
    says="A GAN learns striped noise from noisy pictures alone, and a net removes it better than one that learnt on "
    "Gaussian noise as strong",
    source="Chen et al. 2018 (Image Blind Denoising With GAN Based Noise Modeling), section 4",
    arms={"learnt": "noise that a GAN learnt", "Gaussian": "as strong, but Gaussian", "true": "the true noise"},
    trial=trial,
    checks=[
        AtMost("error of sigma", "learnt", 0.15),
        AtMost("error of beside", "learnt", 0.15),
        Higher("dB", "learnt", "Gaussian"),
    ],
    minutes=NOISE_MINUTES + MINUTES + 0.2,
    needs=["photos"],
    remarks="""Photographs with noise of sigma 30 that is alike in pixels beside each other; clean patches are of other
    places. Nine photographs to learn from, 48 patches of 96 pixels of three others to measure on. Each denoiser has the
    same time; the noise has its own besides. Gaussian noise is given the true sigma.""",
)
