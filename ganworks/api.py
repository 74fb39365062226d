"""The toolkit in two functions: `train` makes a run or goes on with one, `load` brings one back for use."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import torch
from torch import Tensor

from ganworks import data, registry, zoo
from ganworks.core import Batch, System
from ganworks.engine import ranks
from ganworks.engine.precision import autocast, choose_device, choose_precision
from ganworks.engine.run import Run
from ganworks.request import settled, settled_own, understand
from ganworks.supply import check, open_data
from ganworks.systems.translation import Translation
from ganworks.training import Silence, Watch, build_engine, carry_out, options

P = ParamSpec("P")
R = TypeVar("R")


class Model:
    """A trained system, ready to be sampled; `load` and `train` return it."""

    end = "loaded"  # after training: steps, time, interrupt or collapse

    def __init__(self, run: Run, system: System, device: torch.device, precision: str, step: int = 0):
        self.run, self.system, self.device, self.precision = run, system.to(device).eval(), device, precision
        self.step = step  # after which the weights are

    @property
    def results(self) -> Path:
        """Where what it makes is put if the user names no place: in the run; of a model of the zoo here, in `out`."""
        return Path("out") if zoo.is_zoo(zoo.place_of(self.run.folder)) else self.run.folder / "out"

    def sample(self, num: int, seed: int | None = None, **given: Tensor) -> Batch:
        """`num` new examples on the CPU, by entry: `["image"]` is (num, C, H, W) in [-1, 1].

        seed: the same seed gives the same examples. given: inputs to use, as `label=torch.tensor([3] * num)`.
        """
        if isinstance(self.system, Translation) and not self.system.has_examples:
            raise ValueError(
                f"{self.run.facts['system']} starts from pictures, and has kept none to show what it does; give it "
                f"yours: ganworks apply {zoo.place_of(self.run.folder)} PICTURES"
            )
        with autocast(self.precision, self.device):
            return self.system.sample(num, seed, **given)

    def translate(self, pictures: Tensor, seed: int = 0, back: bool = False, **given: Tensor) -> Tensor:
        """What the system makes of pictures (N, C, H, W) in [-1, 1], of any sides, on the CPU.

        For systems that start from pictures, such as pix2pix; `ganworks.apply` does whole files of any size. seed: of
        what is random. back: the other way round, of cyclegan. given: further inputs, such as `label`.
        """
        assert isinstance(self.system, Translation), f"{self.run.facts['system']} starts from nothing"
        with autocast(self.precision, self.device):
            return self.system.translate(pictures, seed, back, **given)

    def save_grid(self, path: str | Path, num: int = 64, seed: int | None = None, **given: Tensor) -> Path:
        """Write a PNG with `num` new pictures."""
        data.save_grid(data.side_by_side(self.sample(num, seed, **given)), Path(path))
        return Path(path)


def load(folder: str | Path, device: str = "auto", best: bool = False) -> Model:
    """The model of a run, or `zoo:NAME`, with averaged weights, from its newest checkpoint or its best one."""
    run = Run(zoo.folder_of(folder))
    facts = run.facts
    place = choose_device(device)
    system, _ = registry.build(facts["system"], **facts["settings"])
    step = run.load(system, best)
    return Model(run, system, place, choose_precision(facts["training"]["precision"], place), step)


def remember(function: Callable[P, R]) -> Callable[P, R]:
    """Tell the function which settings were given: a default that is given has a meaning when a run goes on."""

    @functools.wraps(function)
    def call(*words: P.args, **given: P.kwargs) -> R:
        return function(*words, **given, told=frozenset(given))  # type: ignore[arg-type]

    return call


@remember
def train(
    system: str | None = None,
    source: str | Path | None = None,
    *,
    other: str | Path | None = None,
    from_: str | None = None,
    to: str | None = None,
    split: bool = False,
    out: str | Path | None = None,
    steps: int = 20_000,
    minutes: float | None = None,
    size: int | tuple[int, int] | None = None,
    batch: int | None = None,
    seed: int = 0,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
    precision: Literal["auto", "float32", "bf16"] = "auto",
    workers: int | None = None,
    micro: int = 1,
    g_lr: float | None = None,
    d_lr: float | None = None,
    ema: float | None = None,
    clip: float | None = None,
    compile: bool = False,
    evaluate_every: int | None = None,
    features: str = "convs",
    weights: str | Path | None = None,
    on_collapse: Literal["go-on", "stop", "rollback"] = "go-on",
    rollbacks: int = 3,
    channels: int | None = None,
    fit: Literal["crop", "stretch"] = "crop",
    strict: bool = False,
    flip: bool = False,
    rotate: float = 0.0,
    colour: float = 0.0,
    zoom: float = 0.0,
    crop: float = 0.0,
    light: float = 0.0,
    watch: Watch | None = None,
    **settings: Any,
) -> Model:
    """Train a system on pictures: `train("photos/")`, `train("wgan_gp", "photos/")`, or go on: `train("runs/a")`.

    A run whose folder holds one already goes on where it stopped, if its settings are the same.

    other: pictures of a second domain, for systems that learn from two; or edges or negative, made of half of the first
    from_: folder in PICTURES with what systems of two domains start from, --to what they make of it
    to: folder in PICTURES with what is made; pairs have the same file names in both
    split: each file holds both pictures side by side, what is made on the right; or --from right --to left
    out: the run's folder; runs/SYSTEM-DATA if not given
    steps: how many steps the run has in the end
    minutes: stop after so many minutes, if the steps take longer
    size: side of the pictures, or height and width; chosen from the data if not given
    batch: pictures in a batch, over all processes; chosen from size and number if not given
    seed: of the weights, the order of the data, and all that is random
    device: where to compute; auto takes CUDA, then MPS, then the CPU
    precision: auto is bf16 where the hardware has it, float32 elsewhere
    workers: processes that read pictures, for sets that do not fit into memory
    micro: parts into which a batch is split to save memory; the gradient stays that of the whole
    g_lr: learning rate of the generator, instead of the system's own
    d_lr: learning rate of the discriminator, instead of the system's own
    ema: decay of the averaged generator that samples are drawn from; 0 turns it off
    clip: largest norm of a gradient
    compile: compile the networks; slow to start, then faster on many machines
    evaluate_every: measure the Fréchet distance every so many steps; the best checkpoint is then chosen by it
    features: of what the Fréchet distance is: as for ganworks evaluate; convs needs no download
    weights: file with the weights of the features
    on_collapse: when the doctor finds something serious: go on, stop, or go back to a healthy checkpoint and follow it
    rollbacks: how often the run may go back
    channels: 1 grey, 3 colour, 4 with transparency; from the data if not given
    fit: crop the centre of pictures of another shape, or stretch them
    strict: stop at a file that cannot be read, instead of passing it over
    flip: mirror half of the pictures
    rotate: turn by up to so many degrees
    colour: vary saturation and hue by up to this share
    zoom: enlarge or shrink by a factor of up to 1 + this
    crop: cut off up to this share of both sides, at a random place, and enlarge the rest
    light: vary brightness and contrast by up to this share
    watch: shows the run to a person; None for silence
    """
    told = settings.pop("told")
    given = settled({name: value for name, value in locals().items() if name in told and name in DEFAULTS})
    watch = watch or Silence()
    ranks.start()
    request = understand(system, source, given, settled_own(settings), DEFAULTS)
    check(request)
    if request.why:
        watch.say(request.why)
    watch.say(" ".join(["system", request.system, *options(request.asked["settings"])]))
    pictures = open_data(request)
    for line in pictures.notes:
        watch.say(line)
    engine, facts = build_engine(request, pictures, watch)
    model = Model(request.run, engine.average.system, engine.device, engine.precision)
    try:
        model.end = carry_out(request, pictures, engine, facts, watch)
        model.step = engine.step
    finally:
        request.run.release()
    model.system.eval()
    return model


# What `train` does without being told.
DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(train).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY and name != "watch"
}
