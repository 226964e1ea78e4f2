"""What the engine tests share. A walk's tests build on one another: after the first that fails, the rest is not run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.project import Project

_failed: dict[str, str] = {}


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if item.get_closest_marker("walk") and call.excinfo and not call.excinfo.errisinstance(pytest.skip.Exception):
        _failed.setdefault(item.path.name, item.name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("walk") and (earlier := _failed.get(item.path.name)):
        pytest.fail(f"not run: the walk ended at {earlier}", pytrace=False)


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    # Not pytest's own folder: the path of a node's socket must stay under 100 characters.
    with tempfile.TemporaryDirectory(prefix="cw-") as place:
        project = Project.copy(Path(place) / "clone", Path(place))
        yield project
        for spec in (project.folder / "stacks").glob("*.yaml"):
            project.make("purge", f"STACK={spec.stem}", "YES=1")
        shutil.rmtree(place, ignore_errors=True)
