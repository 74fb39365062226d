"""The words after a verb -> arguments of a function, read from its signature; one-line errors, help by groups."""

import argparse
import difflib
import inspect
import os
import re
import shutil
import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ganworks import registry
from ganworks.cli import values
from ganworks.registry import Setting

UNBROKEN: Any = {"break_on_hyphens": False, "break_long_words": False}  # --diff-augment, and paths


class Usage(ValueError):
    """Words that make no sense; the message says what would."""


class Parser(argparse.ArgumentParser):
    """The settings of one verb. Only what is really given comes out, so that defaults stay where they are defined.

    line: the whole command, as `ganworks sample RUN`. whose: what the settings belong to, in messages.
    see: the command that lists all of them. elsewhere: option -> the systems that have it, for a hint.
    """

    def __init__(
        self,
        line: str,
        about: str,
        *,
        whose: str,
        see: str,
        more: str = "",
        elsewhere: dict[str, list[str]] | None = None,
    ):
        super().__init__(
            usage=f"{line} [--setting value …]",
            description=about,
            epilog=more,
            add_help=False,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
            formatter_class=Layout,
        )
        self.whose, self.see, self.elsewhere = whose, see, elsewhere or {}
        self.known: set[str] = {"--help", "-h"}
        self.add_argument("-h", "--help", action="help", help=argparse.SUPPRESS)

    def offer(self, title: str, settings: Iterable[Setting]) -> None:
        """A group of settings in the help; those whose value text cannot say are left out."""
        group = self.add_argument_group(title)
        for setting in settings:
            option = "--" + dashed(setting.name)
            if setting.annotation == "bool":
                self.known |= {option, "--no-" + dashed(setting.name)}
                group.add_argument(option, action=argparse.BooleanOptionalAction, help=help_of(setting))
            elif sign := values.sign(setting.annotation):
                self.known.add(option)
                read, words = reader(setting.annotation), help_of(setting)
                group.add_argument(option, dest=setting.name, type=read, metavar=sign, help=words)

    def settings(self, words: Sequence[str]) -> dict[str, Any]:
        """The settings by name. Usage, in one line, for an unknown name or a bad value."""
        if {"-h", "--help"} & set(words):
            words = ["--help"]
        for word in words:
            name = word.partition("=")[0]
            if is_option(word) and name not in self.known:
                raise Usage(f"unknown setting {name} of {self.whose}{self.hint(name)} See all: {self.see}")
        return vars(self.parse_args(words))

    def hint(self, name: str) -> str:
        if others := self.elsewhere.get(name):
            return f"; {', '.join(others)} {'has' if len(others) == 1 else 'have'} it."
        nearest = difflib.get_close_matches(name, sorted(self.known), n=1, cutoff=0.6)
        return f". Did you mean {nearest[0]}?" if nearest else "."

    def error(self, message: str) -> NoReturn:
        message = re.sub(r"^argument (-\S+?)(/\S+)?: ", r"\1: ", message)
        message = message.replace("expected one argument", "a value is missing after it")
        raise Usage(f"{message} (see {self.see})")


class Layout(argparse.HelpFormatter):
    """Wide enough for names and signs in the left column; lines end between words, and paragraphs stay apart."""

    def __init__(self, prog: str):
        super().__init__(prog, max_help_position=30)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, prefix="")

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return filled(text, width)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return filled(text, width).splitlines()

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """`--flip` alone where argparse would also show `--no-flip`, which the description explains once."""
        if isinstance(action, argparse.BooleanOptionalAction):
            return action.option_strings[0]
        return super()._format_action_invocation(action)


