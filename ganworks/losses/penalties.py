"""Gradient penalties on a critic: functions of its slope at each example.

A critic maps (N, ...) to logits (N, ...); row i of the output must depend on row i of the input alone,
so it holds no batch norm. It runs in float32 whatever the precision around it: the penalty is a derivative
of a derivative, and bf16 has 8 bits.
"""

import sys
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from ganworks.core import Critic


def uncompiled() -> AbstractContextManager[object]:
    """Run compiled modules as plain ones: compiled graphs have no second derivative.

    Importing the compiler takes a second, so it is left alone where nothing has loaded it.
    """
    return torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else nullcontext()


def logits_and_gradient(critic: Critic, x: Tensor) -> tuple[Tensor, Tensor]:
    """The critic's logits at x (N, ...), and their gradient with respect to x, (N, ...); both can be differentiated."""
    x = x.detach().float().requires_grad_()
    with torch.enable_grad(), torch.autocast(x.device.type, enabled=False), uncompiled():
        logits = critic(x)
        (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return logits, gradient


def gradient(critic: Critic, x: Tensor) -> Tensor:
    """The gradient of each logit with respect to its own example x (N, ...), same shape, differentiable."""
    return logits_and_gradient(critic, x)[1]


def squared_norm(gradient: Tensor) -> Tensor:
    """|gradient|^2 of each example: (N, ...) -> (N,)."""
    return gradient.flatten(1).square().sum(1)


def wgan_gp(critic: Critic, real: Tensor, fake: Tensor, t: Tensor | None = None) -> Tensor:
    """Mean (|gradient| - 1)^2 at one point between each real and fake example.

    Gulrajani et al. 2017 (arXiv 1704.00028), eq. 3. real, fake: (N, ...). t: (N,), where between them, 0 is real;
    drawn uniformly if not given.
    """
    t = torch.rand(len(real), device=real.device) if t is None else t
    between = real.float().lerp(fake.float(), t.float().view(-1, *[1] * (real.ndim - 1)))
    return off_one(gradient(critic, between))


def dragan(critic: Critic, real: Tensor, noise: Tensor) -> Tensor:
    """Mean (|gradient| - 1)^2 at real examples with noise. real, noise: (N, ...), the same shape.

    Kodali et al. 2017 (arXiv 1705.07215); noise is N(0, c) in the paper, and 0.5 std(real) U(0, 1) in the code.
    """
    return off_one(gradient(critic, real.float() + noise.float()))


def off_one(gradient: Tensor) -> Tensor:
    """Mean (|gradient| - 1)^2, the norm of each example: (N, ...) -> ()."""
    norm = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    return (norm - 1).square().mean()


def r1(critic: Critic, real: Tensor) -> Tensor:
    """Mean |gradient|^2 at real examples, (N, ...); the paper's weight on it is gamma / 2.

    Mescheder et al. 2018 (arXiv 1801.04406), eq. 9.
    """
    return squared_norm(gradient(critic, real)).mean()


def r2(critic: Critic, fake: Tensor) -> Tensor:
    """Mean |gradient|^2 at fakes, (N, ...); eq. 10 of the same paper."""
    return r1(critic, fake)
