"""Any network as an ONNX file: its input says what it wants, its first output is the features.

What a file can't say in its input is read from its metadata, texts by these keys, all of them optional:
`range`, two numbers, what the bytes 0 and 255 become (without it 0 and 1; with an input of bytes 0 and 255);
then `mean` and `std`, one number or one for each channel, to subtract and to divide by.
"""

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganworks.metrics.extractors.abstract import Extractor, Features
from ganworks.metrics.extractors.prepare import RGB, Size, resize, with_channels
from ganworks.metrics.extractors.weights import first_line

TYPES: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(double)": np.dtype(np.float64),
    "tensor(uint8)": np.dtype(np.uint8),
}
PROBE = (64, 64)  # the size of the picture that shows how many features there are, where any size is possible


class Port(Protocol):
    """An input or output of a model; free sizes are texts or None."""

    name: str
    shape: list[int | str | None]
    type: str


class Session(Protocol):
    """The part of onnxruntime.InferenceSession that is used."""

    def get_inputs(self) -> list[Any]: ...
    def get_outputs(self) -> list[Any]: ...
    def get_modelmeta(self) -> Any: ...
    def run(self, outputs: list[str], inputs: dict[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]: ...


def onnx(path: Path, size: Size | None = None) -> "Onnx":
    """The extractor of a file. ValueError in one line without onnxruntime, and for files that it can't run."""
    try:
        open_session = import_module("onnxruntime").InferenceSession
    except ImportError as error:
        raise ValueError(f'{path} needs onnxruntime: pip install "ganworks[onnx]"') from error
    try:
        session: Session = open_session(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # protobuf's, onnxruntime's own, many kinds
        raise ValueError(f"{path} can't be run by onnxruntime ({first_line(error)})") from error
    return Onnx(session, path.stem, hashlib.sha256(path.read_bytes()).hexdigest()[:16], size)


class Onnx(Extractor):
    """The first output of a model, flattened: (N, C, H, W) -> (N, d).

    size: what pictures are resized to where the model takes any; without it they stay as they are.
    """

    def __init__(self, session: Session, name: str, weights: str, size: Size | None = None):
        ports = session.get_inputs()
        port: Port = ports[0]
        if len(ports) != 1 or len(port.shape) != 4 or port.type not in TYPES:
            shown = ", ".join(f"{p.name} {p.type} {p.shape}" for p in ports)
            raise ValueError(f"{name}.onnx takes {shown}; one input of pictures, floats or bytes, is needed")
        self.session, self.name, self.port = session, name, port
        self.output: str = session.get_outputs()[0].name
        self.type = TYPES[port.type]
        fixed = [extent if isinstance(extent, int) and extent > 0 else None for extent in port.shape]
        self.last = fixed[1] not in (1, 3, 4) and fixed[3] in (1, 3, 4)  # the channels come last
        self.channels = (fixed[3] if self.last else fixed[1]) or 3
        if self.channels not in (1, 3, 4):
            raise ValueError(f"{name}.onnx takes {self.channels} channels; 1, 3 or 4 are possible")
        height, width = (fixed[1], fixed[2]) if self.last else (fixed[2], fixed[3])
        self.size = (height, width) if height and width else size
        self.batch = fixed[0]
        self.chunk = self.batch or 32
        self.read_metadata(dict(session.get_modelmeta().custom_metadata_map))
        blank = torch.zeros(1, self.channels, *(self.size or PROBE), dtype=torch.uint8)
        self.dim = self.read(blank).features.shape[1]
        self.facts = {
            "network": f"{name}.onnx",
            "weights": weights,
            "features": self.output,
            "size": list(self.size) if self.size else "as it is",
            "resize": "bilinear, antialiased",
            "range": f"{self.range} - {self.mean.flatten().tolist()}, / {self.std.flatten().tolist()}",
            "channels": RGB if self.channels == 3 else self.channels,
            "version": 1,
        }

    def read_metadata(self, texts: dict[str, str]) -> None:
        def numbers(key: str, default: str, counts: tuple[int, ...]) -> list[float]:
            try:
                found = [float(word) for word in texts.get(key, default).replace(",", " ").split()]
            except ValueError:
                found = []
            if len(found) not in counts:
                possible = " or ".join(map(str, sorted(set(counts))))
                raise ValueError(f"{self.name}.onnx has '{texts[key]}' as its {key}; {possible} numbers are needed")
            return found

        self.range = numbers("range", "0 255" if self.type == np.uint8 else "0 1", (2,))
        mean, std = (numbers(key, default, (1, self.channels)) for key, default in (("mean", "0"), ("std", "1")))
        self.mean, self.std = (torch.tensor(values).view(1, -1, 1, 1) for values in (mean, std))

    def read(self, pictures: Tensor) -> Features:
        num, (low, high) = len(pictures), self.range
        size = self.size or (pictures.shape[2], pictures.shape[3])
        values = resize(with_channels(pictures, self.channels), size)
        values = values * ((high - low) / 255) + low
        values = (values - self.mean) / self.std
        if self.batch and num < self.batch:  # a fixed batch is filled up
            values = torch.cat([values, values[-1:].expand(self.batch - num, -1, -1, -1)])
        array = (values.permute(0, 2, 3, 1) if self.last else values).contiguous().numpy()
        array = array.round().clip(0, 255).astype(self.type) if self.type == np.uint8 else array.astype(self.type)
        found = self.session.run([self.output], {self.port.name: array})[0]
        return Features(torch.from_numpy(np.asarray(found[:num], np.float32)).flatten(1))
