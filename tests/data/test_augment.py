"""Each setting does what it says, within [-1, 1], and to the right channels."""

import math

import pytest
import torch
import torch.nn.functional as F

from ganworks.data import augment
from ganworks.data.augment import CROP, FLIP, NUM_DRAWS, Augment

ALL = Augment(flip=True, rotate=30, colour=0.5, zoom=0.3, crop=0.3, light=0.5)


def pictures(num=4, channels=3, height=12, width=16):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(num, channels, height, width, generator=generator) * 2 - 1


def draws(num=4, **chosen):
    """0.5 for each use, which leaves the picture alone, except for those given."""
    values = torch.full((num, NUM_DRAWS), 0.5)
    values[:, CROP] = 0
    for name, value in chosen.items():
        values[:, getattr(augment, name.upper())] = value
    return values


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("setting", [ALL, Augment(light=1), Augment(colour=1), Augment(rotate=180), Augment(crop=0.9)])
def test_the_range_and_shape_stay(channels, setting):
    images = pictures(16, channels)
    moved = setting(images, torch.rand(16, NUM_DRAWS))
    assert moved.shape == images.shape
    assert moved.min() >= -1 and moved.max() <= 1
    assert moved.isfinite().all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_middle_draws_change_nothing(channels):
    images = pictures(channels=channels)
    images[:, 3:] = images[:, 3:].abs()  # colours of what hardly shows are not exact
    assert torch.allclose(ALL(images, draws()), images, atol=1e-4)


def test_no_setting_does_nothing():
    images = pictures()
    assert not Augment().active and ALL.active
    assert torch.equal(Augment()(images, torch.rand(4, NUM_DRAWS)), images)


def test_flip_is_exact_and_takes_half():
    images = pictures()
    flipped = Augment(flip=True)(images, draws(flip=torch.tensor([0.1, 0.9, 0.4, 0.6])))
    assert torch.equal(flipped[[0, 2]], images[[0, 2]].flip(-1))
    assert torch.equal(flipped[[1, 3]], images[[1, 3]])


def test_flip_within_the_grid():
    images = pictures()
    flipped = Augment(flip=True, rotate=10)(images, draws(flip=0.0))
    assert torch.allclose(flipped, images.flip(-1), atol=1e-4)


def test_a_half_turn_and_a_quarter_turn():
    images = pictures(height=12, width=12)
    assert torch.allclose(Augment(rotate=180)(images, draws(rotate=1.0)), images.flip(-1, -2), atol=1e-3)
    assert torch.allclose(Augment(rotate=90)(images, draws(rotate=1.0)), images.rot90(1, (-2, -1)), atol=1e-3)


def test_rotation_keeps_shapes_in_wide_pictures():
    """A disc stays a disc: without regard to the aspect it would become an ellipse."""
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(64.0), indexing="ij")
    disc = (1 - (((y - 15.5) ** 2 + (x - 31.5) ** 2).sqrt() - 8)).clamp(-1, 1)[None, None]
    turned = Augment(rotate=45)(disc, draws(1, rotate=1.0))
    middle = (..., slice(4, 28), slice(20, 44))  # the mirrored corners show parts of the disc again
    assert torch.allclose(turned[middle], disc[middle], atol=0.15)


