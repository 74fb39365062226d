"""Comparisons with true pictures: strip by strip they are what the whole gives."""

import math

import numpy as np
import pytest
import torch
from same import Same

from ganworks.apply import truth as module
from ganworks.apply.files import Job, jobs_in
from ganworks.apply.tiles import tensor_of
from ganworks.apply.truth import Truth, scores
from ganworks.data.write import write_png
from ganworks.metrics.restoration import PairProtocol, mean_difference, psnr, ssim


def noise(height=20, width=30, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 255, (height, width, channels), np.uint8, endpoint=True)


@pytest.mark.parametrize("height", [16, 45, 52])
def test_strips_give_what_the_whole_gives(height, monkeypatch):
    """Also where the last strip is too low for a window."""
    made, true = noise(height), noise(height, seed=1)
    protocol = PairProtocol(shave=2)
    monkeypatch.setattr(module, "STRIP", 20)
    found = scores(made, true, protocol)
    whole = tensor_of(made), tensor_of(true)
    assert found.psnr == pytest.approx(psnr(*whole, protocol).item(), abs=1e-4)
    assert found.ssim == pytest.approx(ssim(*whole, protocol).item(), abs=1e-5)
    inner = [pixels[:, :, 2:-2, 2:-2] for pixels in whole]
    assert found.difference == pytest.approx(mean_difference(*inner).item(), abs=1e-6)
    torch.testing.assert_close(found.slopes.sum(1), torch.ones(2))


def test_grey_against_colour_and_alpha_on_white():
    grey = noise(channels=1)
    assert scores(grey, grey.repeat(3, 2), PairProtocol()).psnr == math.inf
    clear = np.concatenate([noise(), np.zeros((20, 30, 1), np.uint8)], 2)
    assert scores(clear, np.full((20, 30, 3), 255, np.uint8), PairProtocol()).psnr == math.inf


def test_matched_by_name(tmp_path):
    for folder, names in (("in", "abcd"), ("true", "abc")):
        for number, name in enumerate(names):
            write_png(
                noise(40 if name == "c" and folder == "true" else 20, seed=number), tmp_path / folder / f"{name}.png"
            )
    jobs = jobs_in(tmp_path / "in")
    truth = Truth(tmp_path / "true", jobs, Same())
    assert str(truth.protocol) == "RGB, shave 0, 8 bits"
    for number, job in enumerate(jobs):
        made = noise(seed=number)
        made[:5] = 0 if job.name == "a" else made[:5]
        found = truth.compare(job, noise(seed=number), made)
        assert (found is None) == (job.name in "cd")
    assert truth.left_out == ["c (20x30 was made, the true one is 40x30)", "d (no true picture)"]
    assert truth.ranked() == ["a", "b"]
    made, before = truth.found["a"]
    assert made.psnr < 20 and before.psnr == math.inf
    assert [row[0] for row in truth.table()][:2] == ["PSNR (RGB, shave 0, 8 bits)", "SSIM (RGB, shave 0, 8 bits)"]
    with pytest.raises(ValueError, match=r"has the name of one to be made \(there are a and z\)"):
        Truth(tmp_path / "true", [Job(tmp_path, "z")], Same())


def test_what_is_too_small_is_left_out(tmp_path):
    write_png(noise(30, 10), tmp_path / "a.png")
    truth = Truth(tmp_path / "a.png", [Job(tmp_path / "a.png", "a")], Same())
    assert truth.compare(Job(tmp_path, "a"), noise(30, 10), noise(30, 10)) is None
    assert truth.left_out == ["a (too small to compare, less than 11 pixels)"]


def test_two_single_files_need_no_common_name(tmp_path):
    for name in ("x", "y"):
        write_png(noise(), tmp_path / f"{name}.png")
    jobs = jobs_in(tmp_path / "x.png")
    truth = Truth(tmp_path / "y.png", jobs, Same(scale=2, restores=True))
    assert str(truth.protocol) == "Y, shave 2, 8 bits"
    assert truth.compare(jobs[0], noise(10, 15), noise()) is not None
    assert truth.found["x"][0].psnr == math.inf
    assert 5 < truth.found["x"][1].psnr < 30  # enlarged
