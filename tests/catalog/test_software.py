"""The environments that nodes can install are the lock files that are there."""

import hashlib
from pathlib import Path

from clusterwright.catalog.software import Environment, environments


def test_environments_are_listed_by_version_oldest_first(tmp_path: Path) -> None:
    for version in ("2.15.0", "2.9.1"):
        (tmp_path / f"pytorch-{version}.txt").write_text(version)
    (tmp_path / "README.md").touch()
    assert list(environments(tmp_path).items()) == [
        (version, Environment(f"pytorch-{version}.txt", hashlib.sha256(version.encode()).hexdigest(), None))
        for version in ("2.9.1", "2.15.0")
    ]


def test_an_environment_knows_the_cuda_that_it_installs() -> None:
    assert {environment.cuda for environment in environments().values()} == {13}
