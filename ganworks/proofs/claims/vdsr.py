"""VDSR enlarges pictures by a decibel better than bicubic interpolation, and learning the residual is why."""

from ganworks.proofs import restored
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import AtLeast, Claim, Lower, Numbers

PATCH, SCALE, WIDTH, LAYERS, STEPS = 48, 2, 16, 8, 2500
ARMS = {"residual": True, "whole picture": False}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    patches = restored.textures(bench, PATCH, SCALE, "bicubic")
    own = {"scale": SCALE, "skip": ARMS[arm], "width": WIDTH, "layers": LAYERS, "steps": STEPS}
    system = bench.build("vdsr", patches, seed, **own)
    engine = restored.learnt_in_steps(bench, patches, system, seed, STEPS)
    return restored.enlarging(bench, engine, patches)


CLAIM = Claim(
    says="A small VDSR enlarges textures that were kept apart, twice, by at least 1 dB of PSNR better than bicubic "
    "interpolation; learning the whole picture in place of the residual is behind after as many steps.",
    source="Kim et al. 2015 (arXiv 1511.04587), section 3.2 and tables 1 and 3",
    arms={
        "residual": "VDSR, 8 layers of 16 channels, x2",
        "whole picture": "the same without residual learning",
    },
    trial=trial,
    checks=[
        AtLeast("textures: gain over bicubic, dB", "residual", 1.0),
        Lower("textures: squared error", "residual", "whole picture"),
    ],
    minutes=2.5,
    needs=["textures", "photos"],
    remarks=restored.PROTOCOL,
)
