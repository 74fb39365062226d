"""What all tests share."""

import pytest

from ganworks.data import write


@pytest.fixture(autouse=True)
def grids_as_they_are(request, monkeypatch):
    """Small pictures are not enlarged in grids, so that tests can compare pixels; `enlarged` keeps the enlargement."""
    if "enlarged" not in request.keywords:
        monkeypatch.setattr(write, "LEAST", 0)