def call(function: Callable[..., int], words: Sequence[str], line: str) -> int:
    """Call a verb's function: its positional parameters are words, the others are settings.

    line: the command with its words, as `ganworks sample RUN`.
    """
    parameters = inspect.signature(function).parameters.values()
    verb = re.sub(r" \[?[A-Z].*", "", line)
    parser = Parser(line, about(function.__doc__ or ""), whose=f"'{verb}'", see=f"{verb} --help")
    own = registry.settings_in(Path(inspect.getfile(function)), function.__name__)
    named = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    parser.offer("settings", [setting for setting in own if setting.name in named])
    given, options = apart(words, {setting.name for setting in own if setting.annotation == "bool"})
    settings = parser.settings(options)
    wanted = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    many = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    least = sum(p.default is p.empty for p in wanted) + many
    if len(given) < least:
        raise Usage(f"something is missing; it goes: {line}{runs_here() if 'RUN' in line else ''} (see {parser.see})")
    if len(given) > len(wanted) and not many:
        raise Usage(f"'{given[len(wanted)]}' is one word too much; it goes: {line} (see {parser.see})")
    return function(*given, **settings)


def apart(words: Sequence[str], flags: Collection[str]) -> tuple[list[str], list[str]]:
    """Free words, and options with their values, in any order. flags: names of settings that take no value."""
    free: list[str] = []
    options: list[str] = []
    takes_value = False
    for word in words:
        if is_option(word):
            options.append(word)
            name = word.removeprefix("--").removeprefix("no-").replace("-", "_")
            takes_value = "=" not in word and name not in flags and word not in ("-h", "--help")
        elif takes_value:
            options.append(word)
            takes_value = False
        else:
            free.append(word)
    return free, options


def make_room(path: Path) -> None:
    """The folder for a file to be written. Usage, before any work is done, if the file can't be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        why = "it is a folder" if path.is_dir() else "" if os.access(path.parent, os.W_OK) else "read-only"
    except OSError as error:
        why = error.strerror or str(error)
    if why:
        raise Usage(f"{path} can't be written ({why}); choose another place")


def runs_here() -> str:
    """The runs that could be meant, newest first."""
    found = sorted(Path("runs").glob("*/run.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return f"; here are {', '.join(str(path.parent) for path in found[:3])}" if found else ""


def is_option(word: str) -> bool:
    return word.startswith("-") and not re.fullmatch(r"-|-\.?\d.*", word)


def about(doc: str) -> str:
    """A docstring without the lines that explain single settings; the help shows those beside the settings."""
    lines = inspect.cleandoc(doc).splitlines()
    return "\n".join(line for line in lines if not re.match(r"\w+: ", line)).strip()


def filled(text: str, width: int) -> str:
    """Its paragraphs in lines of this width."""
    return "\n\n".join(textwrap.fill(" ".join(part.split()), width, **UNBROKEN) for part in text.split("\n\n"))


def columns(rows: Sequence[tuple[str, str]]) -> str:
    """Names, and beside them what they are, in lines as wide as the terminal."""
    left = max(len(name) for name, _ in rows)
    width = max(terminal_width(), left + 25)
    indent = " " * (left + 5)
    lines = (f"  {name:<{left}}   {text}" for name, text in rows)
    return "\n".join(textwrap.fill(line, width, subsequent_indent=indent, **UNBROKEN) for line in lines)


def terminal_width() -> int:
    return shutil.get_terminal_size((110, 24)).columns


def reader(annotation: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return values.read(annotation, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def help_of(setting: Setting) -> str:
    shown = setting.default not in (None, "") and setting.default is not False
    return (setting.help + (f" ({setting.default})" if shown else "")).strip().replace("%", "%%")


def as_typed(message: str) -> str:
    """Settings that a message says something of, as they are typed: g_noise is -1 -> --g-noise is -1."""
    settings = (setting.name for entry in registry.entries().values() for setting in entry.settings)
    names = "|".join({name for name in settings if "_" in name})
    return re.sub(rf"(?<![\w/.'-])({names})(?= (is|are|and)\b)", lambda found: "--" + dashed(found[1]), message)


def dashed(name: str) -> str:
    return name.rstrip("_").replace("_", "-")  # from_ is --from, which Python keeps for itself
