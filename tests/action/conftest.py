from collections.abc import Iterator

import pytest

from tests.action.github import Hub, serving


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as made:
        yield made
