"""The data that a request asks for: one set of pictures, two domains, or patches; and whether they suit the system."""

from collections.abc import Sequence
from typing import Any

from ganworks import data, registry
from ganworks.core import System
from ganworks.data import Domains, Patches, Pictures
from ganworks.request import DATA, Request

PARTS = ("other", "from_", "to", "split")  # settings that name a second domain


def open_data(request: Request) -> Pictures | Domains:
    """What the system learns from; its notes say what was found."""
    settings, training = request.part(DATA), request.training
    if learns_patches(request):
        return open_patches(request)
    if not any(training[name] for name in PARTS):
        return data.open_pictures(request.source, **settings)
    paired = registry.build(request.system, **registry.find(request.system).tiny)[0].paired
    other, begin, end, split = (training[name] for name in PARTS)
    if other is None:
        return data.open_parts(request.source, begin, end, split=split, paired=paired, **settings)
    if begin or end or split:
        raise ValueError("--other names a second set of pictures, --from, --to and --split parts of the first; choose")
    return data.open_domains(request.source, other, paired=paired, **settings)


def learns_patches(request: Request) -> bool:
    """Whether it learns from patches of photographs that are degraded on the fly: it has a setting that says how."""
    return "degrade" in settings_of(request)


def settings_of(request: Request) -> dict[str, Any]:
    """The system's own settings, as given or by default."""
    return {setting.name: setting.default for setting in registry.find(request.system).settings} | request.settings


def open_patches(request: Request) -> Patches:
    """Photographs in full resolution; --size is the side of a patch. A few photographs, of many, are kept apart."""
    training, own = request.training, settings_of(request)
    is_asked = "degrade" in request.asked["settings"]
    size = training["size"] or own["size"]
    if not isinstance(size, int):
        raise ValueError(f"--size: {size[0]}x{size[1]} was given; patches are square: give one number")
    return data.open_patches(
        request.source,
        patch=size,
        scale=own.get("scale", 1),
        degrade="bicubic" if training["other"] and not is_asked else own["degrade"],
        other=training["other"],
        channels=training["channels"],
        leave_out=None,
        strict=training["strict"],
    )


def check(request: Request) -> None:
    """ValueError for what can be told before the data are opened, by the tiny variant of the system.

    It takes all settings but whole numbers, which may suit the size of the data alone.
    """
    if tiny := registry.find(request.system).tiny:
        own = {name: value for name, value in request.settings.items() if isinstance(value, str | float | bool)}
        system, _ = registry.build(request.system, **tiny | own)
        given = any(request.training[name] for name in PARTS)
        if not (given and may_take_another(request)):
            check_domains(request, system, given)


def may_take_another(request: Request) -> bool:
    """Whether a second set is learnt from if there is one, and it has labels."""
    return "other_classes" in settings_of(request)


def check_domains(request: Request, system: System, given: bool) -> None:
    """ValueError for two sets of pictures where the system takes one, and the other way round."""
    wanted = "other" in system.specs
    if given and not wanted and may_take_another(request):
        raise ValueError(
            f"the second set of pictures has no labels, which {request.system} needs: one subfolder a class"
        )
    if given and not wanted:
        given_by = "--other" if request.training["other"] else "--from, --to and --split"
        raise ValueError(f"{request.system} learns from one set of pictures; leave out {given_by}")
    if wanted and not given and not learns_patches(request):
        raise ValueError(
            f"{request.system} learns from two sets of pictures; give the second one: --other FOLDER; or two folders "
            "in the first: --from NAME --to NAME; or, to try it, --other edges or negative, made of the pictures"
        )


def choose_batch(shape: Sequence[int], num: int) -> int:
    """64 up to 64 pixels, fewer for larger pictures, and never more than there are."""
    pixels = shape[1] * shape[2]
    fitting = 64 if pixels <= 64**2 else 32 if pixels <= 128**2 else 16
    while fitting > max(num, 2):
        fitting //= 2
    return fitting
