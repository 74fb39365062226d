"""The toolkit in two functions: `train` makes a run or goes on with one, `load` brings one back for use."""

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, ParamSpec, Protocol, TypeVar

import torch
from torch import Tensor

from ganworks import data, registry
from ganworks.core import Batch, System
from ganworks.data import Augment, Pictures, Stream
from ganworks.engine import ranks
from ganworks.engine.chores import Chore, draw_to, log_to, report_to, save_to
from ganworks.engine.engine import Engine
from ganworks.engine.fit import fit as fit_engine
from ganworks.engine.precision import autocast, choose_device, choose_precision
from ganworks.engine.run import Run
from ganworks.metrics.quick import diversity, sliced_wasserstein
from ganworks.request import DATA, Request, is_run, understand
from ganworks.specs import Label

P = ParamSpec("P")
R = TypeVar("R")
NUM_JUDGED = 256  # samples, and real pictures, behind the figures of a run


class Watch(Protocol):
    """Whoever shows a run to a person."""

    def say(self, line: str) -> None: ...
    def start(self, engine: Engine, steps: int, minutes: float | None) -> None: ...
    def show(self, engine: Engine) -> None: ...
    def stop(self) -> None: ...


class Silence:
    """Shows nothing."""

    def say(self, line: str) -> None: ...
    def start(self, engine: Engine, steps: int, minutes: float | None) -> None: ...
    def show(self, engine: Engine) -> None: ...
    def stop(self) -> None: ...


class Model:
    """A trained system, ready to be sampled; `load` and `train` return it."""

    end = "loaded"  # after training: steps, time or interrupt

    def __init__(self, run: Run, system: System, device: torch.device, precision: str):
        self.run, self.system, self.device, self.precision = run, system.to(device).eval(), device, precision

    def sample(self, num: int, seed: int | None = None, **given: Tensor) -> Batch:
        """`num` new examples on the CPU, by entry: `["image"]` is (num, C, H, W) in [-1, 1].

        seed: the same seed gives the same examples. given: inputs to use, as `label=torch.tensor([3] * num)`.
        """
        with autocast(self.precision, self.device):
            return self.system.sample(num, seed, **given)

    def save_grid(self, path: str | Path, num: int = 64, seed: int | None = None, **given: Tensor) -> Path:
        """Write a PNG with `num` new pictures."""
        data.save_grid(self.sample(num, seed, **given)["image"], Path(path))
        return Path(path)


def load(folder: str | Path, device: str = "auto", best: bool = False) -> Model:
    """The model of a run, with averaged weights, from its newest checkpoint or its best one."""
    run = Run(Path(folder))
    facts = run.facts
    place = choose_device(device)
    system, _ = registry.build(facts["system"], **facts["settings"])
    run.load(system, best)
    return Model(run, system, place, choose_precision(facts["training"]["precision"], place))


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
    channels: int | None = None,
    fit: Literal["crop", "stretch"] = "crop",
    strict: bool = False,
    flip: bool = False,
    rotate: float = 0.0,
    colour: float = 0.0,
    scale: float = 0.0,
    crop: float = 0.0,
    light: float = 0.0,
    watch: Watch | None = None,
    **settings: Any,
) -> Model:
    """Train a system on pictures: `train("photos/")`, `train("wgan_gp", "photos/")`, or go on: `train("runs/a")`.

    A run whose folder holds one already goes on where it stopped, if its settings are the same.

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
    channels: 1 grey, 3 colour, 4 with transparency; from the data if not given
    fit: crop the centre of pictures of another shape, or stretch them
    strict: stop at a file that cannot be read, instead of passing it over
    flip: mirror half of the pictures
    rotate: turn by up to so many degrees
    colour: vary saturation and hue by up to this share
    scale: enlarge or shrink by a factor of up to 1 + this
    crop: cut off up to this share of both sides, at a random place, and enlarge the rest
    light: vary brightness and contrast by up to this share
    watch: shows the run to a person; None for silence
    """
    told = settings.pop("told")
    given = {name: value for name, value in locals().items() if name in told and name in DEFAULTS and value is not None}
    watch = watch or Silence()
    ranks.start()
    request = understand(system, source, given, settings, DEFAULTS)
    watch.say(" ".join(["system", request.system, *options(request.asked["settings"])]))
    pictures = open_data(request, watch)
    engine, facts = build_engine(request, pictures, watch)
    try:
        return carry_out(request, pictures, engine, facts, watch)
    finally:
        request.run.release()


# What `train` does without being told.
DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(train).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY and name != "watch"
}


def open_data(request: Request, watch: Watch) -> Pictures:
    pictures = data.open_pictures(request.source, **request.part(DATA))
    for line in pictures.notes:
        watch.say(line)
    return pictures


