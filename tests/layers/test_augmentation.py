"""Each operation against the same in other words; that none mixes pictures, and that gradients flow."""

import math

import pytest
import torch
from torchvision.transforms.functional import InterpolationMode, affine

from ganworks.layers import augmentation
from ganworks.layers.augmentation import NUM_ADAPTIVE, NUM_DIFFERENTIABLE, NUM_GATES, POLICY, adaptive, differentiable

P = torch.tensor(0.5)


def pictures(num=6, channels=3, height=17, width=12):
    return torch.rand(num, channels, height, width, generator=torch.manual_seed(0)) * 2 - 1


def one(x, **values):
    """ADA with the operations that are named alone, by these numbers."""
    draws = torch.full((len(x), NUM_ADAPTIVE), 0.5)
    draws[:, :NUM_GATES] = 1.0
    for name in values:
        if (number := getattr(augmentation, name)) < NUM_GATES:
            draws[:, number] = 0.0
    for name, value in values.items():
        draws[:, NUM_GATES + getattr(augmentation, name)] = value
    return adaptive(x, draws, P)


def diff(x, policy, *numbers):
    """DiffAugment with the same numbers for all pictures."""
    return differentiable(x, torch.tensor(numbers).expand(len(x), NUM_DIFFERENTIABLE), (policy,))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_at_p_0_nothing_happens(channels):
    x, draws = pictures(channels=channels), torch.rand(6, NUM_ADAPTIVE)
    torch.testing.assert_close(adaptive(x, draws, torch.tensor(0.0)), x, atol=1e-5, rtol=0)
    torch.testing.assert_close(diff(x, "color", *[0.5] * 7), x, atol=1e-5, rtol=0)
    assert torch.equal(diff(x, "translation", *[0.5] * 7), x)


