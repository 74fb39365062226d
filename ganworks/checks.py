"""The rules that every system keeps, as public checks: `ganworks check my_module:my_system` runs them on your own.

Each check takes a function that builds the system, raises AssertionError with what is wrong, and is quick: it runs
on random batches of a small variant, on the CPU, in float32.
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from ganworks import registry
from ganworks.core import Batch, System
from ganworks.engine import checkpoint, state
from ganworks.engine.engine import Engine
from ganworks.specs import Image, Spec

Make = Callable[[], System]
BATCH = 8


class RandomStream:
    """Arbitrary valid batches, a function of seed and position alone; `rank` of `world` gets its rows of each."""

    def __init__(self, specs: dict[str, Spec], batch: int = BATCH, seed: int = 0, rank: int = 0, world: int = 1):
        self.specs, self.batch, self.seed = specs, batch, seed
        self.rows = slice(rank * batch // world, (rank + 1) * batch // world)
        self.position = 0

    def __next__(self) -> Batch:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed + self.position)
            entries = {name: spec.random(self.batch)[self.rows] for name, spec in self.specs.items()}
        self.position += self.batch
        return entries

    def seek(self, position: int) -> None:
        self.position = position


def engine_for(make: Make, seed: int = 0, micro: int = 1, lr: float | None = None) -> Engine:
    """A float32 CPU engine around a newly built system."""
    torch.manual_seed(seed)
    system = make()
    rates = None if lr is None else dict.fromkeys(system.players(), lr)
    stream = RandomStream(system.specs)
    return Engine(system, stream, seed=seed, device="cpu", precision="float32", micro=micro, lr=rates)


def trained(make: Make, steps: int) -> Engine:
    """An engine after some steps; the generators are process-wide, so that two must not take turns."""
    engine = engine_for(make)
    for _ in range(steps):
        engine.take_step()
    return engine


def parameters_of(engine: Engine) -> dict[str, Tensor]:
    return {name: param.detach().clone() for name, param in engine.system.named_parameters()}


def each_parameter_has_one_player(make: Make) -> None:
    engine_for(make)  # the engine refuses anything else


def only_the_mover_moves(make: Make, steps: int = 4) -> None:
    """Parameters of the others stay as they are, to the bit; the mover's change."""
    engine = engine_for(make)
    for _ in range(steps):
        for turn in engine.system.turns(engine.step):
            if engine.step % turn.every:
                continue
            if turn.fresh or not engine.parts:
                engine.parts = engine.next_parts()
            before = parameters_of(engine)
            assert engine.update(turn, engine.parts), f"turn of {turn.player} at step {engine.step} is not finite"
            mine = {id(param) for param in engine.params[turn.player]}
            moved = False
            for name, param in engine.system.named_parameters():
                changed = not torch.equal(param, before[name])
                assert id(param) in mine or not changed, f"{name} moved in the turn of {turn.player}"
                moved |= changed
            assert moved, f"nothing moved in the turn of {turn.player} at step {engine.step}"
        engine.step += 1


def terms_are_finite_scalars(make: Make, steps: int = 4) -> None:
    engine = trained(make, steps)
    assert engine.terms, "no turn was taken"
    for name, value in engine.terms.items():
        assert value.ndim == 0, f"term {name} has shape {tuple(value.shape)}; a term is one number"
        assert value.isfinite(), f"term {name} is {value.item()}"
    assert engine.skipped == 0, f"{engine.skipped} updates were not finite"


def same_seed_same_weights(make: Make, steps: int = 3) -> None:
    first, second = trained(make, steps), trained(make, steps)
    for name, value in parameters_of(first).items():
        assert torch.equal(value, parameters_of(second)[name]), f"{name} differs between two runs with the same seed"


def resume_is_exact(make: Make, before: int = 7, after: int = 6) -> None:
    """k steps, a checkpoint on disk, a new engine, the rest: the same as all steps at once, to the bit."""
    straight = trained(make, before + after)
    first = trained(make, before)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.safetensors"
        checkpoint.write(path, *state.capture(first))
        torch.manual_seed(12345)  # nothing may depend on what the generators were
        second = engine_for(make, seed=1)
        second.seed = 0
        second.stream.seed = 0  # type: ignore[attr-defined]
        state.restore(second, *checkpoint.read(path))
    for _ in range(after):
        second.take_step()
    expected, got = state.capture(straight)[0], state.capture(second)[0]
    assert expected.keys() == got.keys(), f"state differs: {sorted(expected.keys() ^ got.keys())[:3]}"
    for name, value in expected.items():
        assert torch.equal(value, got[name]), f"{name} differs after a resume"