def build_engine(request: Request, pictures: Pictures, watch: Watch) -> tuple[Engine, dict[str, Any]]:
    """The system, sized by the data, and the engine around it; and what `run.json` shall say."""
    training = DEFAULTS | request.training
    image = pictures.specs["image"]
    facts: dict[str, Any] = {"size": image.shape[1:], "channels": image.shape[0], "steps": training["steps"]}
    label = pictures.specs.get("label")
    if isinstance(label, Label):
        facts["classes"] = label.classes
    torch.manual_seed(training["seed"])
    system, settings = registry.build(request.system, facts, **request.settings)
    for name in system.specs.keys() - pictures.specs.keys():
        how = (
            "put the pictures in one subfolder a class, or add a metadata.csv"
            if name == "label"
            else "see ganworks show"
        )
        raise ValueError(f"{request.system} needs {name}s, and {request.source} has none; {how} {request.system}")
    for name, spec in system.specs.items():
        found = pictures.specs[name]
        if (found.shape, getattr(found, "classes", 0)) != (spec.shape, getattr(spec, "classes", 0)):
            raise ValueError(
                f"{name}: {request.source} has {found}, but the system is for {spec}; train a new run (--out)"
            )
    if label and "label" not in system.specs:
        watch.say(f"the data has {facts['classes']} classes of labels, which {request.system} does not use")
    batch = choose_batch(image.shape, len(pictures)) if training["batch"] is None else training["batch"]
    stream = Stream(
        pictures,
        batch,
        seed=training["seed"],
        augment=Augment(**request.part(data.AUGMENTATION)),
        workers=training["workers"],
        rank=ranks.rank(),
        world=ranks.world(),
    )
    rates = {player: rate for player, rate in (("G", training["g_lr"]), ("D", training["d_lr"])) if rate is not None}
    own = {name: training[name] for name in ("seed", "device", "precision", "micro", "ema", "clip", "compile")}
    engine = Engine(system, stream, lr=rates, **own)
    return engine, {
        "system": request.system,
        "settings": settings,
        "training": training | {"batch": batch, "precision": engine.precision},
        "asked": request.asked,
        "specs": {name: spec.to_json() for name, spec in system.specs.items()},
        "data": {"source": request.source, "summary": pictures.summary()},
    }


def options(settings: dict[str, Any]) -> list[str]:
    """Settings as the command line has them."""
    return [f"--{name.replace('_', '-')} {value}".removesuffix(" True") for name, value in settings.items()]


def choose_batch(shape: Sequence[int], num: int) -> int:
    """64 up to 64 pixels, fewer for larger pictures, and never more than there are."""
    pixels = shape[1] * shape[2]
    fitting = 64 if pixels <= 64**2 else 32 if pixels <= 128**2 else 16
    while fitting > max(num, 2):
        fitting //= 2
    return fitting


def carry_out(request: Request, pictures: Pictures, engine: Engine, facts: dict[str, Any], watch: Watch) -> Model:
    """Train, with the chores that every run has; whatever ends it, what was reached is saved."""
    run, training = request.run, DEFAULTS | request.training
    run.claim()
    if is_run(run.folder):
        for line in run.resume(engine):
            watch.say(f"passed over {line}")
        watch.say(f"{run.folder} goes on at step {engine.step}")
        if engine.step > training["steps"]:
            raise ValueError(f"{run.folder} is at step {engine.step} already; give more --steps than that to go on")
        had = run.facts["data"]["summary"]["count"]
        if had != len(pictures):
            watch.say(f"there are {len(pictures):,} pictures now, {had:,} when the run began: their order is another")
    run.begin(facts)
    real = next(Stream(pictures, NUM_JUDGED, seed=training["seed"], workers=0))
    log, draw = log_to(run), draw_to(run, figures={"diversity": diversity}, real=real)
    save, write = save_to(run, sliced_wasserstein, real), report_to(run)
    todo = [Chore(watch.show, steps=1), Chore(draw, seconds=4), Chore(log, seconds=2), Chore(save, seconds=60)]
    watch.start(engine, training["steps"], training["minutes"])
    try:
        end = fit_engine(engine, training["steps"], [*todo, Chore(write, seconds=60)], training["minutes"])
    finally:
        watch.stop()
    failures = []
    for chore in (save, draw, log, write):
        try:
            chore(engine)
        except OSError as error:  # the other ranks are in the same chore, and must be met in the next one
            failures.append(error)
    if failures:
        raise failures[0]
    model = Model(run, engine.average.system, engine.device, engine.precision)
    model.end = end
    return model
