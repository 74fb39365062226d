"""Every registered system keeps the rules, and its first steps give the numbers they always gave."""

import json
import os
from pathlib import Path

import pytest
import torch

from ganworks import api, checks, registry

NAMES = sorted(registry.entries())
GOLDEN = Path(__file__).with_name("golden_losses.json")


def make(name):
    return registry.build(name, **registry.find(name).tiny)[0]


def test_the_number_of_systems():
    """A system that vanishes from the registry must not vanish from the tests in silence."""
    assert len(NAMES) == 45


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_system_keeps_the_rules(name, check):
    check(lambda: make(name))


@pytest.mark.parametrize("name", NAMES)
def test_system_is_documented(name):
    checks.documentation_names_the_source(registry.find(name))


@pytest.mark.parametrize("name", NAMES)
def test_own_settings_have_names_of_their_own(name):
    """A common setting of the same name would hide the system's; these four are told by the data and the run."""
    own = {setting.name for setting in registry.find(name).settings}
    assert own & api.DEFAULTS.keys() <= {"size", "channels", "steps"}


@pytest.mark.parametrize("name", NAMES)
def test_golden_losses(name):
    """The terms of five float32 steps; changed only on purpose: GANWORKS_GOLDEN=write makes the file anew."""
    engine = checks.trained(lambda: make(name), 5)
    terms = {key: value.item() for key, value in engine.terms.items()}
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if os.environ.get("GANWORKS_GOLDEN") == "write":
        GOLDEN.write_text(json.dumps(dict(sorted((golden | {name: terms}).items())), indent=1) + "\n")
        return
    assert terms.keys() == golden[name].keys()
    for key, value in terms.items():
        # Other processors sum in other orders.
        torch.testing.assert_close(torch.tensor(value), torch.tensor(golden[name][key]), rtol=2e-3, atol=2e-4)
