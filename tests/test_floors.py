"""The house: imports go strictly down, rooms of one floor are blind to each other, and there are no circles."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import ganworks

HOUSE = Path(ganworks.__file__).parent
FLOORS = [
    {"ground": ("core", "specs", "registry")},
    {"losses": ("losses",), "layers": ("layers",), "data": ("data",)},
    {"nets": ("nets",)},
    {"engine": ("engine",), "systems": ("systems",), "metrics": ("metrics",)},
    {"api": ("api", "request", "supply", "kept_apart", "zoo", "training", "checks", "judge", "doctor")}
    | {name: (name,) for name in ("apply", "export", "features", "lab", "latent")},
    {"proofs": ("proofs",)},
    {"cli": ("cli", "__main__"), "studio": ("studio",)},
]
ROOM = {name: (floor, room) for floor, rooms in enumerate(FLOORS) for room, names in rooms.items() for name in names}
FILES = sorted(HOUSE.rglob("*.py"))


def imports(file):
    """The modules of the package that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("ganworks."))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "ganworks":
            for alias in node.names:
                inner = HOUSE.joinpath(*node.module.split(".")[1:], alias.name)
                is_module = inner.with_suffix(".py").exists() or inner.is_dir()
                yield f"{node.module}.{alias.name}" if is_module else node.module


def name_of(file):
    parts = file.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports_go_down(file):
    if file == HOUSE / "__init__.py":  # the door: it opens the api, when asked
        return
    floor, room = ROOM[file.relative_to(HOUSE).with_suffix("").parts[0]]
    for target in imports(file):
        if target != "ganworks" and target.count("."):
            below, other = ROOM[target.split(".")[1]]
            assert other == room or below < floor, f"{file.name} (floor {floor}) imports {target} (floor {below})"


def test_no_circles():
    graph = {name_of(file): set(imports(file)) - {"ganworks"} for file in FILES if file != HOUSE / "__init__.py"}
    # A package's door names its own rooms for type checkers and opens them when asked.
    doors = {name_of(file) for file in FILES if file.name == "__init__.py"}
    list(
        TopologicalSorter(
            {name: targets - doors for name, targets in graph.items() if name not in doors}
        ).static_order()
    )


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_files_are_short(file):
    lines = len(file.read_text().splitlines())
    assert lines <= 260, f"{file.name} has {lines} lines; would two files read better?"
