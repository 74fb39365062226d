from pathlib import Path

import pytest

from ganworks.cli.values import read, sign


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("int", "64", 64),
        ("int", "20_000", 20_000),
        ("float", "2e-4", 2e-4),
        ("int | tuple[int, int] | None", "64", 64),
        ("int | tuple[int, int] | None", "64x128", (64, 128)),
        ("tuple[int, int]", "64,128", (64, 128)),
        ("float | None", "none", None),
        ("str | Path | None", "none", "none"),
        ("Path | None", "runs/a", Path("runs/a")),
        ("Literal['auto', 'cpu']", "cpu", "cpu"),
        ("Literal[1, 3]", "3", 3),
        ("int | Literal['all']", "all", "all"),
        ("tuple[int, ...]", "1,2,3", (1, 2, 3)),
        ("list[str]", "a,b", ("a", "b")),
    ],
)
def test_read(annotation: str, text: str, value: object):
    result = read(annotation, text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("annotation", "text", "possible"),
    [
        ("int", "1.5", "a whole number"),
        ("float", "inf", "a number"),
        ("int", "none", "a whole number"),
        ("int | tuple[int, int]", "64x", "64x128"),
        ("Literal['auto', 'cpu']", "gpu", "auto, cpu"),
        ("tuple[float, ...]", "1,b", "with commas"),
    ],
)
def test_read_says_what_is_possible(annotation: str, text: str, possible: str):
    with pytest.raises(ValueError, match=possible) as error:
        read(annotation, text)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("int | tuple[int, int] | None", "N|HxW"),
        ("Literal['auto', 'cpu']", "auto|cpu"),
        ("str | Path | None", "PATH"),
        ("nn.Module", ""),
        ("Callable[[int], float]", ""),
    ],
)
def test_sign(annotation: str, expected: str):
    assert sign(annotation) == expected
