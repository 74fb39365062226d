"""Loops by hand, with every trick that the engine knows and nothing else: no guard, no log, no run."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from benchmarks import plain
from ganworks.layers.memory import keep_memory
from ganworks.nets.dcgan import Discriminator, Generator


class Bare:
    """bf16, channels-last, fused Adam, mover-only gradients; G first, and its fakes and D's logits serve D too.

    The arithmetic is the engine's on `dcgan`, so that the difference is what the engine costs.
    """

    def __init__(self, G: nn.Module, D: nn.Module):
        self.G, self.D = (net.to(memory_format=torch.channels_last) for net in (G, D))
        self.params_g, self.params_d = list(G.parameters()), list(D.parameters())
        self.adam_g = torch.optim.Adam(self.params_g, lr=2e-4, betas=(0.5, 0.999), fused=True)
        self.adam_d = torch.optim.Adam(self.params_d, lr=2e-4, betas=(0.5, 0.999), fused=True)
        keep_memory()

    def step(self, real: Tensor) -> tuple[float, float]:
        real = real.contiguous(memory_format=torch.channels_last)
        self.adam_g.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            judged = self.D(self.G(self.latent(len(real)))).float()
            g_loss = softplus(-judged).mean()
        g_loss.backward(inputs=self.params_g, retain_graph=True)
        self.adam_g.step()

        self.adam_d.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            d_loss = softplus(-self.D(real).float()).mean() + softplus(judged).mean()
        d_loss.backward(inputs=self.params_d)
        self.adam_d.step()
        return d_loss.item(), g_loss.item()

    def latent(self, num: int) -> Tensor:
        return torch.randn(num, 100)


class BareOnPlainNets(Bare):
    """The same tricks on the example's nets: what a careful user has without our layers."""

    def __init__(self) -> None:
        super().__init__(plain.generator(), plain.discriminator())

    def latent(self, num: int) -> Tensor:
        return torch.randn(num, 100, 1, 1)


class BareOnOurNets(Bare):
    def __init__(self) -> None:
        super().__init__(Generator((64, 64), 3), Discriminator((64, 64), 3))
