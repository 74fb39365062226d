"""A cache of its own for each test of the judge, and an extractor."""

import pytest
from blocks import Means


@pytest.fixture
def means():
    return Means()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANWORKS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"