def test_zoom_both_ways():
    """A disc of radius 8 gets the radius 16 or 4."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    disc = (1 - (((y - 31.5) ** 2 + (x - 31.5) ** 2).sqrt() - 8)).clamp(-1, 1)[None, None]
    for draw, radius in [(0.0, 16), (1.0, 4)]:
        area = (Augment(zoom=1)(disc, draws(1, zoom=draw)) > 0)[..., 16:48, 16:48].sum().item()
        expected = math.pi * radius**2 if radius == 4 else 32 * 32 - (32 * 32 - math.pi * radius**2)
        assert area == pytest.approx(expected, rel=0.25)


def test_crop_shows_a_part_of_the_picture_and_no_edge():
    """The left half of a ramp, enlarged: nothing beyond the edge comes into view."""
    ramp = torch.linspace(-1, 1, 32).expand(1, 1, 32, 32).clone()
    left = Augment(crop=0.5)(ramp, draws(1, crop=1.0, left=0.0))
    expected = F.interpolate(ramp[..., 8:24, :16], size=32, mode="bilinear", align_corners=False)
    assert torch.allclose(left[..., 2:-2], expected[..., 2:-2], atol=0.03)
    assert (left.diff(dim=-1) > -1e-5).all(), "a mirrored edge would fall"


def test_light():
    images = pictures() * 0.2
    assert torch.allclose(Augment(light=0.5)(images, draws(brightness=1.0)), images + 0.5)
    assert torch.allclose(Augment(light=0.5)(images, draws(contrast=0.0)), images * 0.5)


def test_colour():
    """No saturation is grey; a turn keeps the mean and the saturation; grey pictures stay."""
    images = pictures() * 0.3
    grey = Augment(colour=1)(images, draws(saturation=0.0))
    mean = images.mean(dim=1, keepdim=True)
    assert torch.allclose(grey, mean.expand_as(grey), atol=1e-6)
    turned = Augment(colour=1)(images, draws(hue=0.8))
    assert not torch.allclose(turned, images, atol=0.05)
    assert torch.allclose(turned.mean(dim=1, keepdim=True), mean, atol=1e-6)
    assert torch.allclose((turned - mean).norm(dim=1), (images - mean).norm(dim=1), atol=1e-5)
    assert torch.allclose(Augment(colour=1)(mean.expand(-1, 3, -1, -1), torch.rand(4, NUM_DRAWS)), mean, atol=1e-6)
    assert torch.equal(Augment(colour=1)(mean, torch.rand(4, NUM_DRAWS)), mean)


def test_a_third_of_a_turn_of_hue_moves_the_channels():
    """Rodrigues' rotation by 120 degrees about the grey axis takes red to green."""
    images = pictures() * 0.3
    matrix = Augment(colour=1).colours(draws(hue=0.5 + 120 / 90 / 2), 3)
    assert torch.allclose(torch.einsum("nij,njhw->nihw", matrix, images), images.roll(1, 1), atol=1e-5)


def test_alpha_is_not_recoloured_but_moves():
    images = pictures(channels=4)
    coloured = Augment(colour=1, light=1)(images, torch.rand(4, NUM_DRAWS))
    assert torch.equal(coloured[:, 3], images[:, 3])
    assert torch.allclose(Augment(rotate=180)(images, draws(rotate=1.0))[:, 3], images[:, 3].flip(-1, -2), atol=1e-3)


def test_hidden_colours_do_not_leak():
    """White where it shows, black where it is transparent: after a turn what shows is still white."""
    images = torch.full((1, 4, 16, 16), -1.0)
    images[..., 4:12, 4:12] = 1
    turned = Augment(rotate=45)(images, draws(1, rotate=0.8))
    shows = turned[:, 3] > -0.8
    assert shows.any() and turned[:, :3].permute(1, 0, 2, 3)[:, shows].min() > 0.9


def test_a_part_of_the_batch_is_the_part_of_the_whole():
    images, numbers = pictures(9), torch.rand(9, NUM_DRAWS)
    whole = ALL(images, numbers)
    assert torch.equal(whole[3:6], ALL(images[3:6], numbers[3:6]))


def test_one_setting_never_moves_another():
    images, numbers = pictures(), torch.rand(4, NUM_DRAWS)
    light = Augment(light=0.2)(images, numbers)
    both = Augment(light=0.2, flip=True)(images, numbers)
    flips = numbers[:, FLIP] < 0.5
    assert torch.equal(both[~flips], light[~flips]) and torch.equal(both[flips], light[flips].flip(-1))


@pytest.mark.parametrize("setting", [{"rotate": -1}, {"rotate": 360}, {"colour": 2}, {"crop": 1}, {"light": math.nan}])
def test_settings_that_make_no_sense(setting):
    with pytest.raises(ValueError, match="expected"):
        Augment(**setting)
