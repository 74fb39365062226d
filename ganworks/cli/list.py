"""`ganworks list`."""

from collections.abc import Sequence
from itertools import groupby

from ganworks import registry
from ganworks.cli.arguments import call


def main(words: Sequence[str], line: str) -> int:
    return call(list_systems, words, line)


def list_systems() -> int:
    """All systems, by domain, with their papers; `ganworks show SYSTEM` tells more about one."""
    systems = sorted(registry.entries().values(), key=lambda entry: (entry.domain, entry.name))
    width = max(len(entry.name) for entry in systems)
    for domain, members in groupby(systems, key=lambda entry: entry.domain):
        print(domain)
        for entry in members:
            print(f"  {entry.name:<{width}}   {entry.title}")
    print("\nganworks show SYSTEM tells more about one, ganworks train SYSTEM PICTURES trains it.")
    return 0
