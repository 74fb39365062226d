"""What a batch entry is: shape, range and meaning, with errors that name the entry, what came and what was expected."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Spec(ABC):
    """One entry of a batch, without the batch dimension."""

    def validate(self, name: str, value: Tensor) -> None:
        """Raise ValueError unless `value` (N, ...) is such an entry."""
        if value.ndim == 0 or tuple(value.shape[1:]) != self.shape:
            expected = ", ".join(["N", *map(str, self.shape)])
            raise ValueError(f"{name}: shape {tuple(value.shape)} was given, ({expected}) expected")
        self.validate_values(name, value)

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of one entry."""

    @abstractmethod
    def validate_values(self, name: str, value: Tensor) -> None:
        """Raise ValueError unless type and range are right; the shape already is."""

    @abstractmethod
    def random(self, num: int) -> Tensor:
        """`num` arbitrary valid entries, for checks and dry runs."""

    def to_json(self) -> dict[str, Any]:
        return {"kind": type(self).__name__.lower(), **asdict(self)}


def validate_range(name: str, value: Tensor, low: float, high: float) -> None:
    """Raise ValueError unless all of `value` is finite and in [low, high]."""
    if value.numel() == 0:
        return
    smallest, largest = value.amin().item(), value.amax().item()
    if not (smallest >= low and largest <= high):  # a NaN fails both
        raise ValueError(
            f"{name}: values from {smallest:.4g} to {largest:.4g} were given, [{low:g}, {high:g}] expected"
        )


@dataclass(frozen=True)
class Image(Spec):
    """Pictures (channels, height, width), float, in [-1, 1]; channels 1 grey, 3 RGB, 4 RGBA."""

    channels: int
    height: int
    width: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.channels, self.height, self.width)

    def validate_values(self, name: str, value: Tensor) -> None:
        if not value.is_floating_point():
            raise ValueError(f"{name}: {value.dtype} was given, floating-point pictures in [-1, 1] expected")
        validate_range(name, value, -1.0, 1.0)

    def random(self, num: int) -> Tensor:
        return torch.rand(num, *self.shape) * 2 - 1


@dataclass(frozen=True)
class Label(Spec):
    """A class number () from 0 to classes - 1, int64."""

    classes: int
    names: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    def validate_values(self, name: str, value: Tensor) -> None:
        if value.dtype != torch.int64:
            raise ValueError(f"{name}: {value.dtype} was given, int64 class numbers expected")
        validate_range(name, value, 0, self.classes - 1)

    def random(self, num: int) -> Tensor:
        return torch.randint(self.classes, (num,))


@dataclass(frozen=True)
class Tokens(Spec):
    """A sequence (length,) of token numbers from 0 to vocabulary - 1, int64."""

    vocabulary: int
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.length,)

    def validate_values(self, name: str, value: Tensor) -> None:
        if value.dtype != torch.int64:
            raise ValueError(f"{name}: {value.dtype} was given, int64 token numbers expected")
        validate_range(name, value, 0, self.vocabulary - 1)

    def random(self, num: int) -> Tensor:
        return torch.randint(self.vocabulary, (num, self.length))


@dataclass(frozen=True)
class Vector(Spec):
    """A point (dim,), float, finite: toy distributions, tables, features."""

    dim: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.dim,)

    def validate_values(self, name: str, value: Tensor) -> None:
        if not value.is_floating_point():
            raise ValueError(f"{name}: {value.dtype} was given, floating-point vectors expected")
        if not value.isfinite().all():
            raise ValueError(f"{name}: {int((~value.isfinite()).sum())} values are not finite")

    def random(self, num: int) -> Tensor:
        return torch.randn(num, self.dim)


KINDS: dict[str, Any] = {kind.__name__.lower(): kind for kind in (Image, Label, Tokens, Vector)}


def from_json(value: dict[str, Any]) -> Spec:
    """The spec that `to_json` wrote."""
    fields = {key: tuple(item) if isinstance(item, list) else item for key, item in value.items() if key != "kind"}
    return KINDS[value["kind"]](**fields)
