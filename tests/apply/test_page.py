"""The page of before and after."""

import base64
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from same import Same

from ganworks.apply import page as module
from ganworks.apply.files import Job
from ganworks.apply.page import Page
from ganworks.apply.truth import Truth
from ganworks.data.write import write_png

VOID = {"meta", "img", "input", "br", "link"}


class Balanced(HTMLParser):
    """Fails at a tag that is not closed."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def noise(height=20, width=30, channels=3, dtype=np.uint8, seed=0):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)


def previews(text):
    found = re.findall(r'class="(\w+)[^>]*src="data:image/(\w+);base64,([^"]+)"', text)
    return [(side, kind, np.asarray(Image.open(BytesIO(base64.b64decode(data))))) for side, kind, data in found]


def names(text):
    return re.findall(r'<a href="([^"]+)"', text)


def test_small_pictures_are_there_as_they_are(tmp_path):
    page, before, after = Page("<cats>", detail=False), noise(channels=4), noise(dtype=np.uint16)
    page.add(Job(tmp_path, "sub/a & b"), before, after)
    text = page.write(tmp_path).read_text()
    Balanced(text)
    assert "&lt;cats&gt;" in text and "<cats>" not in text
    assert names(text) == ["sub/a%20%26%20b.png"]
    assert "http" not in text  # nothing from elsewhere
    (right, kind, made), (left, _, was) = previews(text)
    assert (right, left, kind) == ("right", "left", "png")
    np.testing.assert_array_equal(was, before)
    np.testing.assert_array_equal(made, after // 257)
    assert 'id="true"' not in text


def test_large_ones_are_made_smaller_or_shown_by_their_middle(tmp_path):
    whole = Page("", detail=False)
    whole.add(Job(tmp_path, "a"), noise(700, 1400), noise(700, 1400))
    assert [(kind, x.shape) for _, kind, x in previews(whole.write(tmp_path).read_text())] == [
        ("jpeg", (320, 640, 3))
    ] * 2
    detail, before = Page("", detail=True), noise(300, 500, 1)
    detail.add(Job(tmp_path, "a"), before, before.repeat(3, 0).repeat(3, 1))
    text = detail.write(tmp_path).read_text()
    assert "1500×900, the middle" in text
    (_, _, made), (_, _, was) = previews(text)
    assert made.shape == (639, 639) and was.shape == (213, 213)
    smaller = made.reshape(213, 3, 213, 3).mean((1, 3))
    assert np.corrcoef(smaller.ravel(), was.ravel())[0, 1] > 0.95  # the same place


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """Six pictures that go the worse the later they come, and one without a true picture."""
    monkeypatch.setattr(module, "MOST", 4)
    true = noise()
    jobs = [Job(tmp_path, name) for name in "abcdefg"]
    for job in jobs[:6]:
        write_png(true, tmp_path / "true" / f"{job.name}.png")
    truth = Truth(tmp_path / "true", jobs, Same())
    page = Page("", False, truth)
    for number, job in enumerate(jobs):
        made = true.copy()
        made[: 2 * number + 1] = 0
        page.add(job, true, made)
    return page


def test_the_worst_come_first_and_ends_are_marked(judged, tmp_path):
    text = judged.write(tmp_path).read_text()
    Balanced(text)
    assert names(text) == [f"{name}.png" for name in "feba"]
    assert "7 pictures, of which 4 are shown" in text
    worst, best = (text.index(f'<b class="{end}">') for end in ("worst", "best"))
    assert text.index("f.png") < worst < text.index("e.png") and text.index("a.png") < best
    assert "PSNR (RGB, shave 0, 8 bits)" in text and 'id="true"' in text


def test_memory_does_not_grow_with_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    page = Page("", detail=False)
    for number in range(20):
        page.add(Job(tmp_path, str(number)), noise(4, 4), noise(4, 4))
        assert len(page.entries) <= 6
    assert names(page.write(tmp_path).read_text()) == ["0.png", "1.png", "2.png"]
