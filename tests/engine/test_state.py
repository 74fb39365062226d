"""Checkpoints of systems with unusual tensors: tied weights, buffers that are not saved, state that is no tensor."""

import pytest
import torch
from shapes import Plain
from torch import nn

from ganworks.checks import RandomStream, resume_is_exact
from ganworks.engine import checkpoint, state
from ganworks.engine.engine import Engine


class Tied(Plain):
    """Two names for one weight, a buffer that is made anew each time, and a counter as extra state."""

    def __init__(self):
        super().__init__(16)
        self.G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
        self.twin = nn.Linear(16, 16)
        self.twin.weight, self.twin.bias = self.G[2].weight, self.G[2].bias
        self.G.register_buffer("grid", torch.arange(3.0), persistent=False)
        self.moves = 0

    def after(self, turn):
        self.moves += 1

    def get_extra_state(self):
        return {"moves": self.moves}

    def set_extra_state(self, value):
        self.moves = value["moves"]


def engine_of(system):
    return Engine(system, RandomStream(system.specs), device="cpu", precision="float32")


def test_resumes_exactly():
    resume_is_exact(Tied)


def test_the_averaged_weights_are_loaded_for_use_under_every_name(tmp_path):
    engine = engine_of(Tied())
    for _ in range(5):
        engine.take_step()
    checkpoint.write(tmp_path / "x.safetensors", *state.capture(engine))
    system = Tied()
    state.load_system(system, *checkpoint.read(tmp_path / "x.safetensors"), averaged=True)
    averaged = engine.average.system.G[2].weight
    assert not torch.equal(averaged, engine.system.G[2].weight)
    assert torch.equal(system.G[2].weight, averaged)
    assert system.twin.weight is system.G[2].weight
    assert system.moves == 10


@pytest.mark.parametrize("width", [8, 32])
def test_weights_of_another_system_are_refused(width, tmp_path):
    checkpoint.write(tmp_path / "x.safetensors", *state.capture(engine_of(Plain(16))))
    read = checkpoint.read(tmp_path / "x.safetensors")
    with pytest.raises(ValueError, match=r"another system: D\.0\.bias is \(16,\), not"):
        state.load_system(Plain(width), *read)
    with pytest.raises(ValueError, match="another system: it lacks"):
        state.load_system(Tied(), *read)
