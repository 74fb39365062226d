"""A G that foresees D's next steps draws more stacks of digits."""

from ganworks.proofs.stacked import claim

CLAIM = claim(
    "unrolled",
    source="Metz et al. 2017 (arXiv 1611.02163), section 3.3 and appendix D",
    published="Published, before a D a quarter as wide as G: 31 modes without a step ahead, 236 with five.",
    minutes=6.0,
)
