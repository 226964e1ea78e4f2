"""The bundle: every file that a node runs, in one archive named by its SHA-256.

Pure: the plan and files of this installation in, bytes out. The files are found beside the package: `templates/` and
`training/` lie next to `clusterwright/`, in a clone as in an installed wheel. `*.j2` are rendered, all others copied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from clusterwright.bootstrap.archive import pack
from clusterwright.bootstrap.templating import Templates
from clusterwright.plan.model import ClusterPlan, JobPlan, canonical

ROOT = Path(__file__).resolve().parents[2]
USER_DATA_LIMIT = 4096  # bytes; EC2 takes 16 KiB, but user data that never changes has no reason to be long


@dataclass(frozen=True)
class Bundle:
    """`digest` is the SHA-256 of `data` (tar.gz); `files` are its files by path."""

    digest: str
    data: bytes
    files: Mapping[str, bytes]


def render_bundle(plan: ClusterPlan) -> Bundle:
    """What the nodes of `plan` run. Same plan, same installation: same bytes.

    Raises ValueError when the lock of the plan's software is not the one that this installation holds.
    """
    files = {**_rendered(plan), **_software(plan), **_library()}
    if plan.job is not None:
        files["job/job.json"] = canonical(plan.job.config).encode()
        files["job/launch.json"] = canonical(_launch(plan, plan.job)).encode()
    data = pack(files)
    return Bundle(hashlib.sha256(data).hexdigest(), data, files)


def user_data(plan: ClusterPlan, role: Literal["head", "compute"], group: str | None) -> str:
    """The first program of a node: depends on the cluster's name, the role and the group, never on job or software."""
    values = {"cluster": plan.name, "role": role, "group": group or role}
    text = Templates(ROOT / "templates").render("cloud-init/user-data-process.sh.j2", values)
    if len(text.encode()) > USER_DATA_LIMIT:
        raise ValueError(f"user data of {len(text.encode())} bytes is over the limit of {USER_DATA_LIMIT}")
    return text


def _rendered(plan: ClusterPlan) -> dict[str, bytes]:
    values = {
        "lock": plan.software.lock,
        "lock_sha256": plan.software.lock_sha256,
        "pytorch": plan.software.pytorch,
        "storage": [storage.name for storage in plan.storage],
    }
    folder = ROOT / "templates"
    templates = Templates(folder)
    files = {}
    for path in sorted(path for part in ("scripts", "job") for path in (folder / part).iterdir() if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name.endswith(".j2"):
            files[name.removesuffix(".j2")] = templates.render(name, values).encode()
        else:
            files[name] = path.read_bytes()
    return files


def _software(plan: ClusterPlan) -> dict[str, bytes]:
    here = Path(__file__).parent
    lock = (here / "software" / plan.software.lock).read_bytes()
    found = hashlib.sha256(lock).hexdigest()
    if found != plan.software.lock_sha256:
        raise ValueError(
            f"software/{plan.software.lock} has the SHA-256 {found}, but the plan was made with "
            f"{plan.software.lock_sha256}: plan again with this release"
        )
    return {f"software/{plan.software.lock}": lock, "software/uv.txt": (here / "uv.txt").read_bytes()}


def _library() -> dict[str, bytes]:
    # An own, empty package: the real one would pull in what nodes do not have.
    files = {"lib/clusterwright/__init__.py": b""}
    for package in ("clusterwright/bucket", "clusterwright/node", "training"):
        for path in sorted((ROOT / package).rglob("*.py")):
            files[f"lib/{path.relative_to(ROOT).as_posix()}"] = path.read_bytes()
    return files


def _launch(plan: ClusterPlan, job: JobPlan) -> dict[str, Any]:
    group = next(group for group in plan.groups if group.name == job.group)
    return {
        "job_id": job.id,
        "group": job.group,
        "nodes": job.nodes,
        "node_names": list(group.node_names[: job.nodes]),
        "processes_per_node": job.processes_per_node,
        "threads_per_process": job.threads_per_process,
    }
