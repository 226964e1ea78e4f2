"""What a node should be, as its bundle says it."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clusterwright.node.files import Damaged, read_json

NVLINKS = {
    "V100 32GB": 6,
    "A100 40GB": 12,
    "A100 80GB": 12,
    "H100 80GB": 18,
    "H200": 18,
    "B200": 18,
    "B300": 18,
    "GB200": 18,
}
"""Links of a GPU, by its kind as the catalog names it; kinds that are not here have none.

Links of V100, A100 and H100: https://www.nvidia.com/en-us/data-center/nvlink/; H200 as `nvidia-smi nvlink -s` prints
it; Blackwell: 1800 GB/s at 100 GB/s a link (https://docs.nvidia.com/multi-node-nvlink-systems/).
"""


@dataclass(frozen=True)
class Mount:
    """A file system that should be there; `writable` by the user that jobs run as."""

    path: str
    writable: bool


@dataclass(frozen=True)
class Facts:
    """A node as planned. `memory_mib` is what jobs are promised of it; None where nothing is promised.

    `drain_at` are the moments, in UTC as ISO 8601 has them, at which the jobs of reserved capacity have to stop;
    `runs_for` is how long a machine that was queued for may run, in seconds.
    `lustre_interfaces` are how many EFA interfaces carry Lustre.
    """

    node: str
    role: str
    provider: str
    machine: str | None
    gpus: int
    gpu_kind: str | None
    fabric: str
    efa_interfaces: int
    memory_mib: int | None
    mounts: tuple[Mount, ...]
    folder: Path
    drain_at: tuple[str, ...] = ()
    runs_for: int | None = None
    lustre_interfaces: int = 0

    @property
    def nvlinks(self) -> int:
        """Links that each of its GPUs should have up: none where a GPU is alone in its machine."""
        return NVLINKS.get(self.gpu_kind or "", 0) if self.gpus > 1 else 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Facts:
        """The facts of the bundle that CLUSTERWRIGHT_BUNDLE names.

        Slurm names the node to its health check as SLURMD_NODENAME, and a node that has claimed a name has it as its
        host name. Raises SystemExit that says what is missing.
        """
        names = ("CLUSTERWRIGHT_BUNDLE", "CLUSTERWRIGHT_GROUP")
        missing = [name for name in names if not environment.get(name)]
        if missing:
            raise SystemExit(f"error: this is not a node's environment: {', '.join(missing)} not set")
        folder = Path(environment["CLUSTERWRIGHT_BUNDLE"]) / "facts"
        own = next((environment[name] for name in ("CLUSTERWRIGHT_NODE", "SLURMD_NODENAME") if name in environment), "")
        node = own or socket.gethostname().split(".")[0]
        data = Path(environment.get("CLUSTERWRIGHT_NODE_DIR", "/var/lib/clusterwright"))
        group = environment["CLUSTERWRIGHT_GROUP"]
        return cls.of(node, _read(folder / f"{group}.json"), _read(folder / "cluster.json"), data)

    @classmethod
    def of(cls, node: str, own: Mapping[str, Any], cluster: Mapping[str, Any], folder: Path) -> Facts:
        """From a group's facts and its cluster's."""
        mounts = [Mount(mount["path"], "ro" not in mount["options"]) for mount in own["mounts"]]
        if own["scratch"]:
            mounts.append(Mount(own["scratch"]["mount"], writable=True))
        return cls(
            node=node,
            role=own["role"],
            provider=cluster["provider"],
            machine=own["machine"],
            gpus=own["gpus"],
            gpu_kind=own["gpu_kind"],
            fabric=own["fabric"],
            efa_interfaces=own["efa_interfaces"],
            memory_mib=own["memory_mib"],
            mounts=tuple(mounts),
            folder=folder,
            drain_at=tuple(action["at"] for action in own["actions"] if action["action"] == "drain"),
            runs_for=own["max_run_s"],
            lustre_interfaces=own["lustre_interfaces"],
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = read_json(path)
    except Damaged as error:
        raise SystemExit(f"error: {error}") from error
    if found is None:
        raise SystemExit(f"error: {path} is missing: the bundle does not say what this node should be")
    return found
