"""A G that foresees D's next steps catches more modes of a grid."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "unrolled, 5 steps ahead",
    source="Metz et al. 2017 (arXiv 1611.02163), sections 2.2 and 3.1; the grid of Lin et al. 2018",
    published="Published (Srivastava et al. 2017, table 1), with other nets and long training: 23.6 modes, 16 % good.",
    than="unrolled, no step ahead",
    remarks="The rates are those of the authors' notebook, 1e-3 for G and 1e-4 for D.",
    minutes=4.0,
)
