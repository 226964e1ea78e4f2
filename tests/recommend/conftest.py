"""Fixtures of the tests of recommendations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clusterwright.recommend import search
from tests.recommend.few import FEW


@pytest.fixture(scope="module")
def few() -> Iterator[None]:
    """A catalog with few.FEW alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "names", lambda provider: FEW[provider])
        yield
