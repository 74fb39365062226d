"""A G whose noise can be read back from its samples keeps more modes of a grid."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "veegan",
    source="Srivastava et al. 2017 (arXiv 1705.07761), section 4.1",
    published="Published: GAN 3.3 modes, VEEGAN 24.6, 40 % good.",
    remarks="Without noise on F(x), which is for long z.",
)
