"""A node in a temporary folder, and bundles made of a few shell lines."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clusterwright.bootstrap.archive import pack
from clusterwright.bucket import Bucket
from clusterwright.bucket.folder import FolderBucket
from clusterwright.node.place import MachinePlace, Place
from tests.node.programs import Programs

ROOT = Path(__file__).parents[2]


@dataclass
class Cluster:
    """A bucket that is a folder, and the node under test."""

    place: Place

    @property
    def bucket(self) -> Path:
        return self.place.bucket.root

    def publish(self, files: Mapping[str, bytes], digest: str | None = None) -> str:
        """As `publish` below, in this cluster's bucket."""
        return publish(self.place.bucket, files, digest)

    def report(self) -> dict[str, Any]:
        return json.loads(self.place.report.read_text())


def publish(bucket: Bucket, files: Mapping[str, bytes], digest: str | None = None) -> str:
    """Store a bundle and name it in control/current; `digest` tells a lie about it."""
    data = pack({"software/lock.txt": b"one\n", **files})
    digest = digest or hashlib.sha256(data).hexdigest()
    bucket.write(f"control/bundles/{digest}.tar.gz", data)
    bucket.write("control/current", f"{digest}\n".encode())
    return digest


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    bucket, folder = tmp_path / "bucket", tmp_path / "train-1"
    bucket.mkdir()
    folder.mkdir()
    return Cluster(Place("local", "compute", "train", "train-1", FolderBucket(bucket), folder, sys.executable))


@pytest.fixture(scope="session")
def node_code() -> dict[str, bytes]:
    """What a bundle needs to be adopted: the agent's own code."""
    modules = (path for package in ("bucket", "node") for path in (ROOT / "clusterwright" / package).glob("*.py"))
    code = {f"lib/{path.relative_to(ROOT).as_posix()}": path.read_bytes() for path in modules}
    return {"lib/clusterwright/__init__.py": b"", **code}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """The programs that the agent of a machine calls; no slurmd and no job runs, and Slurm has an idle node."""
    folder = tmp_path / "bin"
    folder.mkdir()
    found = Programs(folder)
    found.add("hostname", "systemctl", "scontrol")
    found.add("journalctl", noted=False)
    found.add("pkill")
    found.let("pkill", "exit 1")
    found.let("systemctl", '[ "$1" != is-active ] || exit 3')
    found.let("scontrol", '[ "$2" != show ] || echo "NodeName=$4 State=IDLE+CLOUD"')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return found


@pytest.fixture
def place(tmp_path: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch) -> MachinePlace:
    """A compute machine that has just booted, with its system's files and folders in a temporary one."""
    monkeypatch.setattr("clusterwright.node.machine.own_address", lambda: "10.0.0.7")
    monkeypatch.setattr("clusterwright.node.logs.SLURM", tmp_path / "slurm")
    monkeypatch.setenv("CLUSTERWRIGHT_NODE", "")
    for name in ("node", "etc", "bucket"):
        (tmp_path / name).mkdir()
    (tmp_path / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
    return MachinePlace(
        cluster="c",
        role="compute",
        group="train",
        node="i-1",
        bucket=FolderBucket(tmp_path / "bucket"),
        folder=tmp_path / "node",
        python=sys.executable,
        provider="local",
        machine="i-1",
        environments=tmp_path / "environments",
        run=tmp_path / "run",
        etc=tmp_path / "etc",
    )
