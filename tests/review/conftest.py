from pathlib import Path

import pytest

from tests.review.repository import Project
from tests.review.sides import Change


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one stack, committed on main."""
    made = Project(tmp_path / "clone")
    made.stack("one")
    made.commit()
    return made


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """The example: 8 x p4d.24xlarge become 16 x p5.48xlarge."""
    return Change(tmp_path)
