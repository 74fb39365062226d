"""Both sides through one extractor and one protocol, whatever the sides are."""

import numpy as np
import pytest
import torch
from blocks import Means, pictures

import ganworks
from ganworks import data
from ganworks.judge import evaluate, gathered, judge_features, results
from ganworks.metrics.frechet import frechet_distance
from ganworks.metrics.protocol import Unlike


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def model(folder):
    """Two steps of a small conditional system on two classes of 8x8 pictures."""
    np.savez("set.npz", images=pictures(40)[:, 0].numpy(), labels=np.arange(40) % 2)
    return ganworks.train("cgan", "set.npz", width=4, batch=8, steps=2, size=8, out="run", device="cpu")


def test_equal_sides_are_at_a_distance_of_nothing(means):
    [result] = evaluate([pictures(60)], pictures(60), features=means)
    assert result["fd_means"].value == 0
    assert result["recall_means"].value == result["precision_means"].value == 1
    assert "memorised" in result["one_nn_means"].words
    assert result["memorised_means"].value == 1


def test_distances_are_those_of_the_features(means):
    a, b = pictures(300, seed=1, noise=0.2), pictures(400, seed=2)
    [result] = evaluate([a], b, features=means)
    direct = frechet_distance(means(a).features, means(b).features)
    assert result["fd_means"].value == pytest.approx(direct, rel=1e-9)
    assert result["fd_means"].error > 0
    assert (result["fd_means"].num_judged, result["fd_means"].num_reference) == (300, 400)
    assert any("N = 300 is biased" in note for note in result.notes)
    assert {row.metric for row in result.rows} >= {"kd_means", "score_means", "coverage_means"}


def test_more_noise_is_farther(means):
    sides = [pictures(200, seed=1, noise=noise) for noise in (0.0, 0.3, 0.6)]
    values = [evaluate([side], pictures(200), features=means)[0]["fd_means"].value for side in sides]
    assert values == sorted(values)
    assert values[2] > 3 * values[0]


def test_kept_rows_bound_what_pairs_take_but_not_the_distance(means, monkeypatch):
    a, b = pictures(300, seed=1), pictures(400, seed=2)
    monkeypatch.setattr(gathered, "KEEP", 100)
    [result] = evaluate([a], b, features=means)
    direct = frechet_distance(means(a).features, means(b).features)
    assert result["fd_means"].value == pytest.approx(direct, rel=1e-9)
    assert result["fd_means"].num_judged == 300
    assert result["precision_means"].num_judged == result["precision_means"].num_reference == 100


def test_samples_of_a_run_are_judged_as_they_would_be_saved(model, means):
    """Its batches have seeds of their own; the averaged weights are used, and labels are drawn."""
    seen = []
    evaluate(["run"], "set.npz", features=means, count=20, seed=3, look=lambda *sides: seen.extend(sides))
    side, reference = seen[:2]
    got = side.read(torch.arange(20))
    expected = data.to_bytes(ganworks.load("run").sample(128, seed=3 * 1_000_003)["image"])[:20]
    assert torch.equal(got, expected)
    assert torch.equal(side.read(torch.tensor([7, 2])), got[[7, 2]])
    assert side.facts | {"source": ""} == {"source": "", "kind": "run", "step": 2, "count": 20, "seed": 3}
    assert reference.facts["selection"] == "20 of 40 by seed 3"


def test_a_run_has_as_many_samples_as_the_reference(model, means):
    [result] = evaluate([model], "set.npz", features=means)
    assert result.protocol.facts["judged"]["count"] == 40
    [again] = evaluate("run", "set.npz", features=means)
    assert [row.value for row in again.rows] == [row.value for row in result.rows]


def test_pictures_of_16_bits_are_judged_as_8(folder, means):
    shallow = pictures(30)
    np.save("deep.npy", shallow[:, 0].numpy().astype(np.uint16) * 257)
    [result] = evaluate(["deep.npy"], shallow, features=means)
    assert result["fd_means"].value == 0
    assert result.judged["content"] == result.reference["content"]


