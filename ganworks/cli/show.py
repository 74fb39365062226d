"""`ganworks show`: what the source of a system says about it, read without importing it."""

import textwrap
from collections.abc import Iterable, Sequence

from ganworks import registry
from ganworks.cli import train, values
from ganworks.cli.arguments import UNBROKEN, about, call, dashed, filled, terminal_width
from ganworks.registry import Setting
from ganworks.zoo import CARD, folder_of, is_zoo


def main(words: Sequence[str], line: str) -> int:
    return call(show, words, line)


def show(system: str) -> int:
    """What a system is, and all its settings; a name from `ganworks list`, or my_module:my_system for your own.

    Of a model that comes with ganworks, as zoo:upscale2, its card.
    """
    if is_zoo(system):
        print((folder_of(system) / CARD).read_text(encoding="utf-8").strip())
        return 0
    entry = registry.find(system)
    print(f"{entry.name} ({entry.domain})\n\n{filled(about(entry.doc), terminal_width())}\n")
    own = train.own(entry)
    print(f"settings of {entry.name}\n{table(s for s in own if not s.group)}\n")
    if any(s.group for s in own):
        print(f"tricks\n{table(s for s in own if s.group)}\n")
    print(f"settings of every system\n{table(train.common())}\n")
    print(f"example: {example(entry)}")
    return 0


def example(entry: registry.Entry) -> str:
    """A command that shows how settings are given, with the first of the system's own."""
    own = [s for s in train.own(entry) if s.name != "classes" and s.annotation != "bool"]
    first = next((s for s in own if isinstance(s.default, (int, float, str))), None)
    return f"ganworks train {entry.name} photos/" + (f" --{dashed(first.name)} {first.default}" if first else "")


def table(settings: Iterable[Setting]) -> str:
    """One setting a line: name and value, default, help."""
    rows = [(option(setting), default(setting), setting.help) for setting in settings]
    names, defaults = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    names = min(names, 44)
    indent = " " * (names + defaults + 6)
    lines = (f"  {name:<{names}}  {value:<{defaults}}  {text}" for name, value, text in rows)
    width = max(terminal_width(), len(indent) + 20)
    return "\n".join(textwrap.fill(line, width, subsequent_indent=indent, **UNBROKEN) for line in lines)


def option(setting: Setting) -> str:
    sign = "" if setting.annotation == "bool" else values.sign(setting.annotation)
    return f"--{dashed(setting.name)} {sign}".rstrip()


def default(setting: Setting) -> str:
    if setting.required:
        return "needed"
    if setting.default is None or setting.default is False:
        return ""
    return "on" if setting.default is True else str(setting.default)
