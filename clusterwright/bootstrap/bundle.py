"""The bundle: every file that a node runs, in one archive named by its SHA-256.

Pure: the plan and files of this installation in, bytes out. The files are found beside the package: `templates/` and
`training/` lie next to `clusterwright/`, in a clone as in an installed wheel. `*.j2` are rendered, all others copied.
Nodes that are processes and nodes that are machines have bundles of their own: only the latter boot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from clusterwright.bootstrap import machine
from clusterwright.bootstrap.archive import pack
from clusterwright.bootstrap.facts import HEAD, cluster_facts
from clusterwright.bootstrap.files import ROOT, copied, library
from clusterwright.bootstrap.source import Source, pack_source
from clusterwright.bootstrap.templating import Templates
from clusterwright.plan.local import LocalPlan
from clusterwright.plan.model import ClusterPlan, JobPlan, canonical, digest, job_id

USER_DATA_LIMIT = 4096  # bytes; EC2 takes 16 KiB, but user data that never changes has no reason to be long
SOURCE_LIMIT = 8 * 2**20  # bytes of the user's own code: every node fetches it with each change of anything


@dataclass(frozen=True)
class Bundle:
    """`digest` is the SHA-256 of `data` (tar.gz), `plan` that of the plan it is of; `files` are its files by path."""

    digest: str
    data: bytes
    files: Mapping[str, bytes]
    plan: str


def are_processes(plan: ClusterPlan) -> bool:
    """Whether the nodes are process trees on this machine, which do not boot."""
    return isinstance(plan, LocalPlan) and plan.runtime == "process"


def render_bundle(plan: ClusterPlan, project: Path | None = None) -> Bundle:
    """What the nodes of `plan` run. Same plan, same installation, same source: same bytes.

    `project` is the folder that the job's `source` is in. Raises ValueError when the lock of the plan's software is not
    the one that this installation holds, or a value of the plan cannot be written into a file safely, and
    ClusterwrightError when the job's source cannot be packed.
    """
    files = {**_software(plan), **library("clusterwright/bucket", "clusterwright/node", "training")}
    if are_processes(plan):
        files |= _process_files(plan)
        if plan.job is not None:
            files["job/job.json"] = canonical(plan.job.config).encode()
            files["job/launch.json"] = canonical(_process_launch(plan, plan.job)).encode()
    else:
        files |= machine.files(plan)
        if plan.job is not None:
            source = _source(project, plan.job)
            if source is not None:
                files["job/source.tar.gz"] = source.data
            files["job/job.json"] = canonical(plan.job.config).encode()
            files["job/launch.json"] = canonical(_launch(plan, plan.job, source)).encode()
    data = pack(files)
    return Bundle(hashlib.sha256(data).hexdigest(), data, files, digest(plan))


def user_data(
    plan: ClusterPlan, role: Literal["head", "compute"], group: str | None, bucket_url: str | None = None
) -> str:
    """The first program of a node: depends on the cluster's name, the role, the group and the bucket's address alone.

    Machines get a cloud-config, with the address of their bucket; None is the one of the plan. Raises ValueError for a
    value that cannot stand in it, and when it is longer than USER_DATA_LIMIT.
    """
    if are_processes(plan):
        values = {"cluster": plan.name, "role": role, "group": group or role}
        text = Templates(ROOT / "templates" / "process").render("cloud-init/user-data.sh.j2", values)
    else:
        text = machine.user_data(plan, role, group or HEAD, bucket_url)
    if len(text.encode()) > USER_DATA_LIMIT:
        raise ValueError(f"user data of {len(text.encode())} bytes is over the limit of {USER_DATA_LIMIT}")
    return text


def user_data_files(plan: ClusterPlan) -> dict[str, bytes]:
    """The user data of the head and of each group, for those who want to read it."""
    suffix = "sh" if are_processes(plan) else "yaml"
    texts = {HEAD: user_data(plan, "head", None)}
    texts |= {group.name: user_data(plan, "compute", group.name) for group in plan.groups}
    return {f"user-data/{name}.{suffix}": text.encode() for name, text in texts.items()}


def _process_files(plan: ClusterPlan) -> dict[str, bytes]:
    values = {
        "lock": plan.software.lock,
        "lock_sha256": plan.software.lock_sha256,
        "pytorch": plan.software.pytorch,
        "storage": [storage.name for storage in plan.storage],
    }
    files = copied(Templates(ROOT / "templates" / "process"), "process", ("scripts", "job"), values)
    shared = "scripts/software.sh"
    return {**files, shared: (ROOT / "templates" / shared).read_bytes()}


def _software(plan: ClusterPlan) -> dict[str, bytes]:
    here = Path(__file__).parent
    lock = (here / "software" / plan.software.lock).read_bytes()
    found = hashlib.sha256(lock).hexdigest()
    if found != plan.software.lock_sha256:
        raise ValueError(
            f"software/{plan.software.lock} has the SHA-256 {found}, but the plan was made with "
            f"{plan.software.lock_sha256}: plan again with this release"
        )
    files = {f"software/{plan.software.lock}": lock, "software/uv.txt": (here / "uv.txt").read_bytes()}
    if plan.provider != "local":
        name = f"clients-{plan.provider}.txt"
        files[f"software/{name}"] = (here / "software" / name).read_bytes()
    return files


def _process_launch(plan: ClusterPlan, job: JobPlan) -> dict[str, Any]:
    group = next(group for group in plan.groups if group.name == job.group)
    return {
        "job_id": job.id,
        "group": job.group,
        "nodes": job.nodes,
        "node_names": list(group.node_names[: job.nodes]),
        "processes_per_node": job.processes_per_node,
        "threads_per_process": job.threads_per_process,
    }


def _source(project: Path | None, job: JobPlan) -> Source | None:
    if job.source is None:
        return None
    if project is None:
        raise ValueError("a bundle of a job with `source` is made with the project's folder")
    return pack_source(project / job.source, SOURCE_LIMIT)


def _launch(plan: ClusterPlan, job: JobPlan, source: Source | None) -> dict[str, Any]:
    """How the job is started. Other code or another command is another job, although its settings are the same."""
    own = {"config": job.config, "command": job.command, "source": source and source.digest}
    return {
        "job_id": job_id(own) if source or job.command else job.id,
        "group": job.group,
        "nodes": job.nodes,
        "processes_per_node": job.processes_per_node,
        "threads_per_process": job.threads_per_process,
        "phases": ["command"] if job.command else job.config.get("phases", []),
        "command": list(job.command) if job.command else None,
        "source": source is not None,
        "deadline_s": cluster_facts(plan)["budget"]["deadline_s"],
    }
