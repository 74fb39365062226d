"""`ganworks list`."""

from collections.abc import Sequence
from itertools import groupby

from ganworks import registry
from ganworks.cli.arguments import call, columns, filled, terminal_width
from ganworks.zoo import PREFIX, names


def main(words: Sequence[str], line: str) -> int:
    return call(list_systems, words, line)


def list_systems() -> int:
    """All systems, by domain, with what each is; `ganworks show SYSTEM` tells more about one, and its paper."""
    systems = sorted(registry.entries().values(), key=lambda entry: (entry.domain, entry.name))
    width = max(len(entry.name) for entry in systems)
    for domain, members in groupby(systems, key=lambda entry: entry.domain):
        print(f"{domain}\n{columns([(f'{entry.name:<{width}}', entry.about) for entry in members])}")
    if names():
        trained = ", ".join(PREFIX + name for name in names())
        print(f"\n{filled(f'trained ones that come with ganworks: {trained}', terminal_width())}")
    print("\nganworks show SYSTEM tells more about one, ganworks train SYSTEM PICTURES trains it.")
    return 0
