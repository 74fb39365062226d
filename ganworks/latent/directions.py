"""Directions in a latent space along which pictures change in one way: from labels, from statistics, from weights."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganworks.core import Batch, System
from ganworks.latent.codes import draw, make, space_of
from ganworks.latent.layers import affine_readers, read_by
from ganworks.latent.logistic import fit_logistic
from ganworks.registry import Unknown

Classify = Callable[[Tensor], Tensor]  # pictures (N, C, H, W) in [-1, 1] -> class numbers (N,)
HELD_OUT = 0.25
LEAST = 20  # codes of a class, and of all others, from which its direction can be learned
VARIES = 1e-9  # of all variance, more than what rounding makes of none


@dataclass(frozen=True)
class Direction:
    """A unit vector (d,) in the space "z" or "w". deviation: of drawn codes along it, which strengths are measured in.

    facts: how it was found, and how good it is, JSON-able.
    """

    name: str
    space: str
    vector: Tensor
    deviation: float
    facts: dict[str, Any] = field(default_factory=dict)

    def move(self, inputs: Batch, strength: float) -> Batch:
        """The inputs, their codes moved by `strength` deviations; all styles alike."""
        return inputs | {self.space: inputs[self.space] + strength * self.deviation * self.vector}

    def save(self, folder: Path) -> Path:
        """Write folder/NAME.json."""
        path = folder / f"{file_name(self.name)}.json"
        folder.mkdir(parents=True, exist_ok=True)
        known = {"name": self.name, "space": self.space, "deviation": self.deviation} | self.facts
        path.write_text(json.dumps(known | {"vector": self.vector.tolist()}, indent=1), encoding="utf-8")
        return path


def file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)


def load(name: str, folder: Path, system: System) -> Direction:
    """The direction of that name in the folder, or in a file. ValueError if there is none, or it doesn't fit."""
    path = Path(name) if name.endswith(".json") else folder / f"{file_name(name)}.json"
    if not path.is_file():
        if not (found := sorted(folder.glob("*.json"))):
            raise ValueError(f"no direction '{name}': there are none in {folder}; ganworks directions finds some")
        raise Unknown("direction", name, (file.stem for file in found))
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        vector, space = torch.tensor(facts.pop("vector"), dtype=torch.float32), str(facts.pop("space"))
        direction = Direction(str(facts.pop("name")), space, vector, float(facts.pop("deviation")), facts)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise ValueError(f"{path} is no direction: {type(error).__name__} at {error}") from error
    wanted = draw(system, 1, 0)[space_of(system)]
    if space != space_of(system) or vector.shape != wanted.shape[-1:]:
        have = f"{space} of shape {tuple(vector.shape)}"
        raise ValueError(f"{path} is for {have}, the run has {space_of(system)} of shape {tuple(wanted.shape[-1:])}")
    return direction


def flat(inputs: Batch, space: str) -> Tensor:
    """One code for each row, (N, d): the mean of styles."""
    return inputs[space] if space == "z" else inputs[space].mean(1)


def directed(name: str, space: str, vector: Tensor, codes: Tensor, facts: dict[str, Any]) -> Direction:
    unit = (vector / vector.norm()).float()
    return Direction(name, space, unit, float((codes.float() @ unit).std()), facts)


def by_labels(
    system: System, classify: Classify, names: list[str], *, num: int = 4000, seed: int = 0
) -> list[Direction]:
    """For each class the direction that tells its codes from all others, by logistic regression.

    Shen et al. 2020 (arXiv 1907.10786) take a support vector machine. facts: how many codes were of the class, and the
    `accuracy` on held-out ones, both sides weighing the same: 0.5 is chance.
    """
    space = space_of(system)
    inputs = draw(system, num, seed)
    codes, label = flat(inputs, space), classify(make(system, inputs))
    num_held_out = round(HELD_OUT * num)
    found = []
    for number, name in enumerate(names):
        yes = label == number
        held, seen = yes[:num_held_out], yes[num_held_out:]
        if min(int(seen.sum()), int((~seen).sum())) < LEAST or not held.any() or held.all():
            continue
        fitted = fit_logistic(codes[num_held_out:], seen)
        right = (fitted.logits(codes[:num_held_out]) > 0) == held
        accuracy = (right[held].double().mean() + right[~held].double().mean()) / 2
        facts = {"method": "labels", "num": num, "num_of_class": int(yes.sum()), "accuracy": float(accuracy)}
        found.append(directed(name, space, fitted.weight, codes, facts))
    return found


def by_pca(system: System, count: int = 10, *, num: int = 2000, seed: int = 0) -> list[Direction]:
    """The directions in which most varies, the first one most: Härkönen et al. 2020, GANSpace (arXiv 2004.02546).

    Of w; without styles, the principal components of what the first layer behind a non-linearity reads, brought back
    to z by regression. The paper has those of BigGAN's first layer, which is affine: there they are those of `by_sefa`.
    facts: `share` of the variance.
    """
    space = space_of(system)
    inputs = draw(system, num, seed)
    codes = flat(inputs, space).double()
    layer = None if space == "w" else affine_readers(system, inputs, space)[1]
    values = codes if layer is None else read_by(system, inputs, layer)[0].flatten(1).double()
    values = values - values.mean(0)
    # The smaller of the two matrices of products has the same eigenvalues as the other, other than 0.
    wide = values.shape[1] > len(values)
    variances, vectors = torch.linalg.eigh(values @ values.T if wide else values.T @ values)
    count = min(count, codes.shape[1], int((variances > VARIES * variances.sum()).sum()))
    if not count:
        raise ValueError(f"{layer or space} is the same for all samples, so there are no components")
    first = vectors.flip(1)[:, :count]
    coordinates = first if wide else values @ first  # up to a factor for each component
    centred = codes - codes.mean(0)
    back = torch.linalg.lstsq(coordinates, centred).solution  # (count, d)
    shares = (variances.flip(0)[:count] / variances.sum()).tolist()
    return [
        directed(f"pca{n}", space, back[n], codes, {"method": "pca", "layer": layer or space, "share": shares[n]})
        for n in range(count)
    ]


def by_sefa(system: System, count: int = 10, *, seed: int = 0) -> list[Direction]:
    """What the layers that read the code amplify most: Shen & Zhou 2021, SeFa (arXiv 2007.06600).

    Eigenvectors of A^T A, where A holds the weights of all layers that read the code by an affine map; they are found
    at work, whatever net it is. ValueError if there is no such layer. facts: `gain`, by which A lengthens it.
    """
    space = space_of(system)
    inputs = draw(system, 1000, seed)
    codes = flat(inputs, space)
    matrix, _ = affine_readers(system, {name: value[:16] for name, value in inputs.items()}, space)
    if not len(matrix):
        raise ValueError(f"no layer of the generator reads {space} by an affine map, so SeFa has no weights to look at")
    gains, vectors = torch.linalg.eigh((matrix.T @ matrix).double())
    order = range(codes.shape[1] - 1, max(codes.shape[1] - count, 0) - 1, -1)
    return [
        directed(
            f"sefa{n}", space, vectors[:, k], codes, {"method": "sefa", "gain": float(gains[k].clamp_min(0).sqrt())}
        )
        for n, k in enumerate(order)
    ]
