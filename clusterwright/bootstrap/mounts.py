"""What a machine mounts where, with what is known of the source before anything is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clusterwright.plan.aws.model import AwsPlan
from clusterwright.plan.cloud import CloudPlan, Role
from clusterwright.plan.gcp.model import GcpPlan
from clusterwright.plan.model import ClusterPlan

LOCAL_DATA = "/srv/bucket/data"
"""The part of the cluster's bucket that a local machine sees as files, where its cluster puts the bucket."""


@dataclass(frozen=True)
class Mount:
    """A line of /etc/fstab. `source` of None is known once it is made: control/addresses.json has it by the storage.

    The source of an ext4 is what the cloud calls the disk: `/dev/xvdba` on AWS, the device name on GCP. That of an efs
    is the file system with its access point, `fs-0a1b::fsap-2c3d`.
    """

    storage: str
    path: str
    type: str
    source: str | None
    options: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "storage": self.storage,
            "path": self.path,
            "type": self.type,
            "source": self.source,
            "options": list(self.options),
        }


def all_mounts(plan: ClusterPlan, role: Role) -> tuple[Mount, ...]:
    """What machines of `role` mount, parents before what stands in them.

    Raises ValueError for an option that holds a comma or a space, which separate options from one another.
    """
    if not isinstance(plan, CloudPlan):
        mounts = [Mount(one.name, one.mount, "bind", LOCAL_DATA, ()) for one in plan.storage]
    else:
        sources = _sources(plan)
        mounts = [
            Mount(one.storage, one.path, one.type, sources.get(one.storage), one.options)
            for one in plan.mounts
            if role in one.roles
        ]
    for mount in mounts:
        for option in mount.options:
            if not option or set(option) & {",", " ", "\t", "\n"}:
                raise ValueError(f"{option!r} is no option of the mount at {mount.path}")
    return tuple(sorted(mounts, key=lambda mount: mount.path))


def _sources(plan: CloudPlan) -> dict[str, str]:
    match plan:
        case AwsPlan():
            found = {one.name: one.bucket for one in plan.storage if one.kind == "bucket"}
            disks = [one for one in plan.storage if one.kind == "volume"]
            return found | {one.name: one.device for one in (*disks, plan.head.state)}
        case GcpPlan():
            found = {one.name: one.full_name for one in plan.storage if one.kind == "bucket"}
            disks = [one for one in plan.storage if one.kind == "volume"]
            return found | {one.name: one.device for one in (*disks, plan.head.state)}
        case _:
            return {}
