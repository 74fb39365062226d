"""ESRGAN: a critic and VGG make enlarged pictures look more like true ones, for little of their nearness."""

from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Claim, Numbers
from ganworks.proofs.restored import PROTOCOL, SHARPER, STAGES, sharpened


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    return sharpened(bench, "esrgan", arm, seed, width=16, blocks=1, tap="conv3_4", adversarial=5e-4)


CLAIM = Claim(
    says="The second stage of a small ESRGAN brings textures that were kept apart, enlarged 4 times, nearer to the "
    "true ones by at least 15 % as VGG sees them, and nearer in their spectrum, and costs at most 2.5 dB of PSNR, "
    "against as long a training by pixels alone.",
    source="Wang et al. 2018 (arXiv 1809.00219), section 4.3 and figure 8",
    arms=STAGES,
    trial=trial,
    checks=SHARPER,
    minutes=3,
    needs=["textures", "vgg"],
    remarks=PROTOCOL
    + " The VGG that trains is the one that measures, by other layers too; the spectrum is independent. "
    "It is compared at conv3_4, and the critic has a weight of 5e-4: with the paper's conv5_4 and 5e-3, and D at the "
    "rate of G, D won within 150 steps, and half a minute of the second stage made the perceptual distance larger.",
)
