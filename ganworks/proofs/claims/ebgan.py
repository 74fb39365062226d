"""An auto-encoder as the critic keeps more modes of a grid."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "ebgan",
    source="Zhao et al. 2016 (arXiv 1609.03126), section 2; the grid of Lin et al. 2018",
    published="The paper has no figure for a grid.",
)
