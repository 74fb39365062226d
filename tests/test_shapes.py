"""The engine carries systems of every shape with no special case: each passes the common checks."""

import pytest
from shapes import SHAPES

from ganworks import checks, registry


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", SHAPES)
def test_shape_keeps_the_rules(name, check):
    entry = registry.find(f"shapes:{name}")
    check(lambda: registry.build(entry.name, **entry.tiny)[0])


def test_all_shapes_are_checked():
    assert len(SHAPES) == 8
