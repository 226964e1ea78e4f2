"""The nodes of a local cluster: a group resource for the head and one for each group, however many nodes it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import pulumi

from clusterwright import paths
from clusterwright.bootstrap import user_data
from clusterwright.plan.local import LocalPlan
from components.local.identity import Identity
from components.local.network import Network
from components.local.resources import Group, Image, Machines
from components.local.storage import Storage

Role = Literal["head", "compute"]
Register = Callable[[str, Role, Sequence[str], list[pulumi.Resource]], pulumi.Resource]


class Compute(pulumi.ComponentResource):
    """The head, and the groups after it: so on the way down workers write their checkpoints while it still serves."""

    def __init__(
        self,
        name: str,
        plan: LocalPlan,
        network: Network,
        identity: Identity,
        storage: Storage,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:LocalCompute", name, None, opts)
        made = [*network.resources, *identity.resources, *storage.resources]
        kind = self._machines if plan.runtime == "machine" else self._processes
        register = kind(name, plan, storage)
        head = register(plan.head.name, "head", [plan.head.name], made)
        groups = {group.name: register(group.name, "compute", group.node_names, [*made, head]) for group in plan.groups}
        self.groups = {
            plan.head.name: _names(head, [plan.head.name]),
            **{group.name: _names(groups[group.name], group.node_names) for group in plan.groups},
        }
        self.connect = _connect(plan)
        self.hourly_price = None  # nobody bills a user's own machine, and what its power costs is not known
        self.register_outputs({"groups": self.groups, "connect": self.connect})

    def _processes(self, name: str, plan: LocalPlan, storage: Storage) -> Register:
        def register(group: str, role: Role, names: Sequence[str], after: list[pulumi.Resource]) -> Group:
            return Group(
                f"{name}-{group}",
                cluster=plan.name,
                name=group,
                role=role,
                node_names=list(names),
                folder=str(paths.cluster_dir(plan.name)),
                bucket=storage.bucket,
                user_data=user_data(plan, role, group),
                opts=pulumi.ResourceOptions(parent=self, depends_on=after),
            )

        return register

    def _machines(self, name: str, plan: LocalPlan, storage: Storage) -> Register:
        image = Image(
            f"{name}-image",
            cache=str(paths.machines_dir()),
            archive=storage.archive,
            lock_sha256=plan.software.lock_sha256,
            opts=pulumi.ResourceOptions(parent=self),
        )

        def register(group: str, role: Role, names: Sequence[str], after: list[pulumi.Resource]) -> Machines:
            return Machines(
                f"{name}-{group}",
                cluster=plan.name,
                name=group,
                role=role,
                maximum=len(names),
                folder=str(paths.cluster_dir(plan.name)),
                layers=image.layers,
                user_data=user_data(plan, role, group),
                opts=pulumi.ResourceOptions(parent=self, depends_on=after),
            )

        return register


def _names(group: pulumi.Resource, planned: Sequence[str]) -> pulumi.Output[list[str]] | list[str]:
    """The nodes of a group: of processes those that run, of machines those that Slurm may ask for."""
    if isinstance(group, Group):
        return group.nodes.apply(lambda nodes: [node["name"] for node in nodes])
    return list(planned)


def _connect(plan: LocalPlan) -> str:
    if plan.runtime == "machine":
        return f"{paths.BIN}/python -m components.local.runtime.machine {plan.name}"
    return f"{paths.BIN}/supervisorctl -c {paths.nodes_dir(plan.name) / plan.head.name / 'supervisord.conf'}"
