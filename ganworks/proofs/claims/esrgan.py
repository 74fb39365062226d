"""ESRGAN: a critic and VGG make enlarged pictures look more like true ones, for little of their nearness."""

from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Claim, Numbers
from ganworks.proofs.restored import MINUTES, PROTOCOL, SHARPER, STAGES, sharpened


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    return sharpened(bench, "esrgan", arm, seed, width=32, blocks=2, tap="conv3_4", adversarial=1e-4)


CLAIM = Claim(
    says="The second stage of a small ESRGAN brings textures that were kept apart, enlarged 4 times, nearer to the "
    "true ones by at least 15 % as VGG sees them, and nearer in their spectrum, and costs at most 2.5 dB of PSNR, "
    "against as long a training by pixels alone.",
    source="Wang et al. 2018 (arXiv 1809.00219), section 4.3 and figure 8",
    arms=STAGES,
    trial=trial,
    checks=SHARPER,
    minutes=MINUTES,
    needs=["textures", "vgg"],
    remarks=PROTOCOL
    + """ The VGG that trains is the one that measures, by other layers too; the spectrum is independent. It is
    compared at conv3_4, and the critic has a weight of 1e-4: with the paper's conv5_4 and 5e-3, and D at the rate
    of G, D won within 150 steps. At first there was one block of 16 channels, for two minutes and a half, and a
    critic of 5e-4: the perceptual distance was 0.364, by pixels 0.361. On another seed, after 200 seconds by
    pixels, at 0.348: after 61 seconds more 0.313 with 1e-4; with several maps, as Real-ESRGAN has them, 0.318 with
    5e-4, 0.315 with 2e-4, 0.315 with none, and 0.327 where all have the same weight.""",
)
