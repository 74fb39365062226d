"""SNGAN beats DCGAN on the same nets at equal time."""

from ganworks.proofs.claim import Claim, Lower
from ganworks.proofs.rivals import SETS, arms, trial

CLAIM = Claim(
    says="On DCGAN's nets, SNGAN's recipe (spectral norm in D, the hinge loss) gives better pictures than DCGAN's own.",
    source="Miyato et al. 2018 (arXiv 1802.05957), section 4.1",
    arms=arms("sngan"),
    trial=trial,
    checks=[Lower(f"Fréchet distance on {place}", f"sngan on {place}", f"dcgan on {place}") for place in SETS],
    minutes=3.0,
    needs=("emoji", "efficientnet_lite0"),
    remarks="""Width 32, averaged weights (0.999) in all arms; the paper moves D one to five times for each move of G.
    Garments have 28 px, emoji 64 px.""",
)
