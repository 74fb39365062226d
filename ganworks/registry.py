"""Names -> builders. Reads signatures from the source, so that listing the systems imports none of them.

A builder's signature is its configuration: the command line, `run.json` and the documentation read it here.
"""

import ast
import difflib
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

SYSTEMS = Path(__file__).parent / "systems"
# The system for those who name none, and its settings where there is no GPU; each with the reason, for the user.
DEFAULT = "r3gan"
WHY = "no system was named: r3gan, whose loss needs no tricks (Huang et al. 2024)"
DEFAULT_ON_CPU = {"nets": "dcgan"}
WHY_ON_CPU = (
    "no system was named: r3gan's loss on dcgan's nets, the nearest to garments and to emoji after five minutes of one "
    "core among those that ignore classes; cgan, told the classes, was nearer to garments (docs/race.md)"
)
# Settings of these names are weights of terms, and distances, in every system that has them.
WEIGHTS = ("penalty", "weight", "gamma", "diversity", "l1", "adversarial", "perceptual", "matching")
NOT_NEGATIVE = (*WEIGHTS, "drift", "reach")
F = TypeVar("F", bound=Callable[..., Any])


class Unknown(ValueError):
    """A name that does not exist, with the names that do and the nearest one."""

    def __init__(self, kind: str, name: str, possible: Iterable[str]):
        names = sorted(possible)
        nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        super().__init__(f"unknown {kind} '{name}'.{hint} Possible: {', '.join(names) or 'none'}")


@dataclass(frozen=True)
class Setting:
    """One parameter of a function: `annotation` and `default` as Python values where they are literals."""

    name: str
    annotation: str
    default: Any
    required: bool
    help: str = ""
    group: str = ""  # "tricks" for those that a builder takes by `**tricks`


@dataclass(frozen=True)
class Entry:
    """What the source says about a registered builder."""

    name: str
    module: str
    domain: str
    doc: str
    settings: tuple[Setting, ...]
    tiny: dict[str, Any] = field(default_factory=dict)
    about: str = ""  # a plain sentence: the first line of its file

    @property
    def title(self) -> str:
        return self.doc.split("\n", 1)[0]


def register(**tiny: Any) -> Callable[[F], F]:
    """Make a builder known by its name; `tiny` are the settings of the small variant that the common checks build."""

    def mark(builder: F) -> F:
        builder.tiny = tiny  # type: ignore[attr-defined]
        return builder

    return mark


@cache
def entries() -> dict[str, Entry]:
    """Every system in the package, by name."""
    found: dict[str, Entry] = {}
    for file in sorted(SYSTEMS.rglob("*.py")):
        module = ".".join(("ganworks", "systems", *file.relative_to(SYSTEMS).with_suffix("").parts))
        for entry in entries_of(file, module):
            assert entry.name not in found, f"two systems are called {entry.name}"
            found[entry.name] = entry
    return found


def entries_of(file: Path, module: str) -> list[Entry]:
    """The builders that a source file registers."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    about = (ast.get_docstring(tree) or "").split("\n", 1)[0]
    return [replace(entry_of(node, module, file), about=about) for node in functions if decoration(node)]


def entry_of(node: ast.FunctionDef, module: str, file: Path) -> Entry:
    call = decoration(node)
    tiny = {keyword.arg: literal(keyword.value) for keyword in call.keywords if keyword.arg} if call else {}
    settings = settings_of(node)
    if node.args.kwarg and node.args.kwarg.arg == "tricks":
        names = {setting.name for setting in settings}
        settings += tuple(setting for setting in tricks() if setting.name not in names)
    return Entry(node.name, module, file.parent.name, ast.get_docstring(node) or "", settings, tiny)


@cache
def tricks() -> tuple[Setting, ...]:
    """What a builder with `**tricks` takes besides, unless it has a setting of that name itself."""
    found = settings_in(SYSTEMS / "tricks.py", "apply_tricks")
    return tuple(replace(setting, group="tricks") for setting in found if not setting.required)


def decoration(node: ast.FunctionDef) -> ast.Call | None:
    """The `@register(...)` above a function."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).split(".")[-1] == "register":
            return decorator
    return None


def settings_of(node: ast.FunctionDef) -> tuple[Setting, ...]:
    """The parameters of a function, each with the line `name: …` of its docstring as help."""
    doc = ast.get_docstring(node) or ""
    lines = dict(re.findall(r"^\s*(\w+): (.+)$", doc, re.MULTILINE))
    arguments = node.args.args + node.args.kwonlyargs
    padding: list[ast.expr | None] = [None] * (len(node.args.args) - len(node.args.defaults))
    defaults = padding + list(node.args.defaults) + list(node.args.kw_defaults)
    return tuple(
        Setting(
            name=argument.arg,
            annotation=ast.unparse(argument.annotation) if argument.annotation else "str",
            default=None if default is None else literal(default),
            required=default is None,
            help=lines.get(argument.arg, ""),
        )
        for argument, default in zip(arguments, defaults, strict=True)
    )


def settings_in(file: Path, function: str) -> tuple[Setting, ...]:
    """The parameters of one function in a source file."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return settings_of(node)
    raise ValueError(f"{file.name} defines no function {function}")


def literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def find(name: str) -> Entry:
    """The entry of a system: a name from `entries`, or `my_module:my_system` for a user's own."""
    if ":" not in name:
        if name not in entries():
            raise Unknown("system", name, entries())
        return entries()[name]
    module, _, function = name.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.origin:
        raise ValueError(f"no module '{module}' here or on the Python path; give it as my_module:my_system")
    file = Path(spec.origin)
    functions = [node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    for node in functions:
        if node.name == function:
            entry = entry_of(node, module, file)
            return Entry(name, module, "own", entry.doc, entry.settings, entry.tiny)
    raise Unknown(f"builder in {module}", function, (node.name for node in functions))


def builder(name: str) -> Callable[..., Any]:
    """The function that builds a system."""
    entry = find(name)
    return getattr(importlib.import_module(entry.module), name.rpartition(":")[2])


def parameters_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Of a builder, with those of the tricks if it takes them."""
    own = dict(inspect.signature(function).parameters)
    if own.pop("tricks", None) is None:
        return own
    others = inspect.signature(importlib.import_module("ganworks.systems.tricks").apply_tricks).parameters
    return own | {name: p for name, p in others.items() if name not in own and p.default is not p.empty}


def build(name: str, facts: dict[str, Any] | None = None, **settings: Any) -> tuple[Any, dict[str, Any]]:
    """The system, and all settings that it was built with.

    facts: what the data says (size, channels, classes); each is used where the builder asks for it
    and the user has not set it.
    """
    function = builder(name)
    parameters = parameters_of(function)
    for setting in settings:
        if setting not in parameters:
            raise Unknown(f"setting of {name}", setting, parameters)
    known = {key: value for key, value in (facts or {}).items() if key in parameters}
    chosen = {key: p.default for key, p in parameters.items() if p.default is not p.empty} | known | settings
    missing = [key for key in parameters if key not in chosen]
    if missing:
        raise ValueError(f"{name} needs {', '.join(missing)}")
    for key in ("width", "latent", "channels"):
        if isinstance(chosen.get(key), int) and chosen[key] < 1:
            raise ValueError(f"{key} is {chosen[key]}; it must be at least 1")
    for key in NOT_NEGATIVE:
        if isinstance(chosen.get(key), int | float) and chosen[key] < 0:
            raise ValueError(f"{key} is {chosen[key]:g}; it must not be negative")
    return function(**chosen), chosen
