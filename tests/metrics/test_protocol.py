"""Unlike measurements are told apart, in words, and refused."""

import json

import pytest

from ganworks.metrics.protocol import Protocol, Unlike, refuse_unlike


def facts(judged=1000, reference=2000, content="aa", extractor="convs", size=(28, 28)):
    return {
        "version": 1,
        "extractor": {"name": extractor, "weights": f"of {extractor}", "resize": None},
        "pictures": {"size": size, "channels": 1},
        "judged": {"count": judged},
        "reference": {"count": reference, "content": content},
    }


def test_the_fingerprint_is_of_the_facts_alone():
    one = Protocol(facts())
    turned = dict(reversed(facts().items()))
    assert one.fingerprint == Protocol(turned).fingerprint
    assert one.fingerprint == Protocol(json.loads(json.dumps(facts()))).fingerprint
    assert len(one.fingerprint) == 12
    assert one.fingerprint == "f913ab834d17"  # the same on every machine


@pytest.mark.parametrize(
    ("other", "words", "remedy"),
    [
        (facts(judged=500), "N of the judged set: 1,000 against 500", "--count"),
        (facts(content="bb"), "pictures of the reference: aa against bb", "same reference"),
        (facts(extractor="pixels"), "features: convs against pixels", "--features"),
        (facts(size=(32, 32)), "size of the pictures: 28x28 against 32x32", "--size"),
        (facts() | {"version": 2}, "version of the metrics: 1 against 2", "one version"),
        (facts() | {"metric": {"ddof": 0}}, "settings of the metric (ddof): none against 0", "one version"),
        (facts() | {"colour": "red"}, "colour: none against red", "in the same way"),
    ],
)
def test_each_difference_is_named_with_what_to_do(other, words, remedy):
    a, b = Protocol(facts()), Protocol(other)
    assert a.fingerprint != b.fingerprint
    assert a.differences(b) == [words]
    with pytest.raises(Unlike, match="fid of run and folder can't be compared") as caught:
        refuse_unlike("fid", [("run", a), ("same", a), ("folder", b)])
    assert words in str(caught.value)
    assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_follows_from_another_difference_is_not_told():
    fewer = Protocol(facts(reference=500, content="cc"))
    assert Protocol(facts()).differences(fewer) == ["N of the reference: 2,000 against 500"]


def test_like_ones_pass():
    refuse_unlike("fid", [("a", Protocol(facts())), ("a", Protocol(facts()))])
    assert Protocol(facts()).differences(Protocol(facts())) == []


def test_no_fact_may_be_no_number():
    with pytest.raises(ValueError, match="JSON"):
        Protocol({"ddof": float("nan")})
