"""The nouns: a system is networks + players + a list of turns."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.optim import Optimizer

from ganworks.specs import Image, Spec

Batch = dict[str, Tensor]  # each entry is described by a spec, or made by an earlier turn
Terms = dict[str, Tensor]  # named scalar losses; the engine sums them and logs each
Loss = Callable[[Batch], Terms]
Critic = Callable[[Tensor], Tensor]
AT_ONCE = 64  # samples made together, of up to 128 x 128 pixels: bounds the memory


@dataclass(frozen=True)
class Player:
    """Networks that share one optimiser, and that move together.

    networks: modules, or a single one; no parameter may belong to two players.
    optimizer: called with the parameters, for example `partial(Adam, lr=2e-4, betas=(0.5, 0.999))`.
    ema: decay of the averaged copy that sampling uses, or None for no copy.
    clip: the largest norm of the whole gradient, or None.
    schedule: step -> factor on the learning rate.
    """

    networks: nn.Module | Sequence[nn.Module]
    optimizer: Callable[..., Optimizer]
    ema: float | None = None
    clip: float | None = None
    schedule: Callable[[int], float] | None = None

    @property
    def modules(self) -> list[nn.Module]:
        return [self.networks] if isinstance(self.networks, nn.Module) else list(self.networks)

    @property
    def params(self) -> list[Parameter]:
        """The trainable parameters, each once, in a fixed order."""
        found = (p for network in self.modules for p in network.parameters() if p.requires_grad)
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Turn:
    """One player moves by one loss.

    every: the turn is taken on steps that are multiples of it, its loss scaled up by it (lazy penalties).
    fresh: draw a new batch; otherwise the last one is used, with whatever earlier turns put in it.
    keep: what this turn leaves in the batch keeps its graph for the next one; not in micro-batches, to save memory.
    """

    player: str
    loss: Loss
    every: int = 1
    fresh: bool = True
    keep: bool = False


class System(nn.Module, ABC):
    """Networks, their losses as methods, and how to sample from them.

    Subclasses set `specs`, what a batch holds. They never touch an optimiser, a device or a rank.
    """

    specs: dict[str, Spec]
    # What `generate` gives besides entries of the data, for whoever looks on.
    shows: Mapping[str, Spec] = MappingProxyType({})
    # A loss that does not add up over parts of a batch (batch norm, dropout, minibatch statistics, pairs).
    whole_batch = False
    # Learns from pairs: row by row, "other" of a batch belongs to "image".
    paired = False
    # What it makes of an image is to be that image again, row by row, as where holes are filled.
    rebuilds = False
    # What it makes is to look like the data; else the data are only what it begins with, as what a painter paints.
    resembles = True

    @property
    def has_truth(self) -> bool:
        """Whether each of its samples has a true image: that of its example."""
        return self.paired or self.rebuilds

    @abstractmethod
    def players(self) -> dict[str, Player]:
        """Who moves; every trainable parameter has exactly one player."""

    @abstractmethod
    def turns(self, step: int) -> list[Turn]:
        """The turns of this step, in order."""

    def draw(self, num: int) -> Batch:
        """Random entries for `num` examples, on the CPU: latents, and all else that a loss needs per example.

        The engine adds them to every fresh batch (an entry of the data wins over one drawn), so that
        micro-batches and ranks see the same numbers as one process with the whole batch.
        """
        return {}

    @abstractmethod
    def generate(self, inputs: Batch) -> Batch:
        """Outputs for inputs of `draw`, or of the data: deterministic in evaluation mode, row by row."""

    def scores(self, batch: Batch) -> Batch:
        """What the critic says of each example, for whoever watches: {"real": (N,), "fake": (N,)}, higher is more real.

        Differentiable in the batch's entries; nothing for systems without a critic.
        """
        return {}

    def readings(self) -> dict[str, float]:
        """Where it stands with what it regulates by itself, by plain names, for the log: how far it has grown."""
        return {}

    def truncate(self, inputs: Batch, value: float) -> Batch:
        """Inputs for samples nearer to the middle: the lower `value`, the cleaner and the more alike."""
        raise ValueError(f"truncation is {value:g}, but {type(self).__name__} has none; leave it out")

    def after(self, turn: Turn) -> None:
        """Called when a turn has moved its player: weight clipping, controllers."""

    def inputs(self, num: int, seed: int | None = None) -> Batch:
        """What `sample` draws for `num` outputs."""
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.default_generator.manual_seed(seed)
            return self.draw(num)

    @torch.no_grad()
    def sample(self, num: int, seed: int | None = None, **given: Tensor) -> Batch:
        """`num` new outputs on the CPU; the same seed gives the same ones, and training's numbers stay undisturbed.

        given: inputs to use instead of drawn ones, for example `z` (N, dim) or `label` (N,).
        """
        if num < 1:
            raise ValueError(f"sample: num is {num}; it must be at least 1")
        device = next(self.parameters()).device
        inputs = self.inputs(num, seed) | given
        was_training = self.training
        self.eval()
        try:
            made = [self.generate(part) for part in self.in_parts(inputs, num, device)]
        finally:
            self.train(was_training)
        return {name: torch.cat([on_cpu(part[name]) for part in made]) for name in made[0]}

    def in_parts(self, inputs: Batch, num: int, device: torch.device) -> Iterator[Batch]:
        """The inputs for `num` outputs, in parts for `generate` and on the device: of large pictures a few at once."""
        pixels = max((spec.height * spec.width for spec in self.specs.values() if isinstance(spec, Image)), default=1)
        size = max(1, min(AT_ONCE, AT_ONCE * 128**2 // pixels))
        for begin in range(0, num, size):
            yield {name: value[begin : begin + size].to(device) for name, value in inputs.items()}


def on_cpu(value: Tensor) -> Tensor:
    return (value.float() if value.is_floating_point() else value).cpu()
