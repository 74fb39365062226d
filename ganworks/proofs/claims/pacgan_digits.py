"""A D that sees two stacks of digits at once keeps more of their thousand modes."""

from ganworks.proofs.stacked import claim

CLAIM = claim(
    "pacgan",
    source="Lin et al. 2018 (arXiv 1712.04086), section 4.2; protocol of Metz et al. 2017",
    published="Published, with other nets and 60,000 digits, before a D a quarter as wide as G: 31 modes, packed 485.",
    minutes=3.0,
)
