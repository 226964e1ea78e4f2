"""What tests of several packages share."""

from __future__ import annotations

import difflib
import functools
import gc
import shutil
import signal
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.engine.project import Project

# A job that a shell started in the background has SIGINT ignored, and so would all that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
CLOUDS = ("tests/components/aws/", "tests/components/gcp/")

# The same examples every time, and no limit that a busy machine could miss.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


def pytest_configure() -> None:
    """What is imported until all tests are collected stays: looking for garbage in it took a quarter of that time."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """So that what libraries end with at exit is there to be found."""
    gc.unfreeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """golden("docs/rules.md", text): fails with the difference if that file of the project does not hold `text`."""

    def compare(name: str, text: str) -> None:
        path = ROOT / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        recorded = path.read_text(encoding="utf-8") if path.is_file() else ""
        if recorded != text:
            lines = recorded.splitlines(), text.splitlines()
            diff = "\n".join(difflib.unified_diff(*lines, name, "now", lineterm=""))
            pytest.fail(f"{diff}\n\nIf this is meant: `make golden`, read the difference, commit it.", pytrace=False)

    return compare


@pytest.fixture(scope="session", autouse=True)
def _aws_models_are_read_once() -> Iterator[None]:
    """botocore decodes megabytes of JSON for each session that a client is made in; here all share them."""
    from botocore import loaders, session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", functools.cache(loaders.create_loader))
        yield


class Scheduling(LoadFileScheduling):
    """A file's tests run in one process, and so do those that register the clusters of one cloud: they share them."""

    def _split_scope(self, nodeid: str) -> str:
        return _together(super()._split_scope(nodeid))


def _together(file: str) -> str:
    return next((cloud for cloud in CLOUDS if file.startswith(cloud)), file)


LONGEST = {
    "tests/machines/test_walk.py": 710.0,
    "tests/engine/test_walk.py": 255.0,
    "tests/engine/test_aws.py": 250.0,
    "tests/engine/test_gcp.py": 250.0,
    "tests/node/health/test_allreduce.py": 200.0,
    "tests/training/test_resume.py": 110.0,
    "tests/node/test_attempts.py": 110.0,
    "tests/engine/test_program.py": 75.0,
    "tests/engine/test_policy.py": 50.0,
    "tests/components/local/test_group.py": 42.0,
}
"""Seconds that files with few tests take; of all others a test takes USUAL."""
USUAL = 0.05


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no process begins with it when the others are done."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for item in items:
        seconds[_together(_file(item))] += USUAL
    items.sort(key=lambda item: -max(seconds[_together(_file(item))], LONGEST.get(_file(item), 0.0)))


def _file(item: pytest.Item) -> str:
    """The file that a test runs in; `location` is where it is written, which of an inherited one is another."""
    return item.nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    config.option.loadscopereorder = False  # by number of tests
    return Scheduling(config, log)


_failed: dict[str, str] = {}


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """A walk's tests build on one another: after the first that fails, the rest is not run."""
    if item.get_closest_marker("walk") and call.excinfo and not call.excinfo.errisinstance(pytest.skip.Exception):
        _failed.setdefault(str(item.path), item.name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("walk") and (earlier := _failed.get(str(item.path))):
        pytest.fail(f"not run: the walk ended at {earlier}", pytrace=False)


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    """A clone of the project with folders of its own, for the real engine."""
    # Not pytest's own folder: the path of a node's socket must stay under 100 characters.
    with tempfile.TemporaryDirectory(prefix="cw-") as place:
        project = Project.copy(Path(place) / "clone", Path(place))
        yield project
        stacks = [spec.stem for spec in (project.folder / "stacks").glob("*.yaml")]
        purged = [project.make("purge", f"STACK={stack}", "YES=1") for stack in stacks]
        left = list(project.clusters.glob("*"))
        assert not left, "\n".join(answer.stdout + answer.stderr for answer in purged)
        shutil.rmtree(place, ignore_errors=True)
