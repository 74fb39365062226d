"""Features of data are found again by content and protocol; whatever is wrong with the file, numbers never are."""

from dataclasses import replace

import torch
from blocks import Means, pictures

from ganworks.judge import gathered, sides
from ganworks.judge.gathered import gather, kept_places
from ganworks.judge.sides import of_samples, of_set


def side(num=30, seed=0):
    """As if it lay in a file."""
    return replace(of_set("set", pictures(num, seed), num, 0), is_data=True)


def same(a, b):
    return torch.equal(a.features, b.features) and torch.equal(a.moments.scatter, b.moments.scatter)


def test_found_again_by_content(means, cache):
    first = gather(side(), means)
    assert (means.seen, first.was_kept) == (30, False)
    second = gather(side(), means)
    assert (means.seen, second.was_kept) == (30, True)
    assert same(first, second)
    assert torch.equal(first.logits, second.logits)
    assert (second.count, second.content) == (30, first.content)
    assert len(list(cache.iterdir())) == 1


def test_another_picture_or_extractor_is_another_entry(means, cache):
    gather(side(), means)
    assert not gather(side(seed=1), means).was_kept
    assert not gather(side(num=29), means).was_kept
    assert not gather(side(), Means(blocks=4)).was_kept
    assert len(list(cache.iterdir())) == 4


def test_a_damaged_entry_is_made_anew(means, cache):
    first = gather(side(), means)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    for damaged in (whole[:-7], b"", whole[:-20] + bytes(20)):
        path.write_bytes(damaged)
        again = gather(side(), means)
        assert not again.was_kept
        assert same(first, again)
        assert gather(side(), means).was_kept


def test_no_place_for_a_cache_is_no_failure(means, cache):
    cache.parent.write_text("a file where a folder should be")
    assert gather(side(), means).count == 30


def test_tensors_are_not_kept(means, cache):
    assert gather(of_set("set", pictures(30), 30, 0), means).count == 30
    assert not cache.exists()


def test_samples_are_not_kept(means, cache):
    def sample(num, seed=None):
        return {"image": pictures(num, seed).float() / 127.5 - 1}

    made = of_samples("run", sample, (1, 8, 8), count=150, seed=0)
    assert gather(made, means).count == 150
    assert not cache.exists()


def test_batches_change_nothing(means, monkeypatch):
    whole = gathered.extract(side(100), means)
    monkeypatch.setattr(gathered, "BATCH", 7)
    parts = gathered.extract(side(100), means)
    assert torch.equal(whole.features, parts.features)
    assert whole.content == parts.content == gathered.content_of(side(100))
    torch.testing.assert_close(whole.moments.scatter, parts.moments.scatter, rtol=1e-12, atol=1e-12)


def test_the_rows_kept_are_those_of_their_places(means, monkeypatch):
    monkeypatch.setattr(gathered, "KEEP", 20)
    found = gathered.extract(side(100), means, seed=4)
    assert len(found.features) == len(found.places.unique()) == 20
    assert torch.equal(found.features, means(pictures(100)[found.places]).features)
    assert found.count == 100
    assert not torch.equal(kept_places(100, 4), kept_places(100, 5))


def test_a_choice_from_a_set_is_seeded():
    some = of_set("set", pictures(50), 10, seed=1)
    again = of_set("set", pictures(50), 10, seed=1)
    other = of_set("set", pictures(50), 10, seed=2)
    places = torch.arange(10)
    assert torch.equal(some.read(places), again.read(places))
    assert not torch.equal(some.read(places), other.read(places))
    assert sides.BATCH % 64 == 0  # as many as a system makes together


def test_an_entry_under_the_name_of_another_is_not_taken(means, cache):
    gather(side(), means)
    (other,) = cache.iterdir()
    right = gather(side(seed=1), means)
    (path,) = set(cache.iterdir()) - {other}
    path.write_bytes(other.read_bytes())
    assert same(gather(side(seed=1), means), right)
