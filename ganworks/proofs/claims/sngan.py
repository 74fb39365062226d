"""Spectral norm beats batch norm in the discriminator at equal time."""

from ganworks.proofs.claim import Claim, Lower
from ganworks.proofs.rivals import SETS, trial

CLAIM = Claim(
    says="On DCGAN's nets, spectral norm and the hinge loss give better pictures than batch norm and the logarithm.",
    source="Miyato et al. 2018 (arXiv 1802.05957), section 4.1",
    arms={f"{system} on {place}": f"{system} on {place}" for place in SETS for system in ("sngan", "dcgan")},
    trial=trial,
    checks=[Lower(f"Fréchet distance on {place}", f"sngan on {place}", f"dcgan on {place}") for place in SETS],
    minutes=2.5,
    needs=("emoji", "efficientnet_lite0"),
    remarks="""Width 32, one move of D for each of G (the paper has one to five), garments 28 px, emoji 64 px.""",
)
