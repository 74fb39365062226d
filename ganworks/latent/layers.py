"""What the layers of a generator read, whatever net it is: convolutions and dense layers are watched at work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from ganworks.core import Batch, System

Look = Callable[[str, Tensor, Tensor], None]  # name of the layer, what it reads, what it makes of it
CPU = torch.device("cpu")
EXACT = 1e-3  # an affine map is one up to this share, in float32
TESTS = 8  # codes by which that is tested
GLANCE = 512  # values, about, of what a layer reads, that are looked at


def weighted(system: System) -> dict[str, int]:
    """Layers with a matrix or a kernel of weights, by name, and how many dimensions those have."""
    found = {}
    for name, value in system.named_parameters():  # of the parts of a constrained weight, without computing it
        layer = name.removesuffix(".original").removesuffix(".parametrizations.weight").removesuffix(".weight")
        if layer != name and value.ndim >= 2:
            found[layer] = value.ndim
    return found


@contextmanager
def watching(system: System, look: Look) -> Iterator[None]:
    """Show `look` what goes through the layers with weights; it must copy what it keeps, as nets work in place."""

    def hook(name: str) -> Callable[..., None]:
        def see(module: nn.Module, args: tuple[Any, ...], made: Any) -> None:
            first = made[0] if isinstance(made, tuple) else made
            if args and isinstance(args[0], Tensor) and args[0].is_floating_point():  # not labels
                look(name, args[0].detach(), first.detach())

        return see

    system.sample(1, 0)  # what is prepared for the first sample, as the statistics of a norm, goes through layers too
    handles = [system.get_submodule(name).register_forward_hook(hook(name)) for name in weighted(system)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def dropping(system: System, names: list[str], maps: Tensor) -> Iterator[None]:
    """These layers read zeros in place of the maps of these numbers."""

    def hook(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        keep = torch.ones(args[0].shape[1], device=args[0].device, dtype=args[0].dtype)
        keep[maps] = 0
        return (args[0] * keep[:, None, None], *args[1:])

    handles = [system.get_submodule(name).register_forward_pre_hook(hook) for name in names]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def maps_read(system: System, inputs: Batch) -> dict[str, list[str]]:
    """Names of the layers that read maps, by the maps' shape, as "128x7x7", in the order of their first use.

    Layers that read maps of one shape are taken for readers of the same maps: so it is in plain nets, and in residual
    ones, where they add up.
    """
    found: dict[str, list[str]] = {}

    def look(name: str, read: Tensor, made: Tensor) -> None:
        if read.ndim == 4 and min(read.shape[2:]) > 1:
            names = found.setdefault("x".join(map(str, read.shape[1:])), [])
            names += [name] if name not in names else []

    with watching(system, look):
        system.sample(1, 0, **{name: value[:1] for name, value in inputs.items()})
    return found


def read_by(system: System, inputs: Batch, name: str) -> tuple[Tensor, Tensor]:
    """What one layer reads for each row of the inputs, (N, ...) on the CPU, and the pictures."""
    seen: list[Tensor] = []

    def look(at: str, read: Tensor, made: Tensor) -> None:
        if at == name:
            seen.append(read.to(CPU, torch.float32, copy=True))

    with watching(system, look):
        images = system.sample(len(next(iter(inputs.values()))), 0, **inputs)["image"]
    return torch.cat(seen), images


def affine_readers(system: System, inputs: Batch, space: str) -> tuple[Tensor, str | None]:
    """The affine maps by which dense layers read the code, (outputs of all of them, d), and the name of the first layer
    that reads anything but an affine function of it, None if there is none.

    Found by probing: an affine map is known by what it makes of 0 and of the axes, and right for other codes. All are
    of length d^0.5, so that nets which begin by bringing z to it count as affine.
    """
    code = inputs[space] if space == "z" else inputs[space][:, 0]
    length = code.shape[1] ** 0.5
    tests = normalize(code[:TESTS].float(), dim=1) * length
    probes = torch.cat([torch.zeros_like(tests[:1]), torch.eye(code.shape[1]) * length, tests])
    same = {name: value[:1].expand(len(probes), *value.shape[1:]) for name, value in inputs.items()}
    same[space] = probes if space == "z" else probes[:, None].expand(-1, inputs[space].shape[1], -1)
    dense = {name for name, ndim in weighted(system).items() if ndim == 2}
    read_of: dict[str, list[Tensor]] = {}
    made_of: dict[str, list[Tensor]] = {}

    def look(name: str, read: Tensor, made: Tensor) -> None:
        values = read.flatten(1)
        read_of.setdefault(name, []).append(
            values[:, :: values.shape[1] // GLANCE + 1].to(CPU, torch.float32, copy=True)
        )
        if name in dense and read.ndim == 2:
            made_of.setdefault(name, []).append(made.flatten(1).to(CPU, torch.float32, copy=True))

    with watching(system, look):
        system.sample(len(probes), 0, **same)
    matrices = [matrix_of(torch.cat(parts), tests) for parts in made_of.values()]
    found = [matrix for matrix in matrices if matrix is not None and matrix.abs().max() > 0]
    curved = (name for name, parts in read_of.items() if matrix_of(torch.cat(parts), tests) is None)
    return torch.cat(found) if found else torch.zeros(0, code.shape[1]), next(curved, None)


def matrix_of(values: Tensor, tests: Tensor) -> Tensor | None:
    """The matrix (D, d) of an affine map by its values at 0, on the axes and at tests (n, d), or None."""
    num, dim = tests.shape
    if len(values) != 1 + dim + num:  # a layer that is used several times
        return None
    start, ends, wanted = values.split([1, dim, num])
    matrix = (ends - start).T / dim**0.5
    wrong = (start + tests @ matrix.T - wanted).norm()
    return matrix if wrong <= EXACT * (wanted - start).norm() + 1e-6 else None
