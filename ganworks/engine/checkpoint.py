"""One file that holds everything: safetensors with JSON in its header, written atomically, verified when read.

`step-00001000.safetensors` are the newest ones, `best.safetensors` the best by the run's figure. No pickle anywhere.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import Tensor

FORMAT = "ganworks checkpoint 1"
Facts = dict[str, Any]


def checksum(tensors: dict[str, Tensor], facts: str) -> str:
    """SHA-256 over the JSON and over each tensor's name, type, shape and bytes."""
    digest = hashlib.sha256(facts.encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def write(path: Path, tensors: dict[str, Tensor], facts: Facts) -> None:
    """Write so that at every moment either the old file or the whole new one is there."""
    dense = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(facts)
    raw = serialise(dense, {"format": FORMAT, "facts": text, "checksum": checksum(dense, text)})
    unfinished = path.with_suffix(f".{os.getpid()}.unfinished")  # two processes may write the same file, as a cache's
    try:
        with unfinished.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename last through a power failure."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(path: Path) -> tuple[dict[str, Tensor], Facts]:
    """Tensors and facts of a checkpoint. ValueError, in one line, for a truncated, changed or foreign file."""
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            if header.get("format") != FORMAT:
                raise ValueError(f"{path.name} is not a checkpoint of ganworks")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path.name} cannot be read ({error})") from error
    if checksum(tensors, header.get("facts", "")) != header.get("checksum"):
        raise ValueError(f"{path.name} is damaged: its checksum does not match its content")
    return tensors, json.loads(header["facts"])


def path_of(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}.safetensors"


def newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.safetensors"), reverse=True)


def save(
    folder: Path, step: int, tensors: dict[str, Tensor], facts: Facts, *, best: bool = False, keep: int = 2
) -> Path:
    """Write the checkpoint of a step, then forget all but the newest `keep`; `best` keeps it by that name too.

    One process at a time: what is unfinished was left by one that was killed, and goes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.unfinished"):
        left.unlink(missing_ok=True)
    path = path_of(folder, step)
    write(path, tensors, facts)
    if best:
        keep_as_best(path)
    for old in newest_first(folder)[keep:]:
        old.unlink()
    return path


def keep_as_best(path: Path) -> None:
    """A second name for the same file; a copy where the file system knows no links."""
    link = path.with_name("best.unfinished")
    link.unlink(missing_ok=True)
    try:
        os.link(path, link)
    except OSError:
        shutil.copyfile(path, link)
    link.replace(path.with_name("best.safetensors"))


def load_newest(folder: Path) -> tuple[dict[str, Tensor], Facts, list[str]]:
    """The newest checkpoint that is whole, and a line for each newer one that is not."""
    problems: list[str] = []
    for path in newest_first(folder):
        try:
            tensors, facts = read(path)
            return tensors, facts, problems
        except ValueError as error:
            problems.append(str(error))
    found = "; ".join(problems) or "there is none"
    raise ValueError(f"no usable checkpoint in {folder}: {found}")
