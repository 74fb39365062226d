"""`ganworks check`: the rules that every system keeps, on your own."""

import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ganworks import registry
from ganworks.cli.arguments import call

PACKAGE = Path(registry.__file__).parent


def main(words: Sequence[str], line: str) -> int:
    return call(check, words, line)


def check(system: str) -> int:
    """Build the small variant of a system (the settings in @register) and try all rules; 1 if one is broken."""
    entry = registry.find(system)
    from ganworks import checks

    make = partial(registry.builder(system), **entry.tiny)
    small = ", ".join(f"{name}={value}" for name, value in entry.tiny.items())
    print(f"{system}({small})" + ("" if entry.tiny else ": no small variant; give one by @register(size=16, …)"))
    rules: list[tuple[str, Callable[[], None]]] = [(rule.__name__, partial(rule, make)) for rule in checks.CHECKS]
    rules.append(("documentation_names_the_source", partial(checks.documentation_names_the_source, entry)))
    broken = 0
    for name, rule in rules:
        why = attempt(rule)
        broken += bool(why)
        print(f"  {'FAIL' if why else 'pass'}  {name.replace('_', ' ')}" + (f": {why}" if why else ""), flush=True)
    print(f"{broken} of {len(rules)} rules are broken." if broken else f"All {len(rules)} rules are kept.")
    return 1 if broken else 0


def attempt(rule: Callable[[], None]) -> str:
    """Why a rule is broken, in one line, or nothing. Any exception counts: it is the system under test that raises."""
    try:
        rule()
    except AssertionError as error:
        return one_line(error) or "an assertion failed " + where(error)
    except Exception as error:
        return f"{type(error).__name__}: {one_line(error)} {where(error)}"
    return ""


def one_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")


def where(error: Exception) -> str:
    """The last place in the user's own file, or else the last one at all."""
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if "site-packages" not in frame.filename]
    own = [frame for frame in outside if not Path(frame.filename).is_relative_to(PACKAGE)]
    frame = (own or outside or frames)[-1]
    return f"({Path(frame.filename).name}, line {frame.lineno})"
