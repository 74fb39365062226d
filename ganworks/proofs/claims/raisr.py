"""RAISR: filters learnt by least squares beat bicubic interpolation, and choosing them by edges helps."""

from ganworks.proofs import restored
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import AtLeast, Claim, Lower, Numbers

PATCH, SCALE, MINUTES = 48, 2, 0.5
ARMS = {"by edges": (24, 3), "one filter": (1, 1)}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    angles, levels = ARMS[arm]
    patches = restored.textures(bench, PATCH, SCALE, "bicubic")
    system = bench.build("raisr", patches, seed, scale=SCALE, angles=angles, levels=levels)
    engine = restored.learnt(bench, patches, system, seed, minutes=MINUTES, rates=None)
    return restored.enlarging(bench, engine, patches)


CLAIM = Claim(
    says="A bank of filters, learnt in half a minute without a network, enlarges textures that were kept apart, twice, "
    "by at least 0.3 dB of PSNR better than bicubic interpolation, and better than one filter for all edges.",
    source="Romano et al. 2016 (arXiv 1606.01299), section III and table I",
    arms={
        "by edges": "216 filters for each pixel that one becomes: 24 angles, 3 strengths, 3 coherences",
        "one filter": "one for each pixel that one becomes",
    },
    trial=trial,
    checks=[
        AtLeast("textures: gain over bicubic, dB", "by edges", 0.3),
        Lower("textures: squared error", "by edges", "one filter"),
    ],
    minutes=1,
    needs=["textures", "photos"],
    remarks=restored.PROTOCOL,
)