def test_several_sides_share_one_protocol(means):
    found = evaluate([pictures(50, seed=1), pictures(50, seed=2)], pictures(60), features=means)
    assert found[0]["fd_means"].protocol.fingerprint == found[1]["fd_means"].protocol.fingerprint
    assert found[0]["fd_means"].value != found[1]["fd_means"].value


def test_judged_sides_get_the_least_n(model, means, folder):
    np.save("few.npy", pictures(20)[:, 0].numpy())
    told = []
    found = evaluate(["run", "few.npy"], "set.npz", features=means, say=told.append)
    assert [result["fd_means"].num_judged for result in found] == [20, 20]
    assert any("run: 20 of 40" in line for line in told)


def test_numbers_of_one_name_are_compared_too(means):
    """Two tensors, two runs of one name: what they are called is no reason to believe them alike."""
    one = evaluate(pictures(40), pictures(60), features=means)[0]
    other = evaluate(pictures(30), pictures(60), features=means)[0]
    with pytest.raises(Unlike, match="N of the judged set: 40 against 30"):
        results.refuse_unlike_results(["run", "run"], [one, other])


def test_a_constant_reference_gets_numbers(means):
    grey = torch.full((40, 1, 8, 8), 90, dtype=torch.uint8)
    found = evaluate(pictures(40), grey, features=means)[0]
    assert found["fd_means"].value > 0
    assert any("prdc is left out" in note for note in found.notes)


@pytest.mark.parametrize("num", [49, 51])
def test_logits_must_be_those_of_the_features(num):
    features = torch.randn(50, 4)
    with pytest.raises(ValueError, match=f"{num} judged logits for 50 features"):
        judge_features(features, features, a_logits=torch.randn(num, 3), b_logits=torch.randn(50, 3))


def test_numpy_logits_will_do():
    features, logits = np.random.default_rng(0).normal(size=(2, 50, 4))
    rows = judge_features(features, features, a_logits=logits, b_logits=logits, metrics="modes")
    assert next(row for row in rows if row.metric == "modes_kl_features").value == pytest.approx(0, abs=1e-9)


def test_pairs_are_taken_of_a_part(means, monkeypatch):
    monkeypatch.setattr("ganworks.judge.measures.PAIRWISE", 20)
    found = evaluate(pictures(40), pictures(60, seed=1), features=means)[0]
    assert (found["one_nn_means"].num_judged, found["fd_means"].num_judged) == (20, 40)
    assert (found["memorised_means"].num_judged, found["memorised_means"].num_reference) == (20, 60)
    assert any("metrics on pairs" in note for note in found.notes)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"count": 1}, "--count: 1 was given; possible: 2 or more"),
        ({"count": 99}, "the tensor has 60 pictures; possible: 2 to 60"),
        ({"metrics": "kdd"}, "unknown metric 'kdd'. Did you mean kd"),
        ({"metrics": "fid"}, "standard Inception network and its published .pth file, not with means"),
    ],
)
def test_what_cannot_be_is_said(means, given, said):
    with pytest.raises(ValueError, match=said):
        evaluate([pictures(60)], pictures(60), features=means, **given)


def test_pictures_that_differ_say_what_to_do(folder, means):
    np.save("small.npy", pictures(9)[:, 0].numpy())
    np.save("large.npy", np.zeros((9, 12, 12), np.uint8))
    np.save("one.npy", pictures(1)[:, 0].numpy())
    with pytest.raises(ValueError, match=r"large.npy has 12x12 grey pictures, and small.npy has 8x8.*--size 8"):
        evaluate(["large.npy"], "small.npy", features=means)
    assert evaluate(["large.npy"], "small.npy", features=means, size=8)[0].protocol.facts["pictures"]["size"] == [8, 8]
    with pytest.raises(ValueError, match=r"one.npy has 1 picture; at least 2"):
        evaluate(["one.npy"], "small.npy", features=means)


