"""`ganworks data check` and `data show`."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganworks.__main__ import main
from ganworks.cli.data_check import bars


def test_check_tells_sizes_classes_and_broken_files(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for path in pictures.rglob("*.png"):
        target = tmp_path / "pets" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    (tmp_path / "pets" / "cat" / "torn.png").write_bytes(b"\x89PNG and no more")
    assert main(["data", "check", str(tmp_path / "pets")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:2] == ["8x8", "12"] for line in lines)
    assert any(line.split()[:2] == ["16x8", "2"] for line in lines)
    assert any(line.split()[:2] == ["dog", "9"] for line in lines)
    assert any(line.startswith("  cat/torn.png: ") for line in lines)
    assert "cgan" in lines[-1], "classes are there, and this system uses them"


def test_strict_stops_at_a_broken_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "torn.png").write_bytes(b"\x89PNG and no more")
    Image.new("L", (8, 8)).save(tmp_path / "good.png")
    assert main(["data", "check", str(tmp_path)]) == 0
    assert main(["data", "check", str(tmp_path), "--strict"]) == 2
    assert "torn.png" in capsys.readouterr().err


def test_check_without_classes_advises_the_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    assert main(["data", "check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"ganworks train {tmp_path} trains r3gan on them"
    assert "sizes" not in out, "one size needs no table"


def test_bars_are_as_long_as_their_share():
    lines = bars({"a": 1000, "bb": 500, "c": 1, "d": 1}, most=3)
    assert lines == [
        f"  a   1,000  {'#' * 30}",
        f"  bb    500  {'#' * 15}",
        "  c       1",
        "  … and 1 more, with 1 pictures",
    ]


def cells(path: Path, size: int = 8, columns: int = 8) -> np.ndarray:
    """The pictures of a grid, (rows, columns, size, size)."""
    sheet = np.asarray(Image.open(path)).astype(int)
    rows = (sheet.shape[0] + 2) // (size + 2)
    return np.stack(
        [
            [
                sheet[r * (size + 2) : r * (size + 2) + size, c * (size + 2) : c * (size + 2) + size]
                for c in range(columns)
            ]
            for r in range(rows)
        ]
    )


def test_show_has_the_originals_above_what_becomes_of_them(pictures: Path, tmp_path: Path):
    out = tmp_path / "grid.png"
    assert main(["data", "show", str(pictures), "--size", "8", "--flip", "--rows", "5", "--out", str(out)]) == 0
    grid = cells(out)
    assert grid.shape == (5, 8, 8, 8)
    flipped = sum(np.array_equal(grid[r, c], grid[0, c][:, ::-1]) for r in range(1, 5) for c in range(8))
    same = sum(np.array_equal(grid[r, c], grid[0, c]) for r in range(1, 5) for c in range(8))
    assert flipped + same == 32
    assert flipped > 4 and same > 4


def test_show_without_augmentation_shows_more_pictures(pictures: Path, tmp_path: Path):
    out = tmp_path / "grid.png"
    assert main(["data", "show", str(pictures), "--size", "8", "--rows", "1", "--out", str(out)]) == 0
    grid = cells(out)[0]
    assert len({picture.tobytes() for picture in grid}) == 8
