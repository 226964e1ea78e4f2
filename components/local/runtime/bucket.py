"""The bucket of a cluster: a folder, which also claims the cluster's own folder around it.

A cluster folder carries a marker while its cluster exists, with the stack that it belongs to: a second stack with the
same cluster name is refused. The bucket's own marker stays with kept data, and the stack's next cluster of that name
takes it; where a marker names no stack, any may.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from components.local.runtime import files, node
from components.local.runtime.errors import LocalError
from components.local.runtime.node import Record
from components.local.runtime.resource import Inputs, Resource
from components.local.runtime.state import Outputs
from components.local.runtime.volume import is_of

PREFIXES = ("control", "data", "jobs", "reports")
OF_THE_JOB = ("data", "jobs")


class BucketInputs(Inputs):
    """`folder` is the cluster's, `path` the bucket's directly inside it.

    `job_user` is the id of the user that jobs run as, who owns what jobs write; None where they run as this user.
    """

    cluster: str
    folder: Path
    path: Path
    on_destroy: Literal["keep", "delete"]
    job_user: int | None = None


class Bucket(Resource[BucketInputs]):
    model = BucketInputs
    identity = frozenset({"cluster", "folder", "path"})

    def problems(self, inputs: BucketInputs) -> list[tuple[str, str]]:
        if inputs.path.parent != inputs.folder or not inputs.folder.is_absolute():
            return [("path", f"{inputs.path} is not directly inside the cluster's folder {inputs.folder}")]
        return []

    def drift(self, inputs: BucketInputs, state: Outputs) -> Mapping[str, str]:
        whole = all((inputs.path / prefix).is_dir() for prefix in PREFIXES)
        if whole and files.read_marker(inputs.path, "bucket") and files.read_marker(inputs.folder, "cluster"):
            return {}
        return {"path": f"{inputs.path} is not whole any more: its missing folders are made again"}

    def preview(self, inputs: BucketInputs, state: Outputs | None, stack: str) -> Outputs:
        if state is None:
            _refuse_foreign(inputs, stack)
        return inputs.outputs(stack=stack)

    def create(self, inputs: BucketInputs, stack: str) -> tuple[str, Outputs]:
        _refuse_foreign(inputs, stack)
        return str(inputs.path), self._make(inputs, stack)

    def read(self, state: Outputs) -> Outputs | None:
        marker = files.read_marker(Path(state["path"]), "bucket")
        return state if marker and marker["cluster"] == state["cluster"] else None

    def update(self, inputs: BucketInputs, state: Outputs) -> Outputs:
        _refuse_foreign(inputs, state["stack"])
        return self._make(inputs, state["stack"])

    def delete(self, state: Outputs) -> None:
        """Remove the bucket, or keep control, data and jobs; and in either case all that is left of the cluster.

        Reports tell of nodes that exist, so they go with the nodes. A create that was killed may have left nodes that
        no state knows: they are ended here.
        """
        folder, path = Path(state["folder"]), Path(state["path"])
        _end_unknown_nodes(folder)
        if path.exists():
            marker = files.read_marker(path, "bucket")
            if not files.is_empty(path) and (marker is None or marker["cluster"] != state["cluster"]):
                raise LocalError(
                    f"{path} is not removed: it has no {files.MARKER} of cluster {state['cluster']}, so its files may "
                    "be someone else's. Move the folder away and run the command again"
                )
            files.remove_tree(path / "reports" if state["onDestroy"] == "keep" else path)
        (folder / files.MARKER).unlink(missing_ok=True)
        with suppress(OSError):  # it holds the kept bucket
            folder.rmdir()

    def _make(self, inputs: BucketInputs, stack: str) -> Outputs:
        inputs.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write_marker(inputs.folder, "cluster", inputs.cluster, stack=stack)
        inputs.path.mkdir(mode=0o700, exist_ok=True)
        files.write_marker(inputs.path, "bucket", inputs.cluster, stack=stack)
        for prefix in PREFIXES:
            (inputs.path / prefix).mkdir(mode=0o700, exist_ok=True)
        if inputs.job_user is not None:
            inputs.path.chmod(0o711)  # the cluster's folder around it is closed to all others on this machine
            for prefix in OF_THE_JOB:
                os.chown(inputs.path / prefix, inputs.job_user, inputs.job_user)
        return inputs.outputs(stack=stack)


def _refuse_foreign(inputs: BucketInputs, stack: str) -> None:
    """Refuse folders that hold another cluster's or someone else's files.

    Raises:
        LocalError
    """
    claim = files.read_marker(inputs.folder, "cluster")
    if claim and (claim["cluster"], claim.get("stack")) != (inputs.cluster, stack):
        raise LocalError(
            f"{inputs.folder} belongs to cluster {claim['cluster']} of stack {claim.get('stack')}, which still exists: "
            "give this cluster another name in its spec, or destroy that stack first"
        )
    kept = files.read_marker(inputs.path, "bucket")
    if kept and kept["cluster"] != inputs.cluster:
        raise LocalError(f"{inputs.path} holds the data of cluster {kept['cluster']}: move it away, or use that name")
    if kept and kept.get("stack", stack) != stack:
        raise LocalError(
            f"{inputs.path} holds what stack {kept['stack']} kept: give this cluster another name in its spec, or "
            "remove that data with `make purge` of that stack"
        )
    others = [inputs.path] if kept is None and not files.is_empty(inputs.path) else []
    if claim is None and inputs.folder.is_dir():
        others += [path for path in inputs.folder.iterdir() if path != inputs.path and not is_of(path, inputs.cluster)]
    if others:
        raise LocalError(
            f"{inputs.folder} holds files that no cluster made, such as {others[0].name}: move them away, or give this "
            "cluster another name in its spec"
        )


def _end_unknown_nodes(folder: Path) -> None:
    nodes = folder / "nodes"
    if nodes.is_dir():
        node.stop(node.tokens_of(Record.read(path) for path in nodes.iterdir()))
        files.remove_tree(nodes)
    for lock in folder.glob(".group-*.lock"):
        lock.unlink(missing_ok=True)