def test_grey_and_coloured_sets_meet_in_colour(folder, means):
    grey = pictures(9)
    np.save("grey.npy", grey[:, 0].numpy())
    np.save("colour.npy", (grey.repeat(1, 3, 1, 1) // torch.tensor([1, 2, 1]).view(3, 1, 1)).movedim(1, 3).numpy())
    said = []
    [result] = evaluate(["grey.npy"], "colour.npy", features=means, say=said.append)
    assert result.protocol.facts["pictures"]["channels"] == 3
    assert any("as RGB" in line for line in said)


def test_what_few_pictures_do_not_allow_is_left_out_unless_asked_for(means):
    [result] = evaluate([pictures(4)], pictures(9), features=means, metrics="fd")
    assert result["fd_means"].value > 0
    assert any(note.startswith("fd_infinity is left out: 4 judged samples") for note in result.notes)
    with pytest.raises(ValueError, match="fd_infinity: 4 judged samples"):
        evaluate([pictures(4)], pictures(9), features=means, metrics="fd_infinity")
    [result] = evaluate([pictures(2)], pictures(2, 1), features=means)
    assert {row.metric for row in result.rows} >= {"fd_means", "kd_means"}


def test_metrics_on_classes_need_classes():
    [result] = evaluate([pictures(60)], pictures(60, 1), features=Means(classes=False))
    assert not any(row.metric.startswith("score") for row in result.rows)
    with pytest.raises(ValueError, match="knows no classes"):
        evaluate([pictures(60)], pictures(60, 1), features=Means(classes=False), metrics="score")


def test_all_metrics_run(means):
    [result] = evaluate([pictures(80, 1)], pictures(80, 2), features=means, metrics="all")
    names = {row.metric for row in result.rows}
    assert {"modes_means", "mode_score_means", "mmd_rbf_means", "sliced_wasserstein_means", "parzen_means"} <= names
    assert "duplicates_means" in names
    assert any("ms_ssim is left out" in note and "11" in note for note in result.notes)
    assert any("Theis" in note for note in result.notes), "the flaws of a likelihood belong beside it"


def test_results_survive_a_file(means, tmp_path):
    found = evaluate([pictures(50, 1)], pictures(60), features=means)
    results.save(tmp_path / "a.json", found, "ganworks evaluate a b")
    assert results.load(tmp_path / "a.json") == found
    text = (tmp_path / "a.json").read_text()
    (tmp_path / "a.json").write_text(text.replace('"ddof": 1', '"ddof": 0'))
    with pytest.raises(Unlike, match="changed by hand"):
        results.load(tmp_path / "a.json")


def test_unlike_results_are_refused(means):
    [one] = evaluate([pictures(50, 1)], pictures(60), features=means)
    for other, words in (
        (evaluate([pictures(50, 1)], pictures(60, 5), features=means)[0], "pictures of the reference"),
        (evaluate([pictures(40, 1)], pictures(60), features=means)[0], "N of the judged set: 50 against 40"),
        (evaluate([pictures(50, 1)], pictures(60), features=Means(blur=1))[0], "extractor .blur.: none against 1"),
    ):
        with pytest.raises(Unlike, match=words):
            results.refuse_unlike_results(["a", "b"], [one, other])
    [like] = evaluate([pictures(50, 2)], pictures(60), features=means, seed=1)
    results.refuse_unlike_results(["a", "b"], [one, like])


def test_bare_features_of_any_modality():
    random = torch.Generator().manual_seed(0)
    a, b = torch.randn(200, 5, generator=random), torch.randn(300, 5, generator=random)
    rows = {row.metric: row for row in judge_features(a, b, features="sound")}
    assert rows["fd_sound"].value == pytest.approx(frechet_distance(a, b))
    assert rows["fd_sound"].num_reference == 300
    assert rows.keys() >= {"kd_sound", "precision_sound", "one_nn_sound", "memorised_sound"}
    with pytest.raises(ValueError, match="NaN"):
        judge_features(a.masked_fill(a > 2, torch.nan), b)
    with pytest.raises(ValueError, match="same extractor"):
        judge_features(a[:, :4], b)
