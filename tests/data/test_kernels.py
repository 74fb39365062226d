"""Kernels against their formulas, and filtering against a plain convolution."""

import math

import numpy as np
import pytest
import torch

from ganworks.data.kernels import KINDS, bell, draw_kernel, draw_motion, filtered, sinc


def moments(kernel):
    """The mean place (y, x) and the covariance of a kernel, as of a distribution."""
    at = np.indices(kernel.shape).reshape(2, -1) - (len(kernel) - 1) / 2
    mean = at @ kernel.ravel()
    return mean, (at - mean[:, None]) * kernel.ravel() @ (at - mean[:, None]).T


def test_a_bell_has_the_covariance_of_its_axes():
    """Along the first axis, turned by the angle from x to y, it is as wide as the first sigma says."""
    mean, covariance = moments(bell(31, (3.0, 1.5), 0.4))
    along = np.array([math.sin(0.4), math.cos(0.4)])  # y, x
    across = np.array([math.cos(0.4), -math.sin(0.4)])
    assert mean == pytest.approx([0, 0], abs=1e-12)
    assert along @ covariance @ along == pytest.approx(9, rel=0.01)
    assert across @ covariance @ across == pytest.approx(2.25, rel=0.01)
    assert along @ covariance @ across == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("beta", "is_plateau", "expected"),
    [(1.0, False, math.exp(-2)), (0.5, False, math.exp(-1)), (1.0, True, 1 / 5), (2.0, True, 1 / 17)],
)
def test_two_sigmas_from_the_middle(beta, is_plateau, expected):
    """exp(-q^beta / 2), or 1 / (1 + q^beta), with q = 4."""
    kernel = bell(9, (2.0, 2.0), 0.3, beta, is_plateau)
    assert kernel[4, 8] / kernel[4, 4] == pytest.approx(expected)
    assert kernel.sum() == pytest.approx(1)


@pytest.mark.parametrize("angle", [0, math.pi / 4, 1.0])
@pytest.mark.parametrize("cutoff", [math.pi / 3, math.pi / 2])
def test_a_sinc_cuts_at_its_frequency_in_every_direction(cutoff, angle):
    kernel = sinc(21, cutoff)
    y, x = np.indices(kernel.shape) - 10
    response = {
        share: (kernel * np.cos(share * cutoff * (x * math.cos(angle) + y * math.sin(angle)))).sum()
        for share in (0, 0.6, 1, 1.5)
    }
    assert response[0] == pytest.approx(1)
    assert response[0.6] == pytest.approx(1, abs=0.17)
    assert response[1] == pytest.approx(0.5, abs=0.12)
    assert abs(response[1.5]) < 0.12
    assert kernel.min() < 0, "it rings"


def test_what_is_drawn():
    rng = np.random.default_rng(0)
    kernels = [draw_kernel(rng, (0.2, 3.0)) for _ in range(600)]
    assert {len(kernel) for kernel in kernels} == {7, 9, 11, 13, 15, 17, 19, 21}
    assert all(kernel.sum() == pytest.approx(1) and np.isfinite(kernel).all() for kernel in kernels)
    assert np.mean([kernel.min() < 0 for kernel in kernels]) == pytest.approx(0.1, abs=0.04), "one in ten rings"
    stretched = [not np.allclose(kernel, kernel.T) or not np.allclose(kernel, kernel[::-1]) for kernel in kernels]
    assert np.mean(stretched) == pytest.approx(0.9 * 0.31, abs=0.06)
    assert sum(share for share, *_ in KINDS) == pytest.approx(1)


@pytest.mark.parametrize("length", [1.0, 6.5, 20.0])
def test_a_motion_blurs_about_the_middle_and_no_farther_than_its_length(length):
    rng = np.random.default_rng(1)
    for _ in range(20):
        kernel = draw_motion(rng, length)
        mean, covariance = moments(kernel)
        assert kernel.sum() == pytest.approx(1)
        assert kernel.min() >= 0
        assert mean == pytest.approx([0, 0], abs=1e-9)
        # A straight path of this length has variance length^2 / 12; sharing between pixels adds up to 1/4 each way.
        assert np.trace(covariance) <= length**2 / 12 + 0.5


@pytest.mark.parametrize("shape", [(3, 24, 31), (1, 12, 11)])
def test_filtering_is_a_convolution_of_the_mirrored_picture(shape):
    rng = np.random.default_rng(2)
    image, kernel = torch.from_numpy(rng.random(shape)), rng.random((9, 9))
    padded = torch.nn.functional.pad(image[None], (4, 4, 4, 4), mode="reflect")[0, :, None]
    plain = torch.nn.functional.conv2d(padded, torch.from_numpy(kernel[::-1, ::-1].copy())[None, None])[:, 0]
    assert torch.allclose(filtered(image, kernel), plain)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 1)])
def test_a_picture_smaller_than_the_kernel(size):
    """It is mirrored as often as need be; what is the same everywhere stays so."""
    assert torch.allclose(filtered(torch.full((3, *size), 7.0), bell(21, (3.0, 3.0))), torch.tensor(7.0))
