"""The whole state of an engine as named tensors and JSON, and back: what makes a resume exact."""

import base64
import random
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganworks.core import System
from ganworks.engine import ranks
from ganworks.engine.engine import Engine

Facts = dict[str, Any]


def capture(engine: Engine) -> tuple[dict[str, Tensor], Facts]:
    """Everything that the next step depends on. With several ranks, all must call it."""
    engine.synchronise()
    tensors: dict[str, Tensor] = {}
    facts: Facts = {
        "step": engine.step,
        "position": engine.stream.position,
        "seconds": engine.seconds,
        "best": engine.best,
        "figures": engine.figures,
        "skipped": engine.skipped,
        "skipped_in_a_row": engine.skipped_in_a_row,
        "random": ranks.gather(random_state()),
        "extra": {},
        "optimizers": {},
    }
    for name, value in plain_state(engine.system).items():
        if isinstance(value, Tensor):
            tensors[f"system.{name}"] = value
        else:
            facts["extra"][name] = value
    tensors |= {f"average.{name}": value for name, value in engine.average.tensors().items()}
    for player, optimizer in engine.optimizers.items():
        plain = facts["optimizers"][player] = {}
        for index, param in enumerate(engine.params[player]):
            for key, value in optimizer.state.get(param, {}).items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer.{player}.{index}.{key}"] = value
                else:
                    plain[f"{index}.{key}"] = value
    return tensors, facts


def restore(engine: Engine, tensors: dict[str, Tensor], facts: Facts) -> None:
    """Bring an engine, built with the same settings, to a captured state. ValueError for another system's."""
    load_system(engine.system, tensors, facts)
    saved = starting(tensors, "average.")
    with torch.no_grad():
        for name, value in engine.average.tensors().items():
            value.copy_(saved.get(name, tensors[f"system.{name}"]))
    for player, optimizer in engine.optimizers.items():
        load_optimizer(engine.params[player], optimizer, f"optimizer.{player}.", tensors, facts["optimizers"][player])
    engine.step = engine.saved_at = facts["step"]
    engine.seconds, engine.best, engine.figures = facts["seconds"], facts["best"], facts["figures"]
    engine.skipped, engine.skipped_in_a_row = facts["skipped"], facts["skipped_in_a_row"]
    engine.stream.seek(facts["position"])
    states = facts["random"]
    set_random_state(states[ranks.rank() % len(states)])


def load_system(system: System, tensors: dict[str, Tensor], facts: Facts, averaged: bool = False) -> None:
    """Load a checkpoint's weights, or the averaged ones. ValueError if they are another system's.

    What a checkpoint says to have left out stays as it is.
    """
    saved = starting(tensors, "system.") | (starting(tensors, "average.") if averaged else {})
    current = plain_state(system)
    expected = {name for name, value in current.items() if isinstance(value, Tensor)} - set(facts.get("left_out", ()))
    for name in sorted(expected ^ set(saved)):
        raise ValueError(f"the checkpoint is of another system: it {'lacks' if name in expected else 'has'} {name}")
    for name in sorted(expected):
        if saved[name].shape != current[name].shape:
            given, wanted = tuple(saved[name].shape), tuple(current[name].shape)
            raise ValueError(f"the checkpoint is of another system: {name} is {given}, not {wanted}")
    system.load_state_dict(saved | facts["extra"], strict=False)  # the names were compared; tied ones have but one


def plain_state(system: System) -> dict[str, Any]:
    """The system's state, a tensor that is reached by several names under the first alone."""
    first: dict[int, str] = {}
    state = system.state_dict(keep_vars=True)
    for name, value in state.items():
        first.setdefault(id(value), name)
    return {
        name: value.detach() if isinstance(value, Tensor) else value
        for name, value in state.items()
        if not isinstance(value, Tensor) or first[id(value)] == name
    }


def starting(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, without the prefix."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def load_optimizer(
    params: list[torch.nn.Parameter],
    optimizer: torch.optim.Optimizer,
    prefix: str,
    tensors: dict[str, Tensor],
    plain: Facts,
) -> None:
    """Fused optimisers walk through memory, so each moment must get the strides of its parameter back."""
    flat = starting(tensors, prefix) | plain
    fused = any(group.get("fused") or group.get("capturable") for group in optimizer.param_groups)
    optimizer.state.clear()
    for name, value in flat.items():
        index, _, key = name.partition(".")
        param = params[int(index)]
        if isinstance(value, Tensor) and value.shape == param.shape and key != "step":
            value = torch.empty_like(param, dtype=value.dtype).copy_(value)
        elif isinstance(value, Tensor):
            value = value.clone().to(param.device if fused else "cpu")
        optimizer.state[param][key] = value


def random_state() -> Facts:
    """The generators of this process, as JSON: torch on every device, Python's, and NumPy's."""
    numpy = np.random.get_state(legacy=True)
    state: Facts = {
        "cpu": encode(torch.get_rng_state()),
        "python": random.getstate(),
        "numpy": [np.asarray(part).tolist() for part in numpy],
    }
    if torch.cuda.is_available():
        state["cuda"] = encode(torch.cuda.get_rng_state())
    if torch.backends.mps.is_available():
        state["mps"] = encode(torch.mps.get_rng_state())
    return state


def set_random_state(state: Facts) -> None:
    torch.set_rng_state(decode(state["cpu"]))
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    np.random.set_state(tuple(state["numpy"]))
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(decode(state["cuda"]))
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(decode(state["mps"]))


def encode(state: Tensor) -> str:
    return base64.b64encode(state.numpy().tobytes()).decode()


def decode(text: str) -> Tensor:
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.uint8)
