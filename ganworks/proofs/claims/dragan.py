"""A penalty on D's slope near the data keeps more modes of a grid."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "dragan, equal rates",
    source="Kodali et al. 2017 (arXiv 1705.07215), section 3; the grid of Lin et al. 2018",
    published="The paper has no figure for a grid.",
    than="gan, equal rates",
    remarks="""Here both have the rate of G; with D's the penalty did not help in a pilot (1 and 2 modes at weights of
    0.1 and 1). The weight is 0.1: with the 10 of the paper, made for pictures, a pilot had 3 fair modes.""",
    minutes=1.1,
)
