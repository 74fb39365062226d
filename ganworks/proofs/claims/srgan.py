"""SRGAN: a critic and VGG make enlarged pictures look more like true ones, for little of their nearness."""

from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Claim, Numbers
from ganworks.proofs.restored import PROTOCOL, SHARPER, STAGES, sharpened


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    return sharpened(bench, "srgan", arm, seed, width=16, blocks=4, tap="relu3_4", adversarial=1e-4)


CLAIM = Claim(
    says="The second stage of a small SRGAN brings textures that were kept apart, enlarged 4 times, nearer to the "
    "true ones by at least 15 % as VGG sees them, and nearer in their spectrum, and costs at most 2.5 dB of PSNR, "
    "against as long a training by pixels alone.",
    source="Ledig et al. 2016 (arXiv 1609.04802), tables 1 and 2",
    arms=STAGES,
    trial=trial,
    checks=SHARPER,
    minutes=3,
    needs=["textures", "vgg"],
    remarks=PROTOCOL
    + " The VGG that trains is the one that measures, by other layers too; the spectrum is independent. "
    "It is compared at relu3_4, and the critic has a weight of 1e-4; the paper has relu5_4 and 1e-3.",
)
