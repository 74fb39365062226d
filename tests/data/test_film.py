import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks.data import film


def frames(num: int = 6) -> list[film.Frame]:
    """A bright square that wanders."""
    result = np.zeros((num, 40, 63, 3), np.uint8)
    for number in range(num):
        result[number, 10:20, 8 * number : 8 * number + 10] = (250, 200, 40)
    return list(result)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sheet_puts_pictures_side_by_side(channels: int):
    images = torch.full((6, channels, 200, 100), -1.0)
    images[1] = 1.0
    sheet = film.sheet(images, columns=3)
    assert sheet.shape == (2 * 202 + 2, 3 * 102 + 2, 3)
    assert (sheet[2:202, 104:204] == 255).all()
    dark = sheet[2:202, 2:102]
    assert (dark == (255 if channels == 4 else 0)).all(), "what is transparent is white"


def test_small_sheets_are_enlarged_by_whole_factors():
    sheet = film.sheet(torch.linspace(-1, 1, 4 * 64).view(4, 1, 8, 8), columns=2)
    assert sheet.shape == (12 * 22, 12 * 22, 3)
    assert (sheet[24:36, 24:36] == sheet[24, 24]).all()


def test_gif(tmp_path: Path):
    film.write(iter(frames()), tmp_path / "new" / "a.gif", fps=25)
    with Image.open(tmp_path / "new" / "a.gif") as written:
        assert (written.n_frames, written.size, written.info["duration"]) == (6, (63, 40), 40)
        written.seek(3)
        shown = np.asarray(written.convert("RGB")).astype(int)
    assert np.abs(shown - frames()[3]).mean() < 6
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.gif"]


def test_nothing_is_left_of_a_film_that_fails(tmp_path: Path):
    def fails():
        yield frames()[0]
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        film.write(fails(), tmp_path / "a.gif", fps=25)
    assert not list(tmp_path.iterdir())


def test_mp4_without_ffmpeg_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(film.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(film.shutil, "which", lambda name: None)
    with pytest.raises(ValueError, match="pip install imageio-ffmpeg"):
        film.write(iter(frames()), tmp_path / "a.mp4", fps=25)


def test_mp4_is_written_through_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A stand-in for ffmpeg: it keeps the raw frames, and is told their size and speed."""
    program = tmp_path / "ffmpeg"
    program.write_text('#!/bin/sh\nfor last; do :; done\necho "$@" > "$0.said"\ncat > "$last"\n')
    program.chmod(0o755)
    monkeypatch.setattr(film, "ffmpeg", lambda: str(program))
    film.write(iter(frames()), tmp_path / "a.mp4", fps=25)
    assert (tmp_path / "a.mp4").read_bytes() == b"".join(frame.tobytes() for frame in frames())
    assert "-s 63x40 -r 25" in (tmp_path / "ffmpeg.said").read_text()


@pytest.mark.parametrize("side", [16, 400])
def test_what_ffmpeg_complains_of_is_passed_on(side: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Small frames break the pipe only when it is closed."""
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho Unknown encoder libx264 >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(film, "ffmpeg", lambda: str(program))
    with pytest.raises(ValueError, match="Unknown encoder libx264"):
        film.write((np.zeros((side, side, 3), np.uint8) for _ in range(200)), tmp_path / "a.mp4", fps=25)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe")
def test_mp4_can_be_played(tmp_path: Path):
    film.write(iter(frames()), tmp_path / "a.mp4", fps=25)
    probe = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames"]
    said = subprocess.run([*probe, "-of", "csv=p=0", tmp_path / "a.mp4"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "64,40,6"
