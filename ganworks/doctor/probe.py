"""What the doctor measures while a system trains. Nothing of the training is changed by it, to the bit."""

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import torch
from torch import Tensor

from ganworks.core import Batch, System
from ganworks.data.stream import Stream, default_workers
from ganworks.doctor.space import Space, entry_of, placed, reference_of
from ganworks.engine import state
from ganworks.engine.engine import Engine
from ganworks.engine.precision import autocast, to_device
from ganworks.losses.adversarial import Adversarial, cross_entropy_d
from ganworks.specs import Image

NUM = 128  # samples that are compared with data
MORE = 3  # batches of real ones besides the first
NUM_JUDGED = 64  # examples that the critic judges
FLAT = 8.0  # the sigmoid's slope is below 1 in 2,000 from there on
EDGE = 0.99
SEED = 20_141_210  # of the latents, always the same: what differs between two probes is due to the weights alone
Figures = dict[str, Any]


class Probe:
    """Measures the health of an engine's system; `measure` now, and `compare` when the next step is done.

    real: a batch of real examples, always the same. space: what samples are compared in, if there is one.

    The figures of the critic: `real_score`, `fake_score`, means of its scores; `told_apart`, the probability that a
    real example has the higher one; `gap`, of the means, in standard deviations; `flat_scores`, the share beyond +-8,
    if scores are logits; `chance`, D's loss if it could not tell; `slope`, the mean norm of the score's gradient at
    real examples. Of the samples: `edge`, `edge_real`, shares of pixels beyond 0.99; `diversity`, their mean distance
    as a share of that of data; `distance`, the energy distance of samples and data in the same units; `twins`, the
    share that repeats another; `nearest`, how near real examples are, as a share of how near these are to each other;
    `cells`, shares in the cells of data; `lost`, the share of cells without any; `drift`, how many have moved to
    another cell since the last probe. Of the weights, by player: `update`, the length of one step over theirs;
    `stride`, over the length that such weights usually begin with.
    `ema_weights`: how far the averaged weights are behind; `ema_samples`: what they make of the same z, in units of the
    data's spread.
    """

    def __init__(self, real: Batch, space: Space | None = None):
        self.real, self.space = real, space
        self.shares: Tensor | None = None
        self.before: dict[str, list[Tensor]] = {}
        self.step = -1

    @classmethod
    def of(cls, system: System, real: Batch, more: Stream) -> Self:
        """A probe that compares with `real`, and with what comes next in the stream if it is in memory."""
        entry = entry_of(system)
        if entry is None or entry not in real or not system.resembles:
            return cls(real)
        num = 0 if default_workers(more.pictures.store) else min(MORE, len(more.pictures) // more.batch)
        reference = reference_of([real, *(next(more) for _ in range(num))], entry)
        return cls(real, Space(reference, NUM) if len(reference) > 1 else None)

    def measure(self, engine: Engine) -> None:
        """Put the figures of this moment into `engine.health`, for the next line of the log."""
        with undisturbed(engine):
            figures = self.of_critic(engine) | self.of_samples(engine)
        figures["ema_weights"] = ema_lag(engine)
        engine.health = finite(figures)
        self.before = {name: [weight.detach().clone() for weight in of_player(engine, name)] for name in engine.params}
        self.step = engine.step

    def compare(self, engine: Engine) -> None:
        """The length of the one step since `measure`."""
        if self.before and engine.step > self.step:
            if engine.step == self.step + 1:
                pairs = {name: (of_player(engine, name), old) for name, old in self.before.items()}
                engine.health["update"] = finite({name: moved(now, old) for name, (now, old) in pairs.items()})
                engine.health["stride"] = finite({name: stride(now, old) for name, (now, old) in pairs.items()})
            self.before = {}

    def of_critic(self, engine: Engine) -> Figures:
        entry = entry_of(engine.system)
        if engine.norms and engine.norms.keys() != engine.params.keys():  # in its first stage, its critic is as it was
            return {}
        batch = self.drawn(engine, min(NUM_JUDGED, -(-engine.stream.batch // engine.micro)))  # no more than in training
        if entry is None or entry not in batch:
            return {}
        real = batch[entry] = batch[entry].detach().float().requires_grad_()
        with torch.enable_grad():
            scores = engine.system.scores(batch)
            if "real" not in scores:
                return {}
            judged, made = scores["real"].float().flatten(), scores["fake"].detach().float().flatten()
            (gradient,) = torch.autograd.grad(judged.sum(), real, allow_unused=True)
        judged = judged.detach()
        both = torch.cat([judged, made])
        pooled = ((judged.var() + made.var()) / 2).sqrt().item()
        return {
            "real_score": judged.mean().item(),
            "fake_score": made.mean().item(),
            "told_apart": told_apart(judged, made),
            "gap": (judged.mean() - made.mean()).item() / pooled if pooled > 0 else None,
            "flat_scores": (both.abs() > FLAT).float().mean().item() if gives_logits(engine) else None,
            "chance": chance(engine),
            "slope": None if gradient is None else gradient.flatten(1).norm(dim=1).mean().item(),
        }

    def of_samples(self, engine: Engine) -> Figures:
        entry = entry_of(engine.system)
        if entry is None:
            return {}
        engine.system.eval()
        inputs = self.drawn(engine, NUM)
        with torch.no_grad(), autocast(engine.precision, engine.device):
            parts = [engine.system.generate(part) for part in engine.system.in_parts(inputs, NUM, engine.device)]
            if entry not in parts[0]:
                return {}
            samples = torch.cat([part[entry] for part in parts])
            averaged = self.averaged(engine, inputs, entry)
        figures: Figures = {}
        if isinstance(engine.system.specs[entry], Image):
            figures["edge"] = at_edge(samples)
            figures["edge_real"] = at_edge(self.real[entry])
        if self.space:
            vectors = placed(samples)
            figures |= self.space.compare(vectors)
            if engine.system.has_truth:  # near to the true images is where its samples should be
                figures.pop("nearest", None)
            if "cells" in figures:
                shares = torch.tensor(figures["cells"])
                if self.shares is not None:
                    figures["drift"] = (shares - self.shares).abs().sum().item() / 2
                self.shares = shares
            if averaged is not None and self.space.spread > 0:
                behind = (placed(averaged) - vectors[: len(averaged)]).norm(dim=1).mean().item()
                figures["ema_samples"] = behind / self.space.spread
        return figures

    def averaged(self, engine: Engine, inputs: Batch, entry: str) -> Tensor | None:
        """What the averaged weights make of the first of the same inputs; None if nothing is averaged."""
        if not engine.average.followed:
            return None
        engine.average.refresh()
        engine.average.system.eval()
        return engine.average.system.generate({name: value[:16] for name, value in inputs.items()})[entry]

    def drawn(self, engine: Engine, num: int) -> Batch:
        """`num` rows of what the system draws and of real data, on the device."""
        torch.default_generator.manual_seed(SEED)
        batch = engine.system.draw(num)
        held = {name: value[torch.arange(num) % len(value)] for name, value in self.real.items()}
        return to_device(batch | held, engine.device)


def chance(engine: Engine) -> float | None:
    """The loss of a critic that cannot tell, where it is known and the best loss is 0."""
    loss = getattr(engine.system, "adversarial", None)
    return loss.top if isinstance(loss, Adversarial) and loss.critics == "all" else None


def gives_logits(engine: Engine) -> bool:
    """Whether scores go through a sigmoid, one by one."""
    loss = getattr(engine.system, "adversarial", None)
    return isinstance(loss, Adversarial) and loss.d is cross_entropy_d


@contextmanager
def undisturbed(engine: Engine) -> Iterator[None]:
    """Generators, buffers, modes and state of the system are afterwards what they were."""
    generators = state.random_state()
    modes = [(module, module.training) for module in engine.system.modules()]
    modes += [(module, module.training) for module in engine.average.system.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in engine.buffers]
    extras = [(each, copy.deepcopy(each.get_extra_state())) for each, _ in engine.average.modules]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, old in buffers:
                buffer.copy_(old)
        for module, extra in extras:
            module.set_extra_state(extra)
        for module, mode in modes:
            module.training = mode
        state.set_random_state(generators)


def of_player(engine: Engine, player: str) -> list[Tensor]:
    """Its weights; gains and biases, which may begin at 0, only if there is nothing else."""
    params: list[Tensor] = list(engine.params[player])
    return [param for param in params if param.ndim > 1] or params


def moved(now: list[Tensor], before: list[Tensor]) -> float:
    """|now - before| / |before|, over all tensors together."""
    size = total(before)
    return total([a.detach() - b for a, b in zip(now, before, strict=True)]) / size if size > 0 else math.inf


def stride(now: list[Tensor], before: list[Tensor]) -> float:
    """|now - before| over the length that weights of such shapes begin with, 1 / sqrt(inputs) each.

    A rate that is far too high makes weights long, and then its steps look short beside them.
    """
    usual = sum(len(weight) if weight.ndim > 1 else weight.numel() for weight in before) ** 0.5
    return total([a.detach() - b for a, b in zip(now, before, strict=True)]) / usual


def total(tensors: list[Tensor]) -> float:
    return torch.nn.utils.get_total_norm(tensors).item()


def ema_lag(engine: Engine) -> float | None:
    """|average - weights| / |weights| over all that is averaged."""
    pairs = [pair for each in engine.average.followed.values() for pair in zip(each.slow, each.fast, strict=True)]
    return moved([slow for slow, _ in pairs], [fast.detach() for _, fast in pairs]) if pairs else None


def told_apart(real: Tensor, fake: Tensor) -> float:
    """The probability that a real example scores higher than a fake one, ties half: 1/2 is chance."""
    higher = (real[:, None] > fake).float().mean() + (real[:, None] == fake).float().mean() / 2
    return higher.item() if (real.isfinite().all() and fake.isfinite().all()) else math.nan


def at_edge(pictures: Tensor) -> float:
    return (pictures.abs() > EDGE).float().mean().item()


def finite(figures: Figures) -> Figures:
    """Without what is not a number; rounded, as nobody needs 17 digits in a log."""
    kept: Figures = {}
    for name, value in figures.items():
        if isinstance(value, float):
            if math.isfinite(value):
                kept[name] = float(f"{value:.5g}")
        elif value is not None:
            kept[name] = value
    return kept
