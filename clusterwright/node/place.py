"""Which node this is and where its things are, told by the environment that the runtime gives it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A node's identity and folders."""

    cluster: str
    role: str
    group: str
    node: str
    bucket: Path
    folder: Path
    python: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Place:
        """Raises SystemExit with the names of the variables that are missing."""
        names = ("CLUSTER", "ROLE", "GROUP", "NODE", "BUCKET", "NODE_DIR", "PYTHON")
        missing = [f"CLUSTERWRIGHT_{name}" for name in names if f"CLUSTERWRIGHT_{name}" not in environment]
        if missing:
            raise SystemExit(f"error: this is not a node's environment: {', '.join(missing)} not set")
        cluster, role, group, node, bucket, folder, python = (environment[f"CLUSTERWRIGHT_{name}"] for name in names)
        return cls(cluster, role, group, node, Path(bucket), Path(folder), python)

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
    def reports(self) -> Path:
        return self.bucket / "reports"

    @property
    def report(self) -> Path:
        return self.reports / f"{self.node}.json"

    @property
    def jobs(self) -> Path:
        return self.bucket / "jobs"