def test_flips_and_quarter_turns():
    x = pictures(width=17)
    torch.testing.assert_close(one(x, FLIP=0.7), x.flip(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(one(x, FLIP=0.3), x, atol=1e-5, rtol=0)
    for k in range(4):
        torch.testing.assert_close(one(x, TURN=(k + 0.5) / 4), x.rot90(k, (2, 3)), atol=1e-4, rtol=0)


def test_whole_shifts_mirror_the_edge():
    x = pictures(height=16, width=24)
    shifted = one(x, SHIFT=0.84, SHIFT_DOWN=0.01)  # 0.68 of 3 pixels to the right, 0.98 of 2 up
    expected = torch.cat([x[:, :, :, :2].flip(3), x[:, :, :, :-2]], 3)
    expected = torch.cat([expected[:, :, 2:], expected[:, :, -2:].flip(2)], 2)
    torch.testing.assert_close(shifted, expected, atol=1e-4, rtol=0)


def ndtri(value):
    return torch.special.ndtri(torch.tensor(value)).item()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ROTATE": 0.6}, {"angle": -36.0}),
        ({"ROTATE_AGAIN": 0.35}, {"angle": 54.0}),
        ({"SCALE": 0.9}, {"scale": 2 ** (0.2 * ndtri(0.9))}),
        ({"MOVE": 0.7, "MOVE_DOWN": 0.4}, {"translate": [ndtri(0.7) * 4, ndtri(0.4) * 4]}),
    ],
)
def test_fine_geometry_is_torchvisions(values, expected):
    """In the middle, where the edge is not seen."""
    x = torch.nn.functional.avg_pool2d(pictures(2, height=36, width=36), 5, 1)  # (2, 3, 32, 32), smooth
    ours = one(x, **values)
    theirs = affine(
        x,
        **{"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0]} | expected,
        interpolation=InterpolationMode.BILINEAR,
    )
    middle = (..., slice(10, 22), slice(10, 22))
    torch.testing.assert_close(ours[middle], theirs[middle], atol=1e-3, rtol=0)


def test_a_stretch_keeps_the_area():
    linear, _ = augmentation.geometry(torch.rand(50, NUM_ADAPTIVE).index_fill(1, torch.tensor([3]), 1.0), P, 9, 9)
    torch.testing.assert_close(torch.linalg.det(linear).abs(), torch.ones(50))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_light(channels):
    x = pictures(channels=channels)
    colours, alpha = x[:, :3], x[:, 3:]
    bright, contrast = 0.2 * ndtri(0.8), 2 ** (0.5 * ndtri(0.3))
    for got, expected in (
        (one(x, BRIGHTEN=0.8), colours + bright),
        (one(x, CONTRAST=0.3), colours * contrast),
        (one(x, BRIGHTEN=0.8, CONTRAST=0.3), (colours + bright) * contrast),
        (one(x, INVERT=0.3), colours),
        (one(x, INVERT=0.7), colours - 2 * colours.mean(1, keepdim=True)),
    ):
        torch.testing.assert_close(got[:, :3], expected, atol=1e-4, rtol=0)
        torch.testing.assert_close(got[:, 3:], alpha, atol=1e-4, rtol=0)


def test_hue_and_saturation():
    x = pictures()
    third = one(x, HUE=5 / 6)  # a third of the circle exchanges the colours in turn
    torch.testing.assert_close(third, x.roll(1, 1), atol=1e-4, rtol=0)
    grey, rest = x.mean(1, keepdim=True), x - x.mean(1, keepdim=True)
    torch.testing.assert_close(one(x, SATURATE=0.9), grey + rest * 2 ** ndtri(0.9), atol=1e-4, rtol=0)


def test_each_happens_as_often_as_p():
    draws = torch.rand(20_000, NUM_ADAPTIVE, generator=torch.manual_seed(0))
    p = torch.tensor(0.3)
    for operation in range(NUM_GATES):
        alone = draws.clone()
        alone[:, :NUM_GATES] = 1.0
        alone[:, operation] = draws[:, operation]
        happens = augmentation.chosen(alone, p, operation, torch.ones(20_000), 0)
        assert happens.mean().item() == pytest.approx(0.3, abs=0.015)
    rotations = draws.clone()
    others = [number for number in range(NUM_GATES) if number not in (augmentation.ROTATE, augmentation.ROTATE_AGAIN)]
    rotations[:, others] = 1.0
    linear, _ = augmentation.geometry(rotations, p, 9, 9)
    turned = (linear - torch.eye(2)).abs().amax((1, 2)) > 1e-6
    assert turned.float().mean().item() == pytest.approx(0.3, abs=0.015)


def test_brightness_saturation_and_contrast():
    x = pictures()
    y = diff(x, "color", 0.9, 0.2, 0.7, 0, 0, 0, 0)
    expected = x + 0.4
    grey = expected.mean(1, keepdim=True)
    expected = (expected - grey) * 0.4 + grey
    mean = expected.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(y, (expected - mean) * 1.2 + mean)


def test_translation_leaves_middle_grey():
    x = pictures(height=17, width=24)
    expected = torch.zeros_like(x)
    expected[:, :, 2:, :-3] = x[:, :, :-2, 3:]
    assert torch.equal(diff(x, "translation", 0, 0, 0, 0.99, 0.0, 0, 0), expected)


@pytest.mark.parametrize("side", [16, 17, 28])
def test_cutout_covers_up_to_a_quarter(side):
    x = torch.ones(side, 1, side, side)
    places = torch.arange(side).div(side)
    draws = torch.zeros(side, NUM_DIFFERENTIABLE)
    draws[:, 5], draws[:, 6] = places, 0.5
    gone = differentiable(x, draws, ("cutout",))[:, 0] == 0
    length, begin = side // 2, (side + 1) // 2 - side // 2 // 2
    assert gone.sum((1, 2)).max() == length**2 and gone.sum((1, 2)).min() == length * (length - length // 2)
    assert gone.any(0).any(0).nonzero()[:, 0].tolist() == list(range(begin, begin + length))


@pytest.mark.parametrize(
    "augment",
    [lambda x, draws: differentiable(x, draws[:, :NUM_DIFFERENTIABLE]), lambda x, draws: adaptive(x, draws, P)],
    ids=["diff", "ada"],
)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_stay_apart_and_gradients_flow(augment, channels):
    x, draws = pictures(channels=channels), torch.rand(6, NUM_ADAPTIVE, generator=torch.manual_seed(1))
    x = x.contiguous(memory_format=torch.channels_last).requires_grad_()
    y = augment(x, draws)
    assert y.shape == x.shape and y.isfinite().all() and not torch.equal(y, x)
    torch.testing.assert_close(augment(x[2:4], draws[2:4]), y[2:4], atol=1e-5, rtol=0)
    weights = torch.randn(y.shape, generator=torch.manual_seed(2))
    (gradient,) = torch.autograd.grad((y * weights).sum(), x)
    # Both are linear in the picture apart from what they add: the slope times x is what x makes.
    linear = (y - augment(torch.zeros_like(x), draws)).mul(weights).sum()
    torch.testing.assert_close((gradient * x).sum(), linear, atol=1e-3, rtol=1e-4)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(augment(x, draws), y, atol=1e-6, rtol=0)  # in float32 whatever is around it
    assert math.isfinite(augment(x.bfloat16(), draws).sum().item())


def test_the_whole_policy_is_the_default():
    x, draws = pictures(), torch.rand(6, NUM_DIFFERENTIABLE)
    step_by_step = x
    for policy in POLICY:
        step_by_step = differentiable(step_by_step, draws, (policy,))
    torch.testing.assert_close(differentiable(x, draws), step_by_step)
