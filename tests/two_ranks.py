"""Run under torchrun by test_ranks.py: trains the named systems, writes what each became, checks that ranks agree."""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from ganworks import registry
from ganworks.checks import RandomStream
from ganworks.engine import ranks, state
from ganworks.engine.engine import Engine


def train(name: str, folder: Path) -> None:
    entry = registry.find(name)
    torch.manual_seed(0)
    system = registry.build(name, **entry.tiny)[0]
    stream = RandomStream(system.specs, rank=ranks.rank(), world=ranks.world())
    engine = Engine(system, stream, device="cpu", precision="float32")
    for _ in range(3):
        engine.take_step()
    tensors, _ = state.capture(engine)
    for key in [key for key in tensors if key.startswith("system.")]:
        copies = ranks.gather(tensors[key])
        assert all(torch.equal(copy, copies[0]) for copy in copies), f"{name}: the ranks disagree on {key}"
    if ranks.rank() == 0:
        dense = {
            key: value.detach().clone(memory_format=torch.contiguous_format)
            for key, value in engine.system.state_dict().items()
        }
        save_file(dense, folder / f"{name.replace(':', '.')}.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(1)
    ranks.start()
    for name in sys.argv[2:]:
        train(name, Path(sys.argv[1]))
    ranks.leave(0)
