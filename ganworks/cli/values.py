"""Text -> value, as the annotation of a setting says: `int | tuple[int, int] | None` takes "64" and "64x128"."""

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One of the types that a setting may have; `read` raises ValueError for text that is none."""

    read: Callable[[str], Any]
    wording: str
    sign: str  # stands for the value in the help


def read_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not finite")
    return value


def read_pair(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)[x,×](\d+)", text)
    if not found:
        raise ValueError(f"{text} is not a pair")
    return int(found[1]), int(found[2])


def read_none(text: str) -> None:
    if text.lower() != "none":
        raise ValueError(f"{text} is not none")


def read_choice(choices: list[Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        return {str(choice): choice for choice in choices}[text]

    return read


def read_list(item: Kind) -> Callable[[str], Any]:
    def read(text: str) -> tuple[Any, ...]:
        return tuple(item.read(part) for part in text.split(","))

    return read


KINDS = {
    "int": Kind(int, "a whole number", "N"),
    "float": Kind(read_float, "a number", "X"),
    "Path": Kind(Path, "a path", "PATH"),
    "str": Kind(str, "text", "TEXT"),
    "None": Kind(read_none, "none", ""),
    "tuple[int, int]": Kind(read_pair, "HEIGHTxWIDTH such as 64x128", "HxW"),
}


def kinds(annotation: str) -> list[Kind]:
    """What may be given for an annotation, the most special first; empty if text cannot say it."""
    found = [kind_of(node) for node in members(ast.parse(annotation, mode="eval").body)]
    offered = [kind for kind in found if kind and kind.sign]
    if not offered:
        return []
    # Any text is text, so "none" can't be told from it there; and a path is what text means beside it.
    if KINDS["str"] in offered:
        rest = [kind for kind in offered if kind not in (KINDS["str"], KINDS["Path"])]
        return [*rest, Kind(str, "a path", "PATH") if KINDS["Path"] in offered else KINDS["str"]]
    if any("none" in kind.sign.split("|") for kind in offered):  # a choice of that name comes first
        return offered
    return offered + [kind for kind in found if kind == KINDS["None"]]


def members(node: ast.expr) -> list[ast.expr]:
    """The types of a union."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return members(node.left) + members(node.right)
    return [node]


def kind_of(node: ast.expr) -> Kind | None:
    """The kind of one type, or None where text cannot say it, as for a module."""
    if ast.unparse(node) in KINDS:
        return KINDS[ast.unparse(node)]
    if not isinstance(node, ast.Subscript):
        return None
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    of = ast.unparse(node.value)
    if of == "Literal":
        choices = [ast.literal_eval(choice) for choice in inside]
        return Kind(read_choice(choices), "one of " + ", ".join(map(str, choices)), "|".join(map(str, choices)))
    item = kind_of(inside[0])
    if item and of in ("tuple", "list", "Sequence"):
        return Kind(read_list(item), f"{item.wording}, or several with commas between", f"{item.sign},…")
    return None


def read(annotation: str, text: str) -> Any:
    """The value. ValueError says what was given and what is possible."""
    possible = kinds(annotation)
    for kind in possible:
        try:
            return kind.read(text)
        except (ValueError, KeyError):
            continue
    raise ValueError(f"'{text}' was given; possible: {', or '.join(kind.wording for kind in possible)}")


def sign(annotation: str) -> str:
    """What stands for the value in the help: N, N|HxW, auto|cpu|cuda|mps."""
    return "|".join(kind.sign for kind in kinds(annotation) if kind.sign)
