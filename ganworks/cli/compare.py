"""`ganworks compare`."""

from collections.abc import Sequence
from pathlib import Path

from ganworks.cli.arguments import call


def main(words: Sequence[str], line: str) -> int:
    return call(compare, words, line)


def compare(*files: str) -> int:
    """One table of earlier results, from the files that `ganworks evaluate … --json FILE` wrote.

    Numbers that were not measured by the same protocol are refused, with what differs and what to do about it.
    """
    from ganworks.cli.table import console, show
    from ganworks.judge import results

    found = [(Path(file), result) for file in files for result in results.load(Path(file))]
    names = [result.name for _, result in found]
    if len(set(names)) < len(names):
        names = [f"{path}: {result.name}" for path, result in found]
    results.refuse_unlike_results(names, [result for _, result in found])
    show(console(), names, [result for _, result in found])
    return 0
