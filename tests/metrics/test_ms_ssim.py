"""MS-SSIM against the paper's formula written out window by window, and diversity by it."""

import json
from pathlib import Path

import pytest
import torch
from reference_neighbours import SIZES, pictures

from ganworks.metrics.ms_ssim import ms_ssim, ms_ssim_diversity, scales

GOLDEN = json.loads(Path(__file__).with_name("golden_neighbours.json").read_text())["ms_ssim"]


def some(num, side=32, seed=0):
    noise = torch.randint(0, 256, (num, 1, side // 4, side // 4), generator=torch.Generator().manual_seed(seed))
    return noise.repeat_interleave(4, 2).repeat_interleave(4, 3).to(torch.uint8)


@pytest.mark.parametrize(("side", "channels"), SIZES)
def test_as_written_in_the_paper(side, channels):
    x, y = map(torch.from_numpy, pictures(side, channels))
    golden = torch.tensor(GOLDEN[str(side)], dtype=torch.float64)
    assert golden[0] > 0.9 and golden[-1] < 0.8, "the cases tell nothing apart"
    exact = ms_ssim(x.double() / 127.5 - 1, y.double() / 127.5 - 1)
    torch.testing.assert_close(exact, golden, rtol=1e-9, atol=0)
    torch.testing.assert_close(ms_ssim(x, y).double(), golden, rtol=2e-6, atol=0)


def test_equal_pictures_are_1_and_sides_do_not_matter():
    x, y = some(6), some(6, seed=1)
    torch.testing.assert_close(ms_ssim(x, x), torch.ones(6), rtol=1e-6, atol=0)
    torch.testing.assert_close(ms_ssim(x, y), ms_ssim(y, x), rtol=1e-6, atol=0)
    torch.testing.assert_close(ms_ssim(x.mT, y.mT), ms_ssim(x, y), rtol=1e-4, atol=1e-6)


def test_opposed_structure_counts_as_0():
    x = some(3)
    assert ms_ssim(x, 255 - x).eq(0).all()


def test_monotone_as_noise_grows():
    x, noise = some(1).float() / 127.5 - 1, torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    found = [ms_ssim(x, (x + much * noise).clamp(-1, 1)).item() for much in (0, 0.1, 0.4, 1.6)]
    assert found == sorted(found, reverse=True) and found[-1] < 0.7


def test_scales_by_size():
    assert [scales(side) for side in (11, 21, 22, 43, 44, 87, 88, 175, 176, 1024)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_diversity_of_all_pairs_by_hand():
    x = some(5)
    found = ms_ssim_diversity(x, pairs=1000)
    values = [ms_ssim(x[i : i + 1], x[j : j + 1]).item() for i in range(5) for j in range(i)]
    assert found.value == pytest.approx(sum(values) / 10, rel=1e-6)
    assert ms_ssim_diversity(x.flip(0)).value == pytest.approx(found.value, rel=1e-6)


def test_random_pairs_are_of_different_pictures_and_repeat_by_seed():
    x = some(30)
    found = [ms_ssim_diversity(x, pairs=100, seed=seed) for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    full = ms_ssim_diversity(x, pairs=10_000)
    assert abs(found[0].value - full.value) < 4 * found[0].error
    two = torch.cat([some(1), 255 - some(1)])  # a picture with itself would be 1
    assert ms_ssim_diversity(two, pairs=1).value == 0


def test_collapse_is_seen():
    real = some(40)
    near = (real[:1].float() + 5 * torch.randn(40, 1, 32, 32, generator=torch.Generator().manual_seed(0))).clamp(0, 255)
    assert ms_ssim_diversity(near.to(torch.uint8), 200).value > 0.9
    assert ms_ssim_diversity(real, 200).value < 0.3
    assert ms_ssim_diversity(real[:2].repeat(20, 1, 1, 1), 200).value > 0.4  # two modes
    assert ms_ssim_diversity(real[:1].repeat(20, 1, 1, 1)).value == pytest.approx(1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (some(1), "1 pictures and 1,000 pairs"),
        (some(4)[..., :8], "a side of 8: MS-SSIM needs at least 11"),
        (some(4).float(), "lie in -1..1"),
        (some(4).int(), "wanted is uint8"),
        (some(4)[0], "wanted is"),
    ],
)
def test_bad_input_gets_a_sentence(given, said):
    with pytest.raises(ValueError, match=said):
        ms_ssim_diversity(given)


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="pairs of one size"):
        ms_ssim(some(2), some(3))
