"""Codes: what a picture is made of, drawn, kept in files, and interpolated."""

import json
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ganworks.core import Batch, System

HEADER = "ganworks"  # the key of the safetensors header under which the facts stand, as JSON


def space_of(system: System) -> str:
    """The entry of the inputs that holds the codes: "w" (N, L, d) of systems with styles, otherwise "z" (N, d)."""
    return "w" if hasattr(system, "styles") else "z"


@torch.no_grad()
def draw(system: System, num: int, seed: int, **given: Tensor) -> Batch:
    """The inputs of `system.sample(num, seed)`, with w for systems with styles. ValueError without a latent space."""
    inputs = system.inputs(num, seed) | given
    z = inputs.get("z")
    if z is None or z.ndim != 2 or not z.is_floating_point() or "image" not in system.specs:
        raise ValueError(
            "this system makes no pictures from z, so there is no latent space; take a run of one that does"
        )
    return inputs | styles(system, inputs)


def styles(system: System, inputs: Batch) -> Batch:
    """{"w": (N, L, d)} of systems with styles, otherwise nothing."""
    if not hasattr(system, "styles"):
        return {}
    given = {name: value.to(next(system.parameters()).device) for name, value in inputs.items()}
    was_training = system.training
    system.eval()
    try:
        return {"w": cast(Any, system).styles(given).float().cpu()}
    finally:
        system.train(was_training)


def make(system: System, inputs: Batch) -> Tensor:
    """The pictures (N, C, H, W) of inputs, in float32 on the CPU."""
    return system.sample(len(next(iter(inputs.values()))), 0, **inputs)["image"]


def rows(inputs: Batch, index: Tensor | list[int]) -> Batch:
    """Some rows of all entries, as often as they are named."""
    return {name: value[torch.as_tensor(index)] for name, value in inputs.items()}


def typical_length(codes: Tensor) -> Tensor:
    """The root mean square length of codes (N, d): of normal z about d^0.5, with hardly any spread."""
    return codes.flatten(1).square().sum(1).mean().sqrt()


def save_codes(path: Path, inputs: Batch, facts: dict[str, Any]) -> None:
    """Write inputs, so that they can be used again; facts stand in the header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous() for name, value in inputs.items()}
    save_file(tensors, path, {HEADER: json.dumps(facts)})


def load_codes(path: Path, system: System) -> Batch:
    """The inputs that a file holds, of which only codes must be there: the rest is drawn by seed 0.

    ValueError if it can't be read, or belongs to another kind of system.
    """
    if not path.is_file():
        raise ValueError(f"no file {path}; `ganworks invert` and `ganworks edit` write codes, as codes.safetensors")
    try:
        with safe_open(str(path), framework="pt") as file:
            inputs: Batch = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path} can't be read as safetensors: {str(error).splitlines()[0]}") from error
    wanted = draw(system, 1, 0)
    inputs = {name: value for name, value in inputs.items() if name in wanted}
    if not {"z", "w"} & inputs.keys():
        raise ValueError(f"{path} holds no codes for this run: there is no entry {space_of(system)}")
    for name, value in inputs.items():
        if value.shape[1:] != wanted[name].shape[1:]:
            shapes = tuple(value.shape[1:]), tuple(wanted[name].shape[1:])
            raise ValueError(f"{path} belongs to another run: {name} has shape {shapes[0]}, this one's {shapes[1]}")
    return draw(system, len(next(iter(inputs.values()))), 0, **inputs) | inputs


def facts_of(path: Path) -> dict[str, Any]:
    """What `save_codes` was told of the codes in a file; nothing of a file that is not its own."""
    with safe_open(str(path), framework="pt") as file:
        return json.loads((file.metadata() or {}).get(HEADER, "{}"))


def slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Spherical interpolation, Shoemake 1985: from a (t = 0) to b (t = 1) along a great arc; (N, ...), row by row.

    Rows that point the same way, or exactly opposite ways, have no single arc; they are interpolated linearly.
    """
    flat_a, flat_b = a.flatten(1), b.flatten(1)
    lengths = flat_a.norm(dim=1, keepdim=True) * flat_b.norm(dim=1, keepdim=True)
    cosine = (flat_a * flat_b).sum(1, keepdim=True) / lengths.clamp(min=1e-12)
    angle = cosine.clamp(-1, 1).acos()
    sine = angle.sin()
    has_arc = sine > 1e-4
    safe = torch.where(has_arc, sine, 1.0)
    from_a = torch.where(has_arc, ((1 - t) * angle).sin() / safe, 1 - t)
    from_b = torch.where(has_arc, (t * angle).sin() / safe, t)
    return (from_a * flat_a + from_b * flat_b).view(a.shape)