def samples_are_valid(make: Make) -> None:
    """Of the asked length, finite, in the spec's range, the same for the same seed, and row by row independent."""
    engine = trained(make, 2)
    outputs = engine.sample(5, seed=3)
    assert outputs, "generate returned nothing"
    specs = {**engine.system.specs, **engine.system.shows}
    for name, value in outputs.items():
        assert name in specs, f"sample returned '{name}', which no spec describes"
        assert len(value) == 5, f"sample(5) returned {len(value)} of {name}"
        specs[name].validate(name, value)
        assert torch.equal(value, engine.sample(5, seed=3)[name]), f"{name} differs between two samples with one seed"
    torch.manual_seed(0)
    inputs = engine.system.inputs(6)
    if not inputs:
        return  # what it makes depends on data alone
    system = engine.average.system.eval()
    with torch.no_grad():
        whole = system.generate(inputs)
        part = system.generate({name: value[:2] for name, value in inputs.items()})
    for name, value in part.items():
        message = f"{name} depends on the batch in which it is drawn"
        assert torch.allclose(value.float(), whole[name][:2].float(), atol=1e-4), message


def micro_batches_equal_one_batch(make: Make, steps: int = 2) -> None:
    """The gradient of every turn, in one part and in two."""
    one, two = engine_for(make, lr=0.0), engine_for(make, lr=0.0, micro=2)
    if one.system.whole_batch:
        return
    for _ in range(steps):
        for turn_one, turn_two in zip(one.system.turns(one.step), two.system.turns(two.step), strict=True):
            for engine, turn in ((one, turn_one), (two, turn_two)):
                if turn.fresh or not engine.parts:
                    engine.parts = engine.next_parts()
                engine.update(turn, engine.parts)
            largest = one.norms[turn_one.player]  # below a ten-thousandth of it a gradient is rounding
            for a, b in zip(one.params[turn_one.player], two.params[turn_one.player], strict=True):
                if a.grad is None or b.grad is None:
                    assert a.grad is b.grad, f"{turn_one.player}: one of the two has no gradient"
                    continue
                scale = a.grad.abs().amax() + 1e-4 * largest + 1e-6
                error = ((a.grad - b.grad).abs().amax() / scale).item()
                assert error < 1e-3, f"{turn_one.player}: two micro-batches give a gradient that is {error:.1%} off"
        one.step, two.step = one.step + 1, two.step + 1


def scores_are_one_each(make: Make) -> None:
    """What the doctor asks of a critic."""
    system = make()
    batch = system.draw(4) | {name: spec.random(4) for name, spec in system.specs.items()}
    for name, value in system.scores(batch).items():
        assert value.shape == (4,), f"scores of '{name}' have shape {tuple(value.shape)} for 4 examples"
        assert value.isfinite().all(), f"scores of '{name}' are not finite"


def specs_reject_what_is_wrong(make: Make) -> None:
    """A batch entry of the wrong shape or range is refused by a message that names it."""
    for name, spec in make().specs.items():
        spec.validate(name, spec.random(2))
        wrong = [spec.random(2).unsqueeze(-1)]
        wrong += [spec.random(2) + 3] if isinstance(spec, Image) else []
        for value in wrong:
            try:
                spec.validate(name, value)
            except ValueError as error:
                assert name in str(error), f"the message does not name {name}: {error}"
            else:
                raise AssertionError(f"spec of {name} accepts {tuple(value.shape)}")


def documentation_names_the_source(entry: registry.Entry) -> None:
    """The builder's docstring gives the paper (a year, or an arXiv number), and a line for every setting."""
    assert re.search(r"(19|20)\d\d|\d{4}\.\d{4,5}", entry.doc), f"{entry.name}: the docstring names no paper"
    for setting in entry.settings:
        assert setting.help, f"{entry.name}: the docstring has no line '{setting.name}: …'"


CHECKS: tuple[Callable[[Make], None], ...] = (
    each_parameter_has_one_player,
    only_the_mover_moves,
    terms_are_finite_scalars,
    same_seed_same_weights,
    resume_is_exact,
    samples_are_valid,
    micro_batches_equal_one_batch,
    scores_are_one_each,
    specs_reject_what_is_wrong,
)
