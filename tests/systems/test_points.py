"""The duels that also play on points keep the rules there."""

import pytest

from ganworks import checks, registry

ON_POINTS = sorted(
    name for name, entry in registry.entries().items() if any(setting.name == "dim" for setting in entry.settings)
)


def make(name):
    settings = registry.find(name).tiny | {"width": 8, "latent": 3}
    return registry.build(name, **{key: value for key, value in settings.items() if key != "size"}, dim=2)[0]


def test_the_list_is_complete():
    image = {"gan", "lsgan", "r3gan", "sngan", "wgan", "wgan_gp"}
    assert set(ON_POINTS) == image | {name for name, entry in registry.entries().items() if entry.domain == "remedies"}


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", ON_POINTS)
def test_system_keeps_the_rules_on_points(name, check):
    check(lambda: make(name))


@pytest.mark.parametrize("name", ON_POINTS)
def test_points_are_called_points(name):
    assert make(name).sample(3, seed=0)["point"].shape == (3, 2)
