"""What befalls pictures: against other encoders, against formulas, and as often as the paper says."""

from io import BytesIO

import numpy as np
import pytest
from encoded import noise
from PIL import Image

from ganworks.data import second_order
from ganworks.data.degrade import DEGRADATIONS, Degrade
from ganworks.data.lossy import bicubic, compressed


def done(text, pixels, scale=1, seed=0):
    return Degrade.parse(text)(pixels, scale, np.random.default_rng(seed))


def photo(height=64, width=80, channels=3):
    """Something smooth with a few edges, of all values."""
    y, x = np.indices((height, width))
    planes = [128 + 80 * np.sin((x + 2 * y + 9 * c) / 9) + 40 * ((x // 16 + y // 16) % 2) for c in range(channels)]
    return np.stack(planes, -1).clip(0, 255).astype(np.uint8)


def psnr(first, second):
    return 10 * np.log10(255**2 / np.square(first.astype(float) - second).mean())


@pytest.mark.parametrize("text", ["bicubic", "real", "jpeg", "noise", "blur", "haze"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_all_follow_from_the_seed(text, channels):
    """A rest beyond a multiple of the scale is cut off."""
    pixels = noise(37, 50, channels)
    before = pixels.copy()
    first, again, another = (done(text, pixels, 4, seed) for seed in (0, 0, 1))
    assert first["other"].shape == (9, 12, channels)
    assert first["other"].dtype == np.uint8
    assert set(first) == {"other", *DEGRADATIONS[text].entries}
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert np.array_equal(first["other"], another["other"]) == (text == "bicubic")
    assert np.array_equal(pixels, before)
    if channels == 4:
        assert np.array_equal(first["other"][..., 3:], bicubic(pixels[:36, :48, 3:], 4)), "alpha is only made smaller"


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_bicubic_is_pillows(scale):
    pixels = noise(48, 72)
    expected = np.asarray(Image.fromarray(pixels).resize((72 // scale, 48 // scale), Image.Resampling.BICUBIC))
    assert np.array_equal(done("bicubic", pixels, scale)["other"], expected)


def test_bicubic_is_antialiased_with_the_kernel_of_the_field():
    """Keys' with a = -1/2, stretched by the scale: of a thin line stays what the kernel says at its distance."""
    pixels = np.zeros((8, 32, 1), np.uint8)
    pixels[:, 16] = 240
    at = (np.arange(16) + 0.5) * 2 - 16.5
    distance = np.abs(at) / 2
    near, far = 1.5 * distance**3 - 2.5 * distance**2 + 1, -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    expected = 240 / 2 * np.where(distance < 1, near, np.where(distance < 2, far, 0))
    assert np.abs(bicubic(pixels, 2)[1, :, 0] - expected.clip(0)).max() <= 1


def test_jpeg_is_a_real_encoders():
    file = BytesIO()
    Image.fromarray(photo()).save(file, "JPEG", quality=40)
    assert np.array_equal(done("jpeg:40", photo())["other"], np.asarray(Image.open(file)))


@pytest.mark.parametrize("channels", [1, 3])
def test_less_quality_is_less(channels):
    qualities = (90, 70, 50, 30, 10)
    found = [psnr(compressed(photo(channels=channels), quality), photo(channels=channels)) for quality in qualities]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1] + 5


@pytest.mark.parametrize("sigma", [0, 5, 25])
def test_noise_is_as_strong_as_its_sigma(sigma):
    """Grey in the middle, so that nothing is clipped; a rounding adds 1/12 to the variance."""
    difference = done(f"noise:{sigma}", np.full((96, 96, 3), 128, np.uint8))["other"] - 128.0
    expected = np.sqrt(sigma**2 + (1 / 12 if sigma else 0))
    assert difference.std() == pytest.approx(expected, rel=0.02)
    assert difference.mean() == pytest.approx(0, abs=sigma / 30 + 1e-9)
    if sigma:
        assert np.abs(np.corrcoef(difference.reshape(-1, 3).T) - np.eye(3)).max() < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_blur_keeps_what_is_even_and_loses_detail(seed):
    even = np.full((40, 40, 3), 200, np.uint8)
    assert np.array_equal(done("blur", even, seed=seed)["other"], even)
    blurred = done("blur:8", noise(64, 64), seed=seed)["other"]
    assert blurred.std() < noise(64, 64).std() / 2
    assert blurred.mean() == pytest.approx(127.5, abs=3)


@pytest.mark.parametrize("channels", [1, 3])
def test_haze_keeps_its_equation(channels):
    """I = J t + A (1 - t), but for the rounding; without any extinction the picture stays."""
    for seed in range(5):
        found = done("haze", photo(channels=channels), seed=seed)
        clear, t, airlight = photo(channels=channels) / 255.0, found["transmission"], found["airlight"]
        assert np.abs(found["other"] / 255 - (clear * t + airlight * (1 - t))).max() <= 0.5 / 255 + 1e-6
        assert t.shape == (64, 80, 1)
        assert airlight.shape == (1, 1, channels)
        assert np.exp(-1.6 * 2) <= t.min() < t.max() <= 1
        assert 0.5 <= airlight.min() <= airlight.max() <= 1
        assert max(np.abs(np.diff(t, axis=axis)).max() for axis in (0, 1)) < 0.1, "it is smooth"
    assert np.array_equal(done("haze:0", photo())["other"], photo())


class TestReal:
    def test_is_as_often_as_the_paper_says(self, monkeypatch):
        """Resizing before the first JPEG, blur, ringing, and which of ringing and JPEG is last."""
        calls = []

        def spied(name):
            original = getattr(second_order, name)

            def spy(*arguments):
                calls.append((name, arguments[0].shape))
                return original(*arguments)

            monkeypatch.setattr(second_order, name, spy)

        for name in ("filtered", "compressed", "resized"):
            spied(name)
        sizes, lasts, filters, num = [], [], [], 400
        for seed in range(num):
            calls.clear()
            done("real", noise(24, 24, 1), 2, seed)
            sizes.append(next(shape[0] for name, shape in calls if name == "compressed"))
            lasts.append(calls[-1][0] == "compressed")
            filters.append(sum(name == "filtered" for name, _ in calls))
            assert sum(name == "compressed" for name, _ in calls) == 2
        assert np.mean(lasts) == pytest.approx(0.5, abs=0.05)
        assert np.mean(filters) == pytest.approx(1 + 0.8 + 0.8, abs=0.1)
        assert np.mean([size < 24 for size in sizes]) == pytest.approx(0.7, abs=0.05)
        assert np.mean([size > 24 for size in sizes]) == pytest.approx(0.2 * (1 - 1 / 12), abs=0.05)
        assert min(sizes) == int(24 * 0.15)
        assert max(sizes) == 35

    @pytest.mark.parametrize("grey", [False, True])
    def test_shot_noise_grows_with_the_light(self, grey):
        """As many photons as there are values: a Poisson variance of v 255 / 256 at value v, times the square."""
        ramp = np.tile(np.arange(256, dtype=np.float32), (3, 400, 1))
        stage = second_order.Stage(0, (1, 1), 0, 0, (1, 1), (1, 1), (2, 2))
        grain = second_order.poisson(ramp, stage, grey, np.random.default_rng(0))
        assert len(grain) == (1 if grey else 3)
        variance, light = grain.var(1).mean(0), ramp[0, 0]
        assert variance[0] == 0
        assert np.polyfit(light, variance, 1)[0] == pytest.approx(4 * 255 / 256, rel=0.05)

    @pytest.mark.parametrize("size", [(1, 1), (3, 9)])
    def test_tiny_pictures(self, size):
        for seed in range(20):
            assert done("real", noise(4 * size[0], 4 * size[1]), 4, seed)["other"].shape == (*size, 3)

    def test_stays_where_it_was(self):
        """On average over many, edges are where they are in the clear picture, not half a pixel beside."""
        pixels = np.full((64, 64, 1), 40, np.uint8)
        pixels[20:44, 24:48] = 220
        mean = np.mean([done("real", pixels, 2, seed)["other"] for seed in range(60)], 0)[..., 0] - 40
        y, x = np.indices(mean.shape) + 0.5
        assert [(mean * y).sum() / mean.sum(), (mean * x).sum() / mean.sum()] == pytest.approx([16, 18], abs=0.3)


@pytest.mark.parametrize("text", ["bicubic", "real", "noise:5-50", "jpeg:40-40", "haze:0.4-1.6"])
def test_names_come_back(text):
    assert str(Degrade.parse(text)) == text


def test_defaults_and_single_values():
    assert Degrade.parse("jpeg").values == (20, 60)
    assert Degrade.parse("noise:25").values == (25, 25)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("bicubik", r"'bicubik' was given; possible: bicubic, real, jpeg or jpeg:20-60 \(quality from 1 to 100\)"),
        ("real:3", "possible for real: real$"),
        ("jpeg:0", "possible for jpeg: jpeg or jpeg:20-60"),
        ("noise:50-5", "possible for noise"),
        ("noise:1-2-3", "possible for noise"),
        ("noise:much", "possible for noise"),
        ("noise:", "possible for noise"),
    ],
)
def test_what_cannot_be_meant(text, told):
    with pytest.raises(ValueError, match=told):
        Degrade.parse(text)
