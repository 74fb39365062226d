"""Weight files: downloaded once, read without running anything inside them, known by their content."""

import hashlib
import re
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from ganworks.data.named import alone, cache

ELSE = "give --weights FILE, or --features convs, which needs none"


def fetch(url: str, what: str) -> Path:
    """The file behind a URL whose name ends in the start of its SHA-256, as in net-6726825d.pth.

    It is kept in the cache; a copy that PyTorch's hub has already is used too. ValueError in one line on a failure.
    """
    name = url.rpartition("/")[2]
    match = re.search(r"-([0-9a-f]{8,})\.", name)
    assert match, "a download is checked by the hash in its name"
    prefix = match[1]
    path = cache() / "weights" / name
    for there in (path, Path(torch.hub.get_dir()) / "checkpoints" / name):
        if is_whole(there, prefix):
            return there
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path.with_name(f".{name}.lock")):
            if not is_whole(path, prefix):  # unless another process has brought it meanwhile
                # It has another name until it is whole and its hash is right.
                torch.hub.download_url_to_file(url, str(path), prefix, progress=True)
    except Exception as error:  # the network, the disk, the hash: one line for all
        raise ValueError(f"{what} can't be downloaded ({first_line(error)}); {ELSE}") from error
    return path


def is_whole(path: Path, prefix: str) -> bool:
    """Whether the file is there, with the content that its name promises."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(prefix)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file, or of a state dict saved by PyTorch. ValueError in one line if it is none."""
    if not path.is_file():
        raise ValueError(f"no file {path} to take weights from" + (": it is a folder" if path.is_dir() else ""))
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # zip, pickle and safetensors each have their own
        raise ValueError(
            f"{path} can't be read as weights; a .safetensors file or a state dict saved by PyTorch is needed"
        ) from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise ValueError(f"{path} holds no state dict, that is tensors by name")
    return found  # not a copy: the versions of its modules are an attribute of the state dict


def fit(net: nn.Module, tensors: dict[str, Tensor], path: Path, what: str) -> None:
    """Load all tensors into the net. ValueError in one line, with the first that doesn't fit, if they aren't its."""
    wanted = net.state_dict()
    counters = {
        name for name in wanted if name.endswith("num_batches_tracked")
    }  # old files lack them; nobody needs them
    missing = sorted(wanted.keys() - tensors.keys() - counters)
    foreign = sorted(tensors.keys() - wanted.keys())
    unlike = sorted(n for n in wanted.keys() & tensors.keys() if wanted[n].shape != tensors[n].shape)
    if missing or foreign or unlike:
        if missing:
            reason = f"{missing[0]} is missing"
        elif foreign:
            reason = f"{foreign[0]} is not one of the network's tensors"
        else:
            name = unlike[0]
            reason = f"{name} is {tuple(tensors[name].shape)}, {tuple(wanted[name].shape)} is needed"
        raise ValueError(f"{path} holds no weights of {what}: {reason}. Name their network by --features")
    net.load_state_dict(tensors, strict=False)


def digest(tensors: dict[str, Tensor]) -> str:
    """16 hex digits of the tensors' names, types, shapes and values: the same for a .pth and its .safetensors."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        if not name.endswith("num_batches_tracked"):
            tensor = tensors[name].detach().cpu().contiguous()
            total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            total.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()[:16]


def first_line(error: Exception) -> str:
    """Why it failed; urllib wraps the reason into something less readable."""
    text = str(getattr(error, "reason", error))
    return (text.splitlines() or [type(error).__name__])[0].rstrip(". ")
