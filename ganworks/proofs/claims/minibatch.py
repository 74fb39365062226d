"""A D that compares the samples of a batch notices a collapse on a grid."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "minibatch",
    source="Salimans et al. 2016 (arXiv 1606.03498), section 3.2; the grid of Lin et al. 2018",
    published="The paper has no figure for a grid.",
    remarks="A step costs ten times that of the plain GAN, as every example is compared with every other.",
    minutes=6.0,
)
