"""A training from beginning to end: the data, the system that fits them, the engine, and the chores around it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import torch

from ganworks import data, registry
from ganworks.core import System
from ganworks.data import Augment, Domains, Patches, Pictures
from ganworks.doctor.page import findings_of
from ganworks.doctor.probe import Probe
from ganworks.doctor.rounds import KEEP, Doctor
from ganworks.engine import ranks
from ganworks.engine.chores import Chore, draw_to, judge_to, log_to, report_to, save_to
from ganworks.engine.engine import Engine
from ganworks.engine.run import Run
from ganworks.judge.course import PROTOCOL, Course, last_protocol
from ganworks.metrics.quick import diversity, mean_error, sliced_wasserstein
from ganworks.request import Request, dashed, is_run
from ganworks.specs import Label
from ganworks.supply import check_domains, choose_batch
from ganworks.systems.translation import NUM_EXAMPLES, Translation

NUM_PATCHES = 16  # in a batch
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


def build_engine(request: Request, pictures: Pictures | Domains, watch: Watch) -> tuple[Engine, dict[str, Any]]:
    """The system, sized by the data, and the engine around it; and what `run.json` shall say."""
    training = request.training
    image = pictures.specs["image"]
    facts: dict[str, Any] = {"size": image.shape[1:], "channels": image.shape[0], "steps": training["steps"]}
    label = pictures.specs.get("label")
    for entry, name in (("label", "classes"), ("other_label", "other_classes")):
        if isinstance(spec := pictures.specs.get(entry), Label):
            facts[name] = spec.classes
    torch.manual_seed(training["seed"])
    system, settings = registry.build(request.system, facts, **request.settings)
    check_domains(request, system, "other" in pictures.specs)
    for name in system.specs.keys() - pictures.specs.keys():
        how = "put the pictures in one subfolder a class, or add a metadata.csv; " * (name == "label")
        see = f"see ganworks show {request.system}"
        raise ValueError(f"{request.system} needs {name}s, and {request.source} has none; {how}{see}")
    show_examples(system, pictures)
    for name, spec in system.specs.items():
        found = pictures.specs[name]
        if (found.shape, getattr(found, "classes", 0)) != (spec.shape, getattr(spec, "classes", 0)):
            where = request.training["other"] if name == "other" else request.source
            raise ValueError(f"{name}: {where} has {found}, but the system is for {spec}; train a new run (--out)")
    if label and "label" not in system.specs:
        watch.say(f"the data has {facts['classes']} classes of labels, which {request.system} does not use")
    usual = NUM_PATCHES if isinstance(pictures, Patches) else choose_batch(image.shape, len(pictures))
    batch = usual if training["batch"] is None else training["batch"]
    stream = data.stream_of(
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
    return [f"--{dashed(name)} {value}".removesuffix(" True") for name, value in settings.items()]


def carry_out(
    request: Request, pictures: Pictures | Domains, engine: Engine, facts: dict[str, Any], watch: Watch
) -> str:
    """Train, with the chores that every run has; whatever ends it, what was reached is saved. Says what ended it."""
    training = request.training
    run = replace(request.run, keep=KEEP) if training["on_collapse"] == "rollback" else request.run
    course = open_course(request, pictures, engine.system, watch)
    is_slow = isinstance(pictures, Patches) and not pictures.in_memory  # each of them a photograph to be read
    held = data.stream_of(pictures, NUM_JUDGED // 4 if is_slow else NUM_JUDGED, seed=training["seed"], workers=0)
    real = next(held)
    doctor = Doctor(run, Probe.of(engine.system, real, held), training["on_collapse"], training["rollbacks"])
    run.claim()
    if is_run(run.folder):
        go_on(request, pictures, engine, watch)
        facts = facts | {"rollbacks": run.facts.get("rollbacks", [])}
    also = protocol_of(run, engine, course)
    run.begin(facts | ({"judge": also | {"facts": course.protocol.facts}} if course and ranks.rank() == 0 else {}))
    log, draw = log_to(run, also), draw_to(run, figures={"diversity": diversity}, real=real)
    # The best checkpoint is nearest to the true images, if each sample has one, else to all images as a set.
    aim = (mean_error, pictures.examples(NUM_EXAMPLES)) if engine.system.has_truth else (sliced_wasserstein, real)
    measured = engine.system.resembles and not course
    save, write = save_to(run, *aim) if measured else save_to(run), report_to(run, findings_of)
    todo = [Chore(watch.show, steps=1), Chore(draw, seconds=4), *doctor.chores(log), Chore(save, seconds=60)]
    last: list[Callable[[Engine], None]] = [save, draw, log, write]
    if course:
        judge = judge_to(run, course, also)
        todo.insert(0, Chore(judge, steps=training["evaluate_every"]))
    watch.start(engine, training["steps"], training["minutes"])
    try:
        end = doctor.fit(engine, training["steps"], [*todo, Chore(write, seconds=60)], training["minutes"])
    finally:
        watch.stop()
    if course and end != "interrupt" and engine.step % training["evaluate_every"]:
        last.insert(0, judge)
    failures = []
    for chore in last:
        try:
            chore(engine)
        except Exception as error:  # what was reached is saved all the same, and other ranks are met in the next one
            failures.append(error)
    while engine.notes:
        watch.say(engine.notes.pop(0))
    if failures:
        raise failures[0]
    return end


def go_on(request: Request, pictures: Pictures | Domains, engine: Engine, watch: Watch) -> None:
    """Bring the engine to where the run is."""
    run, steps = request.run, request.training["steps"]
    for line in run.resume(engine):
        watch.say(f"passed over {line}")
    begun = f"goes on at step {engine.step}" if engine.step else "has no checkpoint yet, and begins again"
    watch.say(f"{run.folder} {begun}")
    if engine.step > steps:
        raise ValueError(f"{run.folder} is at step {engine.step} already; give more --steps than that to go on")
    if engine.step < steps and is_at_rest(engine.system, engine.step):
        raise ValueError(
            f"{run.folder} was planned for {engine.step:,} steps, by which its learning rates have fallen to 0: "
            "more would change nothing; train a new run with more --steps (--out)"
        )
    had, have = run.facts["data"]["summary"], pictures.summary()
    if fingerprints(had) != fingerprints(have):
        watch.say(
            f"the pictures are not those of before, {counts(had)} then and {counts(have)} now: their order is another, "
            "and which checkpoint is the best is found out anew"
        )
        forget_best(engine)
        for system in (engine.system, engine.average.system):
            show_examples(system, pictures)


def is_at_rest(system: System, step: int) -> bool:
    """Whether the learning rates of all players have fallen to 0."""
    return all(player.schedule and player.schedule(step) == 0 for player in system.players().values())


def show_examples(system: System, pictures: Pictures | Domains) -> None:
    """Give a system that makes pictures of others those that `sample` starts from."""
    if isinstance(system, Translation):
        system.take_examples(pictures.examples(len(system.examples))[system.begins])


def fingerprints(summary: dict[str, Any]) -> list[str]:
    """Of the pictures; of both domains if there are two."""
    return [each["fingerprint"] for each in (summary, summary.get("other")) if each]


def counts(summary: dict[str, Any]) -> str:
    """Of the pictures, in words; of both domains if there are two."""
    return " and ".join(f"{each['count']:,}" for each in (summary, summary.get("other")) if each)


def open_course(request: Request, pictures: Pictures | Domains, system: System, watch: Watch) -> Course | None:
    """The judge beside the training, if there shall be one."""
    every = request.training["evaluate_every"]
    if every is None:
        return None
    if every < 1:
        raise ValueError(f"--evaluate-every: {every} was given; possible: 1 or more steps")
    if isinstance(system, Translation):
        raise ValueError(
            f"--evaluate-every judges pictures made of nothing, and {request.system} makes them of others; leave it out"
        )
    training = request.training
    judged = pictures.first if isinstance(pictures, Domains) else pictures
    course = Course(judged, request.run, training["features"], weights=training["weights"], device=training["device"])
    watch.say(f"every {every:,} steps: {course.describe()}")
    return course


def protocol_of(run: Run, engine: Engine, course: Course | None) -> dict[str, str]:
    """What the log says of the figures: the fingerprint by which the judge measures, if there is one.

    Its reference is made here, before the first step. What was measured by another protocol is forgotten.
    """

    def prepare() -> list[str | None]:
        return [course.protocol.fingerprint if course else None, last_protocol(run)]

    now, before = ranks.first(prepare)
    choose_best_by(engine, course.name if course else "distance", now == before)
    return {PROTOCOL: now} if now else {}


def choose_best_by(engine: Engine, figure: str, is_same: bool) -> None:
    """Forget which checkpoint was the best if another figure decided that, or it was measured by another protocol."""
    if figure not in engine.figures or not is_same:
        forget_best(engine)


def forget_best(engine: Engine) -> None:
    """Which checkpoint was the best; what was measured is gone with it."""
    engine.best = None
    engine.figures = {name: value for name, value in engine.figures.items() if name == "diversity"}
