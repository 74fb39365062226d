"""A G that gives every real digit back draws more of their stacks."""

from ganworks.proofs.stacked import claim

CLAIM = claim(
    "mrgan",
    source="Che et al. 2017 (arXiv 1612.02136), section 4.1.2",
    published="Published, by the size of D: 32 to 115 modes missed with the regulariser, 205 and more without.",
    minutes=3.0,
)
