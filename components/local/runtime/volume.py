"""A folder of a cluster beside its bucket: on this machine, what a cloud has a disk or a secret store for.

It ends with the cluster, as a cloud's do: what outlives a cluster is in its bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from components.local.runtime import files
from components.local.runtime.errors import LocalError
from components.local.runtime.resource import Inputs, Resource
from components.local.runtime.state import Outputs

KIND = "volume"


class VolumeInputs(Inputs):
    """`folder` is the cluster's, `path` the volume's directly inside it."""

    cluster: str
    folder: Path
    path: Path


class Volume(Resource[VolumeInputs]):
    model = VolumeInputs
    identity = frozenset({"cluster", "folder", "path"})

    def problems(self, inputs: VolumeInputs) -> list[tuple[str, str]]:
        if inputs.path.parent != inputs.folder or not inputs.folder.is_absolute():
            return [("path", f"{inputs.path} is not directly inside the cluster's folder {inputs.folder}")]
        return []

    def drift(self, inputs: VolumeInputs, state: Outputs) -> Mapping[str, str]:
        if files.read_marker(inputs.path, KIND):
            return {}
        return {"path": f"{inputs.path} is gone: it is made again, and is empty"}

    def preview(self, inputs: VolumeInputs, state: Outputs | None, stack: str) -> Outputs:
        _refuse_foreign(inputs)
        return inputs.outputs()

    def create(self, inputs: VolumeInputs, stack: str) -> tuple[str, Outputs]:
        return str(inputs.path), self._make(inputs)

    def read(self, state: Outputs) -> Outputs | None:
        return state

    def update(self, inputs: VolumeInputs, state: Outputs) -> Outputs:
        return self._make(inputs)

    def delete(self, state: Outputs) -> None:
        path = Path(state["path"])
        if files.read_marker(path, KIND):
            files.remove_tree(path)
        with suppress(OSError):  # the bucket is still there, or is kept
            Path(state["folder"]).rmdir()

    def _make(self, inputs: VolumeInputs) -> Outputs:
        _refuse_foreign(inputs)
        inputs.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write_marker(inputs.path, KIND, inputs.cluster)
        return inputs.outputs()


def is_of(path: Path, cluster: str) -> bool:
    """Whether `path` is a volume of `cluster`."""
    marker = files.read_marker(path, KIND)
    return marker is not None and marker["cluster"] == cluster


def _refuse_foreign(inputs: VolumeInputs) -> None:
    if not files.is_empty(inputs.path) and not is_of(inputs.path, inputs.cluster):
        raise LocalError(f"{inputs.path} holds files that no cluster made: move them away")
