"""Planted copies come first, planted rubbish first on the other side."""

import numpy as np
import torch
from blocks import pictures
from PIL import Image

from ganworks.judge.evidence import draw_evidence, nearest_and_farthest
from ganworks.judge.gathered import gather
from ganworks.judge.sides import of_set


def sides(copies=4, rubbish=3):
    real = pictures(200)
    fake = pictures(60, seed=1)
    fake[10 : 10 + copies] = real[50 : 50 + copies]
    fake[30 : 30 + rubbish] = 255
    return of_set("fake", fake, 60, 0), of_set("real", real, 200, 0)


def test_copies_and_rubbish_are_found(means):
    ours, theirs = (gather(side, means) for side in sides())
    near, far = nearest_and_farthest(ours, theirs, 10)
    assert near.samples[:4].tolist() == [10, 11, 12, 13]
    assert near.reals[:4].tolist() == [50, 51, 52, 53]
    assert near.distances[:4].tolist() == [0, 0, 0, 0]
    assert near.distances[4] > 0
    assert set(far.samples[:3].tolist()) == {30, 31, 32}
    assert far.distances[0] > 1
    assert (near.distances.diff() >= 0).all()
    assert (far.distances.diff() <= 0).all()


def test_places_are_those_of_the_sides_where_only_some_rows_are_kept(means, monkeypatch):
    monkeypatch.setattr("ganworks.judge.gathered.KEEP", 50)
    ours, theirs = (gather(side, means) for side in sides())
    near, _ = nearest_and_farthest(ours, theirs, 5)
    a, b = sides()
    distances = (means(a.read(near.samples)).features - means(b.read(near.reals)).features).norm(dim=1)
    direct = torch.cdist(means(a.read(ours.places)).features, means(b.read(theirs.places)).features).amin(1)
    assert all(any(abs(d - each) < 1e-5 for each in direct) for d in distances)


def test_real_pictures_that_are_all_the_same_do_no_harm(means):
    ours = gather(sides()[0], means)
    same = pictures(1).repeat(20, 1, 1, 1)
    near, far = nearest_and_farthest(ours, gather(of_set("same", same, 20, 0), means), 5)
    assert near.distances.isfinite().all()
    assert far.distances.isfinite().all()


def test_the_picture(means, tmp_path):
    a, b = sides()
    draw_evidence(tmp_path / "new" / "a.png", a, b, gather(a, means), gather(b, means))
    sheet = np.asarray(Image.open(tmp_path / "new" / "a.png"))
    assert sheet.ndim == 3
    assert sheet.shape[0] > 600
    left, right = np.array_split(sheet, 2, axis=1)
    assert (left < 250).any()
    assert (right < 250).any()
