"""Measures of restoration against closed forms and against loops over pixels."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks.data.write import from_bytes, to_arrays
from ganworks.metrics.restoration import (
    PairProtocol,
    blockiness,
    gradient_histogram_distance,
    mean_difference,
    perceptual_distance,
    psnr,
    radial_spectrum,
    slope_histogram,
    spectrum_distance,
    ssim,
)
from ganworks.nets.vgg import vgg

RGB = PairProtocol(luma=False)


def bytes_of(*values, channels=1, side=16):
    """A flat picture for each value."""
    flat = torch.tensor(values, dtype=torch.uint8).view(-1, 1, 1, 1)
    return from_bytes(flat.expand(-1, channels, side, side))


def natural(num=4, side=64, seed=0):
    """Smooth pictures with edges."""
    random = torch.Generator().manual_seed(seed)
    waves = torch.randn(num, 3, side // 4, side // 4, generator=random)
    smooth = torch.nn.functional.interpolate(waves, (side + 5, side + 5), mode="bicubic")[..., 5:, 5:]
    return (smooth + 0.5 * smooth.sign()).clamp(-1, 1)


def test_a_protocol_says_what_it_is():
    assert PairProtocol(shave=4).name("PSNR") == "PSNR (Y, shave 4, 8 bits)"
    assert str(PairProtocol(luma=False, rounded=False)) == "RGB, shave 0, not rounded"


def test_psnr_of_a_difference_of_five_levels():
    expected = 20 * math.log10(255 / 5)
    assert psnr(bytes_of(100, 0), bytes_of(105, 5), RGB).tolist() == pytest.approx([expected] * 2)
    assert psnr(bytes_of(7), bytes_of(7)).item() == math.inf


def test_luma_is_matlabs():
    """rgb2ycbcr of white, black, red, green and blue: 235, 16, 81, 145, 41; grey pictures stay as they are."""
    colours = torch.tensor([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]], dtype=torch.uint8)
    pictures = from_bytes(colours.view(5, 3, 1, 1))
    assert PairProtocol().apply(pictures).flatten().tolist() == [235, 16, 81, 145, 41]
    exact = PairProtocol(rounded=False).apply(pictures).flatten()
    assert exact.tolist() == pytest.approx([235, 16, 81.481, 144.553, 40.966], abs=1e-3)
    assert PairProtocol().apply(bytes_of(200)).unique().tolist() == [200]


def test_rounding_and_shaving_are_part_of_it():
    made, true = bytes_of(100), bytes_of(100)
    nearly = made + 0.4 / 127.5
    assert psnr(nearly, true).item() == math.inf
    assert psnr(nearly, true, PairProtocol(rounded=False)).item() == pytest.approx(20 * math.log10(255 / 0.4), abs=0.01)
    made = made.clone()
    made[..., 0, :] = 1
    assert psnr(made, true).item() < 20
    assert psnr(made, true, PairProtocol(shave=1)).item() == math.inf
    with pytest.raises(ValueError, match="16x16 have nothing left when 8 pixels"):
        psnr(made, true, PairProtocol(shave=8))
    with pytest.raises(ValueError, match="pairs need one"):
        psnr(made, true[..., 1:])


def test_ssim_against_a_loop_over_windows():
    """Wang et al. 2004, eqs. 13 to 16, window by window; larger than one tile."""
    torch.manual_seed(0)
    x, y = (torch.rand(1, 1, 14, 270) * 2 - 1 for _ in range(2))
    y = (0.6 * x + 0.4 * y).clamp(-1, 1)
    line = np.exp(-0.5 * ((np.arange(11) - 5) / 1.5) ** 2)
    window = np.outer(line, line) / np.outer(line, line).sum()
    a, b = (((v + 1) * 127.5).round().double().numpy()[0, 0] for v in (x, y))
    values = []
    for top in range(4):
        for left in range(260):
            p, q = a[top : top + 11, left : left + 11], b[top : top + 11, left : left + 11]
            m, n = (window * p).sum(), (window * q).sum()
            vp, vq, cov = ((window * u).sum() for u in ((p - m) ** 2, (q - n) ** 2, (p - m) * (q - n)))
            c1, c2 = 2.55**2, 7.65**2
            values.append((2 * m * n + c1) * (2 * cov + c2) / ((m * m + n * n + c1) * (vp + vq + c2)))
    assert ssim(x, y).item() == pytest.approx(np.mean(values), abs=1e-5)
    assert ssim(x, x).item() == pytest.approx(1)


def test_ssim_of_flat_pictures_is_their_luminance():
    c1 = 2.55**2
    expected = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert ssim(bytes_of(100, channels=3), bytes_of(150, channels=3), RGB).item() == pytest.approx(expected, abs=1e-5)
    with pytest.raises(ValueError, match="SSIM needs 11 pixels a side; 8x8 are left"):
        ssim(bytes_of(1), bytes_of(1), PairProtocol(shave=4))


def test_mean_difference():
    assert mean_difference(bytes_of(0, 51), bytes_of(255, 0)).tolist() == pytest.approx([1, 0.2])


def test_blockiness_of_a_chessboard_and_of_a_slope():
    """Blocks that differ by 20 levels and are flat inside: 20.5 / 0.5 - 1; equal steps everywhere: none."""
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(48), indexing="ij")
    board = from_bytes((100 + 20 * ((rows // 8 + columns // 8) % 2)).view(1, 1, 32, 48))
    assert blockiness(board).item() == pytest.approx(40, rel=1e-4)
    assert blockiness(board[..., 4:]).item() < 20  # the grid begins in the corner
    slope = from_bytes((2 * rows + 3 * columns).view(1, 1, 32, 48))
    assert blockiness(slope).item() == pytest.approx(0, abs=1e-4)
    assert blockiness(bytes_of(9)).item() == 0


def test_blockiness_grows_as_jpeg_quality_falls():
    pictures = natural(side=96)

    def pressed(quality):
        found = []
        for pixels in to_arrays(pictures):
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "JPEG", quality=quality)
            found.append(torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1))
        return from_bytes(torch.stack(found))

    means = [blockiness(pressed(quality)).mean().item() for quality in (95, 40, 10)]
    assert means[0] == pytest.approx(blockiness(pictures).mean().item(), abs=0.03)
    assert means[0] < means[1] < means[2]
    assert means[2] > 0.3


def test_slopes_of_a_plane_fall_into_one_bin():
    """Steps of 6 and 8 levels: slopes of 10, between 8 and 11.3."""
    rows, columns = torch.meshgrid(torch.arange(10), torch.arange(12), indexing="ij")
    shares = slope_histogram(from_bytes((6 * rows + 8 * columns).view(1, 1, 10, 12)))
    assert shares.tolist() == [0, 0, 0, 1] + [0] * 10
    flat = bytes_of(3, 200)
    assert gradient_histogram_distance(from_bytes((6 * rows + 8 * columns).view(1, 1, 10, 12)), flat) == 2
    assert gradient_histogram_distance(flat, flat) == 0


def test_blur_shows_in_slopes_and_in_the_spectrum():
    sharp, other = natural(8), natural(8, seed=1)
    blurred = torch.nn.functional.avg_pool2d(torch.nn.functional.pad(sharp, [2] * 4, "replicate"), 5, 1)
    for distance in (gradient_histogram_distance, spectrum_distance):
        assert distance(blurred, sharp) > 2.5 * distance(other, sharp)


def test_the_spectrum_of_a_wave_and_of_noise():
    """A wave lies at its frequency; noise that is twice as strong has 6 dB more everywhere."""
    wave = (0.5 * torch.sin(2 * math.pi * 10 * torch.arange(64) / 64)).expand(1, 1, 64, 64)
    spectrum = radial_spectrum(wave)
    assert len(spectrum) == 32
    assert spectrum.argmax().item() + 1 == 10
    noise = torch.rand(32, 1, 32, 48) - 0.5
    assert spectrum_distance(noise, noise / 2) == pytest.approx(20 * math.log10(2), abs=1e-3)
    with pytest.raises(ValueError, match="sizes must agree"):
        spectrum_distance(noise, wave)


def test_perceptual_distance_of_opposed_and_of_equal_maps():
    class Directions:
        """Maps that are the pictures."""

        def __call__(self, x, taps):
            return [x for _ in taps]

    x = torch.rand(2, 3, 8, 8) + 0.1
    assert perceptual_distance(x, -x, Directions(), ["a", "b"]).tolist() == pytest.approx([4, 4])
    assert perceptual_distance(x, 0.3 * x, Directions(), ["a"]).tolist() == pytest.approx([0, 0], abs=1e-6)


def test_perceptual_distance_by_vgg():
    net, pictures = vgg("random"), natural(3, 32)
    noisy = [pictures + strength * torch.randn_like(pictures) for strength in (0.02, 0.2)]
    near, far = (perceptual_distance(x, pictures, net) for x in noisy)
    assert (perceptual_distance(pictures, pictures, net) == 0).all()
    assert ((near > 0) & (near < far)).all()
