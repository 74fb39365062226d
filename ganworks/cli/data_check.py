"""`ganworks data check`."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from ganworks import registry
from ganworks.cli.arguments import call

MOST = 8  # lines for each list


def main(words: Sequence[str], line: str) -> int:
    return call(data_check, words, line)


def data_check(
    pictures: str,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    fit: Literal["crop", "stretch"] = "crop",
    strict: bool = False,
) -> int:
    """What is found in a folder, archive or data set, and what training will do with it.

    size: side of the pictures in training, or height and width
    channels: 1 grey, 3 colour, 4 with transparency
    fit: crop the centre of pictures of another shape, or stretch them
    strict: stop at the first file that cannot be read
    """
    from ganworks import data

    found = data.open_pictures(pictures, size=size, channels=channels, fit=fit, strict=strict)
    print("\n".join(found.notes))
    shapes = sizes_in(pictures)
    if len(shapes) > 1:
        print("\nsizes (height x width)")
        print("\n".join(bars({f"{height}x{width}": count for (height, width), count in shapes.most_common()})))
    if classes := found.summary()["classes"]:
        print("\nclasses")
        print("\n".join(bars(classes, most=40)))
    if found.skipped:
        print("\nfiles that can't be used")
        print("\n".join(f"  {name}: {why}" for name, why in found.skipped))
    print(f"\n{advice(pictures, bool(classes))}")
    return 0


def advice(pictures: str, has_classes: bool) -> str:
    """What to do next."""
    plain = f"ganworks train {pictures} trains {registry.DEFAULT} on them"
    conditional = [
        entry.name for entry in registry.entries().values() if any(s.name == "classes" for s in entry.settings)
    ]
    if not has_classes:
        return plain
    return f"{plain}; the classes are used by {', '.join(conditional)}: ganworks train cgan {pictures}"


def sizes_in(pictures: str) -> Counter[tuple[int, int]]:
    """How many pictures there are of each (height, width)."""
    from ganworks.data import gather, memory
    from ganworks.data.locate import locate

    source = locate(pictures, memory.budget(0.25)).source
    return gather.scan(source, gather.Tally(None, 0)).shapes


def bars(counts: dict[str, int], most: int = MOST) -> list[str]:
    """A line each: name, count, and a bar as long as its share of the largest."""
    shown = dict(list(counts.items())[:most])
    names, numbers = max(map(len, shown)), max(len(f"{count:,}") for count in shown.values())
    largest = max(counts.values())
    lines = [
        f"  {name:<{names}}  {count:>{numbers},}  {'#' * round(30 * count / largest)}".rstrip()
        for name, count in shown.items()
    ]
    if len(counts) > most:
        lines.append(
            f"  … and {len(counts) - most:,} more, with {sum(counts.values()) - sum(shown.values()):,} pictures"
        )
    return lines
