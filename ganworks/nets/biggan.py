"""What BigGAN's nets have beyond SAGAN's: z in chunks, one embedding of labels for all norms, orthogonal weights.

Brock et al. 2019 (arXiv 1809.11096), appendix B, figure 15.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from ganworks.nets.sagan import Generator, discriminator
from ganworks.nets.stages import Size, stages

HALVINGS = 1  # of the map that attends: 64 of 128 px


class HierarchicalCodes(nn.Module):
    """z (N, latent) in chunks: the first is where G begins, each block sees one more, beside the label's embedding.

    Without classes blocks see their chunk alone. `latent` is chunk x (1 + blocks).
    """

    def __init__(self, chunk: int, classes: int, embedding: int, num_blocks: int):
        super().__init__()
        self.start, self.latent = chunk, chunk * (1 + num_blocks)
        self.each = chunk + (embedding if classes else 0)
        self.shared = nn.Embedding(classes, embedding) if classes else None

    def forward(self, z: Tensor, label: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        first, *chunks = z.split(self.start, 1)
        if self.shared is None:
            return first, chunks
        shared = self.shared(label).to(z.dtype)
        return first, [torch.cat([shared, chunk], 1) for chunk in chunks]


def networks(
    size: Size, channels: int, classes: int, *, width: int, chunk: int, embedding: int
) -> tuple[Generator, nn.Module]:
    """BigGAN's G and D, all their weights orthogonal."""
    codes = HierarchicalCodes(chunk, classes, embedding, len(stages(size)) - 1)
    G = Generator(size, channels, width, codes, halvings=HALVINGS, norm="spectral")
    D = discriminator(size, channels, width, classes, HALVINGS)
    for net in (G, D):
        make_orthogonal(net)
    return G, D


@torch.no_grad()
def make_orthogonal(net: nn.Module) -> None:
    """Give all layers and embeddings orthogonal weights; Saxe et al. 2014 (arXiv 1312.6120)."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
            weight = free_weight(module)
            weight.copy_(nn.init.orthogonal_(torch.empty(weight.shape)))
            module.weight  # noqa: B018  (a step of power iteration: all singular values are 1, so that one is enough)


def free_weight(layer: nn.Conv2d | nn.Linear | nn.Embedding) -> Tensor:
    """The weight that is learnt, before its spectral norm is divided out."""
    if is_parametrized(layer, "weight"):
        return layer.parametrizations.weight.original  # type: ignore[union-attr, return-value]
    return layer.weight


def filters(net: nn.Module) -> list[Tensor]:
    """The learnt weights of all layers, embeddings left out."""
    return [free_weight(module) for module in net.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
