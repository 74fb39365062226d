"""Unrolled GAN: G looks some moves of D ahead, and no longer chases it in circles."""

import weakref
from collections.abc import Callable, Iterable
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import Parameter
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms
from ganworks.layers.normalization import has_batch_norm
from ganworks.losses.penalties import uncompiled
from ganworks.registry import register
from ganworks.specs import Image, Vector
from ganworks.systems.duel import Duel, arena, networks
from ganworks.systems.image.gan import LOSSES

Weights = dict[str, Tensor]
TINY = 1e-30  # the root of less has no finite slope, nor any effect next to Adam's epsilon


class AdamAhead:
    """The next steps of an Adam, in its present state and at its present rate, as functions that have derivatives.

    Kingma & Ba 2014 (arXiv 1412.6980), algorithm 1. The optimiser itself stays as it is.
    """

    def __init__(self, optimizer: Adam, params: Iterable[Parameter]):
        group = optimizer.param_groups[0]
        self.rate, self.betas, self.epsilon = group["lr"], group["betas"], group["eps"]
        states = [(param, optimizer.state.get(param, {})) for param in params]
        self.first = [state.get("exp_avg", torch.zeros_like(param)) for param, state in states]
        self.second = [state.get("exp_avg_sq", torch.zeros_like(param)) for param, state in states]
        self.num_steps = max(int(state.get("step", 0)) for _, state in states)

    def step(self, weights: Weights, gradients: Iterable[Tensor]) -> Weights:
        """The weights after one more step; later ones go on from there."""
        self.num_steps += 1
        beta1, beta2 = self.betas
        debias1, debias2 = 1 - beta1**self.num_steps, 1 - beta2**self.num_steps
        moved: Weights = {}
        for index, ((name, weight), gradient) in enumerate(zip(weights.items(), gradients, strict=True)):
            first = self.first[index] = self.first[index].lerp(gradient, 1 - beta1)
            second = self.second[index] = beta2 * self.second[index] + (1 - beta2) * gradient.square()
            size = (second / debias2).clamp_min(TINY).sqrt() + self.epsilon
            moved[name] = weight - self.rate / debias1 * first / size
        return moved


def descend(loss: Callable[[Weights], Tensor], weights: Weights, adam: AdamAhead, num_steps: int) -> Weights:
    """The weights after steps down the loss, as a function of all that the loss depends on: section 2.2."""
    for _ in range(num_steps):
        gradients = torch.autograd.grad(loss(weights), list(weights.values()), create_graph=True)
        weights = adam.step(weights, gradients)
    return weights


class Unrolled(Duel):
    """G moves against the D that D's own next steps would lead to, and foresees how D answers its move.

    D is trained as ever. Its next steps, all on the present batch, are taken by its own optimiser's rule from that
    optimiser's state, which the system reads and the engine owns and saves. They run in float32, and leave neither
    gradients nor statistics behind.
    """

    def __init__(self, G: nn.Module, D: nn.Module, spec: Image | Vector, latent: int, *, unroll: int, loss: str):
        super().__init__(G, D, spec, latent)
        if unroll < 0:
            raise ValueError(f"unroll is {unroll}; it must be at least 0, and 0 is a GAN without unrolling")
        if loss not in LOSSES:
            raise ValueError(f"loss is '{loss}'; possible: {', '.join(LOSSES)}")
        self.adversarial, self.loss, self.unroll = LOSSES[loss], loss, unroll
        self.shares_logits = unroll == 0
        self.whole_batch = self.whole_batch or unroll > 0  # D's steps are taken on what the batch says as a whole
        self.seen: weakref.ref[Adam] | None = None

    def players(self) -> dict[str, Player]:
        rate = 1e-3 if self.entry == "point" else 1e-4
        return {
            "G": Player(self.G, partial(Adam, lr=rate, betas=(0.5, 0.999))),
            "D": Player(self.D, self.optimizer_of_d),
        }

    def optimizer_of_d(self, params: Iterable[Parameter], fused: bool = False) -> Adam:
        """D's optimiser, which is kept in sight but not alive."""
        adam = Adam(params, lr=1e-4 if self.entry == "point" else 2e-4, betas=(0.5, 0.999), fused=fused)
        self.seen = weakref.ref(adam)
        return adam

    def g_loss(self, batch: Batch) -> Terms:
        """f_K = E log D_K(x) + E log(1 - D_K(G(z))), or -E log D_K(G(z)); the gradient goes through D's K steps too."""
        if not self.unroll:
            return super().g_loss(batch)
        fake = self.G(batch["z"])
        batch["fake"] = fake.detach()
        real, fake = batch[self.entry].float(), fake.float()
        with torch.enable_grad(), torch.autocast(fake.device.type, enabled=False), uncompiled():
            real_logits, fake_logits = self.logits(self.weights_ahead(real, fake), real, fake)
        if self.loss == "minimax":  # the term of the real data, a constant in a plain GAN, depends on G by D's steps
            return {"adversarial": -self.adversarial.d(real_logits, fake_logits)}
        return {"adversarial": self.adversarial.g(fake_logits)}

    def weights_ahead(self, real: Tensor, fake: Tensor) -> Weights:
        """D's weights after its next K steps, from copies: no gradient arrives at D's own."""
        weights: Weights = {name: param.detach().requires_grad_() for name, param in self.D.named_parameters()}
        adam = (self.seen and self.seen()) or self.optimizer_of_d(self.D.parameters())
        ahead = AdamAhead(adam, self.D.parameters())
        return descend(lambda now: self.adversarial.d(*self.logits(now, real, fake)), weights, ahead, self.unroll)

    def logits(self, weights: Weights, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Of real and fake, by D with other weights; running statistics are moved in a copy."""
        buffers = {name: buffer.clone() for name, buffer in self.D.named_buffers()}
        critic = partial(functional_call, self.D, (weights, buffers))
        if has_batch_norm(self.D):
            return critic(real), critic(fake)
        real_logits, fake_logits = critic(torch.cat([real, fake])).chunk(2)
        return real_logits, fake_logits


@register(size=16, width=4)
def unrolled(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    dim: int | None = None,
    width: int = 64,
    latent: int = 256,
    unroll: int = 5,
    loss: str | None = None,
) -> Unrolled:
    """Unrolled GAN, Metz et al. 2017 (arXiv 1611.02163), sections 2.2 to 2.4, on DCGAN's nets.

    As in the authors' notebook, D's steps ahead are Adam's with its moments, all on one batch, and G minimises the
    very objective that D maximises. On pictures DCGAN's D soon leaves G no slope there, so our default is -log D.
    Rates are those of the notebook on points (G 1e-3, D 1e-4) and of the paper's stacked digits on pictures (G 1e-4,
    D 2e-4), made for long runs: minutes show more with 1e-3 for G. The paper unrolls 0 to 10 steps; each costs us more
    than a whole step of the plain GAN, and its graph is held in memory (`python -m benchmarks.unrolling`).

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    dim: for points of so many dimensions, on fully connected nets, in place of pictures
    width: channels of the finest layers, doubled at each coarser one
    latent: length of z
    unroll: D's steps that G looks ahead; 0 is a GAN without unrolling
    loss: G's loss at the D ahead, "minimax" (the paper's f; default on points) or "non_saturating" (on pictures)
    """
    spec = arena(size, channels, dim)
    loss = loss or ("non_saturating" if dim is None else "minimax")
    return Unrolled(*networks(spec, width, latent), spec, latent, unroll=unroll, loss=loss)
