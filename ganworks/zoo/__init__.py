"""Small trained models that come with the package: runs without what only training needs, each with its card.

`python -m ganworks.zoo RUN FOLDER` makes one of a run.
"""

from pathlib import Path

from ganworks.registry import Unknown

HOUSE = Path(__file__).parent
PREFIX = "zoo:"
CARD = "card.md"  # data, licence, how it was trained, and what it was measured to do


def names() -> list[str]:
    """Of all models; `zoo:NAME` stands for a run wherever one is used."""
    return sorted(path.parent.name for path in HOUSE.glob("*/run.json"))


def is_zoo(place: str | Path) -> bool:
    return str(place).startswith(PREFIX)


def place_of(folder: Path) -> str:
    """What a user calls a run in this folder: `zoo:NAME` if it is one of these. The inverse of `folder_of`."""
    return f"{PREFIX}{folder.name}" if folder.parent == HOUSE else str(folder)


def folder_of(place: str | Path) -> Path:
    """Where a run is, or a model of the zoo. Unknown for a name that it does not have."""
    if not is_zoo(place):
        return Path(place)
    name = str(place).removeprefix(PREFIX)
    if name not in names():
        raise Unknown("model of the zoo", name, names())
    return HOUSE / name
