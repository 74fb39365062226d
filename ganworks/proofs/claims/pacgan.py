"""A D that sees two samples at once notices when G makes the same ones again."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "pacgan",
    source="Lin et al. 2018 (arXiv 1712.04086), section 4.1",
    published="Published, after 400 epochs with maxout nets: GAN 17.3 modes, PacGAN2 23.8.",
)
