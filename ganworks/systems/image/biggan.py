"""BigGAN: large and conditional; a truncated z trades variety for quality."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Adam
from torch.special import ndtr, ndtri

from ganworks.core import AT_ONCE, Batch, Player, Terms
from ganworks.layers.standing import standing_statistics
from ganworks.losses.adversarial import HINGE
from ganworks.losses.orthogonal import off_orthogonal
from ganworks.nets.biggan import HierarchicalCodes, filters, networks
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides
from ganworks.systems.tricks import apply_tricks

PASSES = 16  # of 64 examples, for standing statistics; the paper has 100


class BigGAN(Duel):
    """A class-conditional G whose z may be truncated, which trades variety for quality, against a projection D.

    Samples use standing statistics of G's batch norm. They follow from its weights alone, so they are made when a
    sample is asked for, and neither saved nor seen in training. Truncated z uses those of all z: the authors' published
    model has others for each threshold, but these spread out again what was drawn together.
    """

    adversarial = HINGE

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        spec: Image,
        latent: int,
        *,
        classes: int,
        critic_steps: int,
        orthogonal: float,
    ):
        super().__init__(G, D, spec, latent, classes=classes, critic_steps=critic_steps)
        self.orthogonal = orthogonal
        self.standing: dict[str, Tensor] = {}
        self.standing_for: list[tuple[int, int]] = []  # where G's tensors lay, and how often each had changed

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, betas=(0.0, 0.999))
        return {"G": Player(self.G, partial(adam, lr=5e-5), ema=0.9999), "D": Player(self.D, partial(adam, lr=2e-4))}

    def g_loss(self, batch: Batch) -> Terms:
        terms = super().g_loss(batch)
        if self.orthogonal:
            terms["orthogonal"] = self.orthogonal * torch.stack([off_orthogonal(w) for w in filters(self.G)]).sum()
        return terms

    def truncate(self, inputs: Batch, value: float) -> Batch:
        """The inputs with z from a normal distribution cut off at +-value; section 3.1.

        The paper draws again what lies beyond. Quantiles have the same distribution, and keep each z next to what it
        was: one seed shows the same pictures at every value.
        """
        if not value > 0:
            raise ValueError(f"truncation is {value:g}; it must be above 0: 2 changes little, 0.5 a lot")
        z = inputs["z"]
        least, most = ndtr(torch.tensor([-value, value], dtype=torch.float64, device=z.device))
        cut = ndtri(least + (most - least) * ndtr(z.double())).clamp(-value, value)
        return inputs | {"z": cut.to(z.dtype)}

    def generate(self, inputs: Batch) -> Batch:
        if self.training:
            return super().generate(inputs)
        return {self.entry: functional_call(self.G, self.statistics(), (inputs["z"], *self.labels(inputs)))}

    @torch.no_grad()
    def statistics(self) -> dict[str, Tensor]:
        """What G's batch norm is to use, at its present weights: in float32, from seed 0, over all classes."""
        # Fused Adam does not count its changes; the buffers do, as each forward in training changes them.
        weights = [(t.data_ptr(), t._version) for t in (*self.G.parameters(), *self.G.buffers())]
        if self.standing_for != weights:
            num, device = PASSES * AT_ONCE, next(self.G.parameters()).device
            inputs = self.inputs(num, seed=0)
            order = torch.randperm(num, generator=torch.Generator().manual_seed(0))  # so that passes hold all classes
            entries = [entry[order].to(device).split(AT_ONCE) for entry in (inputs["z"], *self.labels(inputs))]
            with torch.autocast(device.type, enabled=False):
                self.standing = standing_statistics(self.G, zip(*entries, strict=True))
            self.standing_for = weights
        return self.standing


@register(size=16, width=4, classes=3)
def biggan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    classes: int = 0,
    width: int = 96,
    chunk: int = 20,
    embedding: int = 128,
    orthogonal: float = 1e-4,
    critic_steps: int = 2,
    **tricks: Any,
) -> BigGAN:
    """BigGAN, Brock et al. 2019 (arXiv 1809.11096), appendix B, with eq. 3 and the settings of appendix C.

    The paper has batches of 2,048, for which its learning rates are. Its average of G's weights begins after 20,000
    steps; ours at once, with a decay that grows to the paper's. Orthogonal regularisation is on the weights as they
    are learnt, before their spectral norm is divided out, as in the authors' code.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    classes: number of classes, as the data has them; 0 for none
    width: channels of the finest layers, doubled at each coarser one
    chunk: numbers of z for the first layer, and as many for each block
    embedding: length of the labels' embedding that all of G's norms share
    orthogonal: weight of orthogonal regularisation of G
    critic_steps: moves of D for each of G
    """
    if min(chunk, embedding) < 1:
        raise ValueError(f"chunk is {chunk} and embedding {embedding}; both must be at least 1")
    if orthogonal < 0:
        raise ValueError(f"orthogonal is {orthogonal:g}; it must not be negative")
    image = Image(channels, *sides(size))
    G, D = networks((image.height, image.width), channels, classes, width=width, chunk=chunk, embedding=embedding)
    assert isinstance(G.codes, HierarchicalCodes)
    duel = BigGAN(G, D, image, G.codes.latent, classes=classes, critic_steps=critic_steps, orthogonal=orthogonal)
    return apply_tricks(duel, **tricks)
