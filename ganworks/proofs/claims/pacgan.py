"""A D that sees several samples at once notices when G makes the same ones again."""

from ganworks.proofs.grid import claim

CLAIM = claim(
    "pacgan, packs of 2",
    source="Lin et al. 2018 (arXiv 1712.04086), section 4.1",
    published="Published: GAN 17.3 modes, PacGAN4 24.8, 93.6 % good.",
    than="pacgan, packs of 1",
)
