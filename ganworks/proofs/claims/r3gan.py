"""The relativistic loss with R1 and R2 beats DCGAN's at equal time."""

from ganworks.proofs.claim import Claim, Lower
from ganworks.proofs.rivals import SETS, trial

CLAIM = Claim(
    says="On DCGAN's nets, the relativistic loss with both penalties gives better pictures than DCGAN's own training.",
    source="Huang et al. 2025 (arXiv 2501.05441), section 2 and table 1",
    arms={f"{system} on {place}": f"{system} on {place}" for place in SETS for system in ("r3gan", "dcgan")},
    trial=trial,
    checks=[Lower(f"Fréchet distance on {place}", f"r3gan on {place}", f"dcgan on {place}") for place in SETS],
    minutes=2.5,
    needs=("emoji", "efficientnet_lite0"),
    remarks="""Width 32, garments 28 px, emoji 64 px; the paper's own nets want a GPU.""",
)
