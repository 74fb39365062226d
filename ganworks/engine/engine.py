"""The engine: everything that is not the paper. It knows players, turns and terms, and no system by name."""

import hashlib
import random
import time
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from ganworks.core import Batch, System, Terms, Turn
from ganworks.engine import ranks
from ganworks.engine.average import Average
from ganworks.engine.players import decays_of, optimizer_of, owned, rates_of
from ganworks.engine.precision import autocast, choose_device, choose_precision, to_device
from ganworks.layers.memory import keep_memory


class Stream(Protocol):
    """An endless, seeded source of batches, of which this rank gets its share; resumable by position."""

    batch: int  # examples in the batch of all ranks together
    position: int  # examples drawn so far

    def __next__(self) -> Batch: ...
    def seek(self, position: int) -> None: ...


class Diverged(RuntimeError):
    """Too many updates in a row were not finite."""


class Engine:
    """Moves the players of a system, one turn after the other.

    micro: parts that a batch is split into, to save memory; the gradient is that of the whole batch.
    lr: learning rates to use instead of the players' own, by player.
    ema: decay to use instead of the players' own; 0 turns averaging off.
    clip: largest gradient norm, for players that set none.
    patience: how many updates in a row may be skipped as non-finite.
    """

    def __init__(
        self,
        system: System,
        stream: Stream,
        *,
        seed: int = 0,
        device: str = "auto",
        precision: str = "auto",
        micro: int = 1,
        lr: dict[str, float] | None = None,
        ema: float | None = None,
        clip: float | None = None,
        compile: bool = False,
        patience: int = 10,
    ):
        if not 1 <= micro <= stream.batch:
            raise ValueError(f"--micro: {micro} was given; possible: 1 to the batch, {stream.batch}")
        if clip is not None and clip <= 0:
            raise ValueError(f"--clip: {clip:g} was given; it must be above 0")
        if ema is not None and not 0 <= ema < 1:
            raise ValueError(f"--ema: {ema:g} was given; possible: 0 to below 1")
        for player, rate in (lr or {}).items():
            if rate < 0:
                raise ValueError(f"--{player.lower()}-lr: {rate:g} was given; it must not be negative")
        ranks.start()
        self.device = choose_device(device)
        if self.device.type == "cpu":
            keep_memory()
        self.precision = choose_precision(precision, self.device)
        self.stream, self.seed, self.micro, self.clip, self.patience = stream, seed, micro, clip, patience
        self.system = system.to(self.device).train()
        self.buffers = list(system.buffers())
        ranks.copy_from_first([*system.parameters(), *self.buffers])
        self.players = system.players()
        self.params = owned(system, self.players)
        self.optimizers = {name: optimizer_of(player, self.params[name]) for name, player in self.players.items()}
        self.rates = {name: rates_of(self.optimizers[name], (lr or {}).get(name)) for name in self.players}
        if unknown := set(lr or {}) - set(self.players):
            raise ValueError(
                f"a learning rate for {', '.join(sorted(unknown))}: the players are {', '.join(self.players)}"
            )
        self.average = Average(system, decays_of(self.players, ema), self.players)
        if compile:
            for module in dict.fromkeys(m for player in self.players.values() for m in player.modules):
                module.compile()
        self.parts: list[Batch] = []
        self.step = 0
        self.skipped = 0
        self.skipped_in_a_row = dict.fromkeys(self.players, 0)
        self.set_rates()
        self.terms: dict[str, Tensor] = {}  # the last value of each term, as player.term
        self.norms: dict[str, Tensor] = {}  # the last gradient norm of each player
        self.seconds = 0.0  # spent in steps so far, resumed runs included
        self.best: float | None = None  # the lowest figure that a checkpoint had
        self.saved_at: int | None = None
        self.waited = 0.0  # of them, for data, since this process began
        self.figures: dict[str, float] = {}  # what the chores measured last
        self.health: dict[str, Any] = {}  # what the doctor measured, until it is logged
        self.notes: list[str] = []  # lines for the user, taken by whoever shows the progress
        if ranks.world() > 1 and stream.batch % (ranks.world() * micro):
            raise ValueError(
                f"--batch {stream.batch} is not a multiple of {ranks.world()} ranks x {micro} micro-batches"
            )
        seed_all(seed + ranks.rank())

    # ------------------------------------------------------------------ training

    def take_step(self) -> None:
        """Every turn of one step."""
        with ranks.meeting(self.step):
            self.take_turns()
        self.average.update(self.step)
        self.step += 1

    def set_rates(self) -> None:
        """Give the optimisers the learning rates of this step."""
        for name, player in self.players.items():
            factor = player.schedule(self.step) if player.schedule else 1.0
            for group, rate in zip(self.optimizers[name].param_groups, self.rates[name], strict=True):
                group["lr"] = rate * factor

    def take_turns(self) -> None:
        self.set_rates()
        self.parts = []  # a step begins with a new batch, as it does after a resume
        for turn in self.system.turns(self.step):
            if self.step % turn.every:
                continue
            if turn.fresh or not self.parts:
                self.parts = self.next_parts()
            if not self.update(turn, self.parts):
                break  # the batch, or what the turn put in it, may be what is bad

    def next_parts(self) -> list[Batch]:
        """A new batch with what the system draws for it, on the device, in micro-batches."""
        position = self.stream.position
        begin = time.monotonic()
        batch = next(self.stream)
        self.waited += time.monotonic() - begin
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(mixed(self.seed, position))
            drawn = self.system.draw(self.stream.batch)
        share = self.stream.batch // ranks.world()
        rows = slice(ranks.rank() * share, (ranks.rank() + 1) * share)
        batch = {name: value[rows] for name, value in drawn.items()} | batch
        return split(to_device(batch, self.device), self.micro)

    def update(self, turn: Turn, parts: list[Batch]) -> bool:
        """Let one player move; no other parameter receives a gradient. False, and no trace, if it was not finite."""
        player, params, optimizer = self.players[turn.player], self.params[turn.player], self.optimizers[turn.player]
        before = [buffer.clone() for buffer in self.buffers]
        optimizer.zero_grad(set_to_none=True)
        record: Terms = {}
        size = sum(map(rows_of, parts))
        for part in parts:
            weight = rows_of(part) / size
            with autocast(self.precision, self.device):
                terms = turn.loss(part)
            total = sum(terms.values(), torch.zeros((), device=self.device))
            keep = turn.keep and len(parts) == 1
            (total * (turn.every * weight)).backward(inputs=params, retain_graph=keep)
            if not keep:
                drop_graphs(part)
            for name, term in terms.items():
                record[name] = record.get(name, 0.0) + weight * term.detach().float()
        gradients = [param.grad for param in params if param.grad is not None]
        ranks.average([*gradients, *record.values()])
        norm = torch.nn.utils.get_total_norm(gradients)
        self.terms |= {f"{turn.player}.{name}": value for name, value in record.items()}
        self.norms[turn.player] = norm
        if not bool((sum(record.values(), norm)).isfinite()):
            self.skip(turn, before)
            return False
        self.skipped_in_a_row[turn.player] = 0
        if limit := player.clip or self.clip:
            torch.nn.utils.clip_grads_with_norm_(params, limit, norm)
        optimizer.step()
        self.system.after(turn)
        return True

    @torch.no_grad()
    def skip(self, turn: Turn, before: list[Tensor]) -> None:
        """Undo what a non-finite update did to the buffers, and stop when it happens again and again."""
        for buffer, old in zip(self.buffers, before, strict=True):
            buffer.copy_(old)
        self.skipped += 1
        self.skipped_in_a_row[turn.player] += 1
        if self.skipped_in_a_row[turn.player] >= self.patience:
            bad = ", ".join(
                f"{name} = {value:.3g}" for name, value in self.terms.items() if name.startswith(turn.player)
            )
            raise Diverged(
                f"step {self.step}: {self.patience} updates of {turn.player} in a row were not finite ({bad}). "
                f"Try half the learning rate (--{turn.player.lower()}-lr), --clip 1, or --precision float32"
            )

    def measured(self) -> dict[str, Any]:
        """The present state in figures, JSON-able: a line of the log."""
        return {
            "step": self.step,
            "seconds": round(self.seconds, 3),
            "examples": self.stream.position,
            "terms": {name: value.item() for name, value in self.terms.items()},
            "gradient_norms": {name: value.item() for name, value in self.norms.items()},
            "rates": {name: optimizer.param_groups[0]["lr"] for name, optimizer in self.optimizers.items()},
            "skipped": self.skipped,
            "waited": round(self.waited, 3),
            **({"health": self.health} if self.health else {}),
            **self.system.readings(),
            **self.figures,
        }

    # ------------------------------------------------------------------ sampling

    def synchronise(self) -> None:
        """Give every rank the buffers of rank 0, before sampling and saving."""
        ranks.copy_from_first([*self.buffers, *self.average.system.buffers()])

    def sample(self, num: int, seed: int | None = None, **given: Tensor) -> Batch:
        """New outputs of the averaged system, on the CPU."""
        self.average.refresh()
        with autocast(self.precision, self.device):
            return self.average.system.sample(num, seed, **given)


def seed_all(seed: int) -> None:
    """Python's, NumPy's and torch's generators: a user's own system may draw from any of them."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def split(batch: Batch, parts: int) -> list[Batch]:
    """The batch in parts of nearly equal size."""
    if parts == 1:
        return [batch]
    pieces = {name: value.chunk(parts) for name, value in batch.items()}
    return [dict(zip(pieces, piece, strict=True)) for piece in zip(*pieces.values(), strict=True)]


def drop_graphs(batch: Batch) -> None:
    """Forget what a turn left in the batch with its graph: the graph is used up."""
    for name in [name for name, value in batch.items() if value.grad_fn is not None]:
        del batch[name]


def rows_of(batch: Batch) -> int:
    return len(next(iter(batch.values())))


def mixed(seed: int, position: int) -> int:
    """One 63-bit seed from two numbers; neighbours give unrelated ones."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {position}".encode(), digest_size=8).digest()) >> 1
