"""Planted faults are there, and the page marks a metric that sees one."""

import pytest
import torch

from ganworks.proofs.fault_page import BOTH, DOWN, METRICS, UP, cell, write_fault_page
from ganworks.proofs.faults import DISTINCT, FAULTS, NUM, Halves


@pytest.fixture(scope="module")
def halves():
    generator = torch.Generator().manual_seed(0)
    pictures = torch.randint(256, (900, 3, 8, 8), generator=generator, dtype=torch.uint8)
    labels = torch.multinomial(torch.tensor([0.7, 0.2, 0.1]), 900, replacement=True, generator=generator)
    return Halves(pictures, labels, generator)


def planted(halves, name):
    return FAULTS[name][1](halves, torch.Generator().manual_seed(1))


def test_every_fault_gives_as_many_pictures(halves):
    for name in FAULTS:
        found = planted(halves, name)
        assert found.dtype == torch.uint8 and found.shape[1:] == (3, 8, 8), name
        assert len(found) == NUM or name == "dropped classes", name


def test_halves_share_nothing(halves):
    assert not (halves.reference.flatten(1)[:, None] == halves.others.flatten(1)[None]).all(2).any()


def test_each_fault_is_what_it_says(halves):
    clean = planted(halves, "none").float()
    assert planted(halves, "blur").float().std() < 0.6 * clean.std()
    assert (planted(halves, "noise").float() - clean).std() == pytest.approx(22, rel=0.15)  # 25, but for the ends
    assert len(planted(halves, "duplicates").flatten(1).unique(dim=0)) == DISTINCT
    assert torch.equal(planted(halves, "copies"), halves.reference[:NUM])
    assert torch.equal(planted(halves, "colours")[:, 0].float(), clean[:, 2])
    kept = planted(halves, "dropped classes")
    rare = halves.others[halves.classes == halves.classes.bincount().argmin()]
    assert not (kept.flatten(1)[:, None] == rare.flatten(1)[None]).all(2).any()


SIX = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("change", "worse", "mark"),
    [(0.5, UP, "**"), (-0.5, UP, "*"), (-0.5, DOWN, "**"), (0.5, DOWN, "*"), (0.5, BOTH, "**"), (1e-9, UP, "")],
)
def test_marks(change, worse, mark):
    text = cell([value + change for value in SIX], SIX, worse)
    assert text == f"{mark}{3.5 + change:.3g}{mark}"


def test_five_seeds_mark_nothing():
    assert cell([value + 1 for value in SIX[:5]], SIX[:5], UP) == "4"


def test_the_page_wants_all_faults_and_names_who_sees_them():
    def trials(arms):
        values = {"none": 1.0} | dict.fromkeys(FAULTS, 2.0) | {"none": 1.0}
        numbers = {arm: {metric: values[arm] if metric == "one_nn" else 1.0 for metric in METRICS} for arm in arms}
        return {"trials": [{"arm": arm, "seed": seed, "numbers": numbers[arm]} for arm in arms for seed in range(6)]}

    assert write_fault_page(trials(["none", "blur"])) is None
    page = write_fault_page(trials(list(FAULTS)))
    assert page is not None
    assert "1-NN accuracy (0.5 is best): it tells all of these faults" in page
    assert page.count("**2**") == len(FAULTS) - 1
