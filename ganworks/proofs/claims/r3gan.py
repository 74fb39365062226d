"""R3GAN's recipe beats DCGAN's on DCGAN's nets at equal time."""

from ganworks.proofs.claim import Claim, Lower
from ganworks.proofs.rivals import SETS, arms, trial

CLAIM = Claim(
    says="On DCGAN's nets, R3GAN's recipe (the relativistic loss, R1 and R2, no norm in D) gives better pictures.",
    source="Huang et al. 2025 (arXiv 2501.05441), section 2 and table 1",
    arms=arms("r3gan"),
    trial=trial,
    checks=[Lower(f"Fréchet distance on {place}", f"r3gan on {place}", f"dcgan on {place}") for place in SETS],
    minutes=3.0,
    needs=("emoji", "efficientnet_lite0"),
    remarks="""Width 32, averaged weights (0.999) in all arms; the paper's own nets want a GPU. Garments have 28 px,
    emoji 64 px.""",
)
