"""First where the data lies, then how much of it lies where: more modes of a grid."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "mdgan",
    source="Che et al. 2017 (arXiv 1612.02136), algorithm 1; the grid of Lin et al. 2018",
    published="The paper's toy is another, shown as pictures.",
    minutes=1.3,
)
