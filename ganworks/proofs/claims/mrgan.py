"""An encoder that is rewarded for finding every example keeps G from missing modes of a grid."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "mrgan",
    source="Che et al. 2017 (arXiv 1612.02136), section 3.2; the grid of Lin et al. 2018",
    published="The paper's toy is another, shown as pictures.",
)
