"""The group resource: a group with a fixed set of desired nodes, as the plugin offers it to the engine.

An update changes as little as it can: a new name starts one node, a dropped name ends exactly that one, a dead node
is started again under its name. A node whose user data or supervisor configuration differs from what it should be is
restarted in its place, one node after the other; that happens after an upgrade only, since user data changes neither
with the job nor with the software.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from components.local.runtime import node
from components.local.runtime.group import Group, NodeStatus
from components.local.runtime.resource import Inputs, Resource
from components.local.runtime.state import Outputs

NAME = re.compile(r"[a-z][a-z0-9-]*")


class GroupInputs(Inputs):
    """`folder` is the cluster's, `bucket` the bucket's; `node_names` are the nodes that shall exist."""

    cluster: str
    name: str
    role: Literal["head", "compute"]
    node_names: list[str]
    folder: Path
    bucket: Path
    user_data: str

    def group(self, state: Outputs | None = None) -> Group:
        """The group on this machine; `state` tells the tokens that its nodes had when it was last seen."""
        return Group(
            cluster=self.cluster,
            name=self.name,
            role=self.role,
            node_names=self.node_names,
            folder=self.folder,
            bucket=self.bucket,
            user_data=self.user_data,
            known_tokens={item["name"]: item["token"] for item in (state or {}).get("nodes", [])},
        )

    def to_outputs(self, group: Group) -> Outputs:
        return self.outputs(size=group.size(), nodes=[_as_output(status) for status in group.list()])


class Nodes(Resource[GroupInputs]):
    model = GroupInputs
    identity = frozenset({"cluster", "name", "role", "folder", "bucket"})

    def problems(self, inputs: GroupInputs) -> list[tuple[str, str]]:
        names = [inputs.cluster, inputs.name, *inputs.node_names]
        found = [
            ("name", f"{name!r} is not a name: use lower-case letters, digits and hyphens, a letter first")
            for name in names
            if not NAME.fullmatch(name)
        ]
        if len(set(inputs.node_names)) < len(inputs.node_names):
            found.append(("nodeNames", "names a node twice"))
        longest = max(inputs.node_names, key=len, default="")
        if problem := node.socket_problem(inputs.folder / "nodes" / longest):
            found.append(("folder", problem))
        found += [
            ("cluster", f"process nodes need the program {program}: apt-get install {package}")
            for program, package in (("setpriv", "util-linux"), ("bash", "bash"))
            if not shutil.which(program)
        ]
        return found

    def drift(self, inputs: GroupInputs, state: Outputs) -> Mapping[str, str]:
        known = [item["name"] for item in state.get("nodes", [])]
        found: dict[str, str] = {}
        for status in inputs.group(state).list():
            if status.name in inputs.node_names:
                path = f"nodeNames[{inputs.node_names.index(status.name)}]"
                if status.state == "dead" and status.name in known:
                    found[path] = f"node {status.name} is dead: it is started again"
                elif status.state == "silent":
                    found[path] = (
                        f"node {status.name} has reported nothing for {node.SILENT_SECONDS / 60:.0f} minutes: "
                        "it is started again"
                    )
                elif status.state == "running" and not status.is_current:
                    found[path] = (
                        f"node {status.name} runs from older files or a lost clone: it is restarted in its place"
                    )
            elif status.name not in known:
                found["nodeNames"] = f"node {status.name} is not wanted: it is ended"
        return found

    def preview(self, inputs: GroupInputs, state: Outputs | None, stack: str) -> Outputs:
        """All nodes as they will run; a program that only wants their names need not wait for tokens."""
        nodes = [{"name": name, "state": "running"} for name in inputs.node_names]
        return inputs.outputs(size=len(nodes), nodes=nodes)

    def create(self, inputs: GroupInputs, stack: str) -> tuple[str, Outputs]:
        """Make the group. Nodes that an interrupted create left are taken over; a create that fails leaves none."""
        group = inputs.group()
        try:
            group.converge()
        except BaseException:
            group.remove()
            raise
        return f"{inputs.cluster}/{inputs.name}", inputs.to_outputs(group)

    def read(self, state: Outputs) -> Outputs | None:
        inputs = _inputs_of(state)
        return inputs.to_outputs(inputs.group(state))

    def update(self, inputs: GroupInputs, state: Outputs) -> Outputs:
        group = inputs.group(state)
        group.converge()
        return inputs.to_outputs(group)

    def delete(self, state: Outputs) -> None:
        _inputs_of(state).group(state).remove()


def _inputs_of(state: Outputs) -> GroupInputs:
    return GroupInputs.model_validate({n: v for n, v in state.items() if n not in ("nodes", "size", "schemaVersion")})


def _as_output(status: NodeStatus) -> dict[str, Any]:
    return {"name": status.name, "state": status.state, "generation": status.generation, "token": status.token}
