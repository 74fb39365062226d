"""VEEGAN: what reconstructs the noise of fakes shows which real examples have none."""

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.layers.normalization import has_state
from ganworks.losses.adversarial import NON_SATURATING, difference_g
from ganworks.nets.encoder import Encoder, JointDiscriminator
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks


class VEEGAN(Duel):
    """D tells pairs (x, F(x) + noise) from pairs (G(z), z); F, the reconstructor, goes from data to noise.

    D's logit tends to log p(x) p(z|x) / q(x|z) p(z), the paper's with its sign turned: real is high, as everywhere.
    So what G minimises, -D(G(z), z) + |z - F(G(z))|^2, is the KL divergence from fake pairs to real ones plus an
    auto-encoder's loss in the space of noise, where distance has a meaning. F moves by the second term alone, as in
    algorithm 1 and in the authors' code: neither D's turn reaches it nor what D says of real pairs. Of the divergence
    only -E log p(z|G(z)) depends on F, and with a Gaussian p(z|x) around F(x) that is the second term again.
    """

    adversarial = replace(NON_SATURATING, g=difference_g)

    def __init__(
        self,
        G: nn.Module,
        F: nn.Module,
        D: nn.Module,
        spec: Image | Vector,
        latent: int,
        *,
        reconstruction: float,
        noise: float,
    ):
        super().__init__(G, D, spec, latent)
        if min(reconstruction, noise) < 0:
            raise ValueError(f"reconstruction is {reconstruction:g} and noise {noise:g}; neither may be below 0")
        self.F, self.reconstruction, self.noise = F, reconstruction, noise
        self.whole_batch |= has_state(F)

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4 if self.entry == "image" else 1e-3, betas=(0.5, 0.999))
        return {"G": Player([self.G, self.F], adam), "D": Player(self.D, adam)}

    def draw(self, num: int) -> Batch:
        return super().draw(num) | {"noise": torch.randn(num, self.latent)}

    def g_loss(self, batch: Batch) -> Terms:
        z = batch["z"]
        fake = self.G(z)
        batch["fake"] = fake.detach()
        batch["judged"] = self.D(fake, z)
        error = (z - self.F(fake)).float().square().sum(1)
        return {
            "adversarial": self.adversarial.g(batch["judged"]),
            "reconstruction": self.reconstruction * error.mean(),
        }

    def both_logits(self, batch: Batch) -> tuple[Tensor, Tensor]:
        return self.real_logits(batch), batch["judged"] if "judged" in batch else self.fake_logits(batch)

    def scores(self, batch: Batch) -> Batch:
        return {"real": self.real_logits(batch), "fake": self.fake_logits(batch)}

    def real_logits(self, batch: Batch) -> Tensor:
        with torch.no_grad():
            code = self.F(batch[self.entry]) + self.noise * batch["noise"]
        return self.D(batch[self.entry], code)

    def fake_logits(self, batch: Batch) -> Tensor:
        return self.D(self.fakes(batch), batch["z"])


@register(size=16, width=4)
def veegan(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 100,
    reconstruction: float | None = None,
    noise: float | None = None,
) -> VEEGAN:
    """VEEGAN, Srivastava et al. 2017 (arXiv 1705.07761), algorithm 1, on DCGAN's nets and with its optimiser.

    Points have the optimiser of the authors' code, Adam at 0.001, beta1 0.5. That code has z of length 254 for points
    in 2 dimensions, one hidden layer in D, and gives G one more input of noise, which ours lacks. The paper's weight of
    the reconstruction is 1; with it our G writes z into its pictures as a pattern of noise, and D has won before they
    look like anything.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    reconstruction: weight of |z - F(G(z))|^2, a sum over z; unless given, 1 for points and 0.1 for pictures
    noise: spread of p(z|x) around F(x), by default 1 as in the authors' code, for points 0: F can know a short z
    """
    spec = arena(size, channels, dim)
    G, net = networks(spec, width, latent)
    F = Encoder(networks(spec, width, latent)[1], latent)
    on_points = isinstance(spec, Vector)
    D = JointDiscriminator(net, latent, hidden=width if on_points else 8 * width)
    if reconstruction is None:
        reconstruction = 1.0 if on_points else 0.1
    if noise is None:
        noise = 0.0 if on_points else 1.0
    return VEEGAN(G, F, D, spec, latent, reconstruction=reconstruction, noise=noise)
