"""Which node this is and where its things are, told by the environment that its first program gives it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clusterwright.bucket import Bucket, open_bucket
from clusterwright.bucket.folder import FolderBucket

INSTANCE_ID = Path("/var/lib/cloud/data/instance-id")  # cloud-init writes it, whichever the cloud
HEARTBEAT = 2.0  # seconds between two reports when nothing changes, where asking the bucket costs nothing
RUN = Path("/run/clusterwright")  # in memory: gone with the boot that it tells of


@dataclass(frozen=True)
class NodePlace:
    """A node's identity, its bucket and its folders; `python` runs the agent."""

    cluster: str
    role: str
    group: str
    node: str
    bucket: Bucket
    folder: Path
    python: str

    @property
    def bundles(self) -> Path:
        return self.folder / "bundles"

    @property
    def current(self) -> Path:
        """Link to the bundle that this node has converged on."""
        return self.folder / "current"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def report_key(self) -> str:
        return f"reports/{self.node}.json"

    @property
    def period(self) -> float:
        """Seconds between two heartbeats, and between two looks at what the cluster wants."""
        return HEARTBEAT


@dataclass(frozen=True)
class Place(NodePlace):
    """A node that is a tree of processes: its bucket is a folder of this machine."""

    bucket: FolderBucket

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Place:
        """Raises SystemExit with the names of the variables that are missing."""
        names = ("CLUSTER", "ROLE", "GROUP", "NODE", "BUCKET", "NODE_DIR", "PYTHON")
        cluster, role, group, node, bucket, folder, python = _values(names, environment)
        # What a process node writes is as private as its cluster's folder.
        return cls(cluster, role, group, node, FolderBucket(Path(bucket), 0o600), Path(folder), python)

    @property
    def reports(self) -> Path:
        return self.bucket.root / "reports"

    @property
    def report(self) -> Path:
        return self.reports / f"{self.node}.json"

    @property
    def jobs(self) -> Path:
        return self.bucket.root / "jobs"


@dataclass(frozen=True)
class MachinePlace(NodePlace):
    """A node that is a machine with systemd and Slurm.

    `machine` is the provider's id of it; `node` is the machine's id too until it has claimed a name. `run` holds what
    must not outlive a boot, `etc` the system's own settings.
    """

    provider: str
    machine: str
    environments: Path
    run: Path = RUN
    etc: Path = Path("/etc")

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, instance_id: Path = INSTANCE_ID
    ) -> MachinePlace:
        """Raises SystemExit with the reason when the variables of /etc/clusterwright/node.env or the id are missing."""
        names = ("CLUSTER", "ROLE", "GROUP", "BUCKET", "NODE_DIR", "PYTHON", "PROVIDER", "ENVIRONMENTS")
        cluster, role, group, url, folder, python, provider, environments = _values(names, environment)
        try:
            machine = instance_id.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SystemExit(
                f"error: {instance_id} cannot be read ({error.strerror}): cloud-init writes it; see `cloud-init status`"
            ) from error
        try:
            bucket = open_bucket(url)
        except (ValueError, ModuleNotFoundError, OSError) as error:
            raise SystemExit(f"error: the cluster's bucket cannot be opened: {error}") from error
        node = "head" if role == "head" else machine
        folders = {"folder": Path(folder), "environments": Path(environments)}
        return cls(cluster, role, group, node, bucket, python=python, provider=provider, machine=machine, **folders)

    @property
    def period(self) -> float:
        """Longer where the bucket is an object store, which charges for each request.

        Thousands of nodes that asked every two seconds would cost more than some of the machines.
        """
        return HEARTBEAT if self.provider == "local" else 15.0


def _values(names: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    missing = [f"CLUSTERWRIGHT_{name}" for name in names if f"CLUSTERWRIGHT_{name}" not in environment]
    if missing:
        raise SystemExit(f"error: this is not a node's environment: {', '.join(missing)} not set")
    return [environment[f"CLUSTERWRIGHT_{name}"] for name in names]
