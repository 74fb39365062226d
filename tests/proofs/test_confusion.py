from ganworks.proofs.confusion import write_confusion_page
from ganworks.proofs.planted import CASES, NAMES


def outcome(arms):
    """Two trainings of each: what should be seen is seen in one of them, and a plateau in both."""
    seen = [{"plateau"} | ({CASES[arm].expected} if seed else set()) for arm in arms for seed in (0, 1)]
    numbers = [{name: float(name in names) for name in NAMES} for names in seen]
    who = [(arm, seed) for arm in arms for seed in (0, 1)]
    trials = [{"arm": arm, "seed": seed, "numbers": all} for (arm, seed), all in zip(who, numbers, strict=True)]
    return {"trials": trials, "seeds": 2}


def test_each_training_is_a_row_and_each_symptom_a_column():
    page = write_confusion_page(outcome(list(CASES)))
    row = next(line for line in page.splitlines() if line.startswith("| slow average"))
    cells = [cell.strip() for cell in row.strip("|").split("|")][2:]
    assert {name: cell for name, cell in zip(NAMES, cells, strict=True) if cell} == {
        "average lags": "**1**",
        "plateau": "2",
    }


def test_there_is_no_page_before_all_is_tried():
    assert write_confusion_page(outcome([arm for arm in CASES if arm != "dcgan"])) is None
