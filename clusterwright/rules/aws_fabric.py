"""AWS: rules about EFA, the network between nodes that train together."""

from collections.abc import Iterator

from clusterwright.catalog.aws import machine, names
from clusterwright.decide.aws.fabric import fabric
from clusterwright.decide.capacity import bought
from clusterwright.rules.aws import AwsRule, groups
from clusterwright.rules.base import Context
from clusterwright.spec.findings import Finding

PAGE = "docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html"


def smallest_with_efa(name: str) -> str | None:
    """The machine type of the same family with EFA and the fewest vCPUs, or None where the family has none."""
    family = name.split(".")[0]
    rows = {near: row for near in names() if near.split(".")[0] == family and (row := machine(near))}
    return min((near for near in rows if rows[near].efa_interfaces), key=lambda near: rows[near].vcpus, default=None)


class EfaUnsupported(AwsRule):
    """A group asks for EFA with a machine type that does not have it."""

    code = "CW-NET-101"
    why = f"EFA is part of some machine types, mostly the largest of a family ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            if group.spec.fabric == "efa" and group.machine and not group.machine.efa_interfaces:
                what = f"{group.called} asks for EFA, and {group.name} does not have it"
                near = smallest_with_efa(group.name)
                larger = f", or write `machine: {near}`" if near else ""
                yield self.finding((*group.path, "fabric"), what, f"leave `fabric` out{larger}")


class EfaOff(AwsRule):
    """Nodes train together over Ethernet although their machines have EFA."""

    code = "CW-NET-102"
    severity = "warning"
    why = f"without EFA, traffic between GPUs goes through the kernel and one interface; EFA costs nothing ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            count = group.machine.efa_interfaces if group.machine and group.machine.gpus else 0
            if group.spec.fabric == "none" and group.spec.size.max > 1 and count:
                what = f"{group.called} has no fabric, and {group.name} has {count} EFA interface{'s' * (count > 1)}"
                yield self.finding((*group.path, "fabric"), what, "write `fabric: efa`, or leave `fabric` out")


class EfaWithoutPlacement(AwsRule):
    """Nodes with EFA are placed anywhere in the zone."""

    code = "CW-NET-103"
    severity = "warning"
    why = (
        "EFA's short ways are those of a cluster placement group "
        "(docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            spread = group.spec.placement is not None and group.spec.placement.kind == "none"
            as_it_comes = bought(group.spec) in ("on_demand", "spot")
            if spread and as_it_comes and group.spec.size.max > 1 and fabric(context.spec, group.spec).value == "efa":
                what = f"{group.called} has EFA, and its nodes are placed anywhere in the zone"
                hint = "write `placement: {kind: cluster}`, or leave `placement` out"
                yield self.finding((*group.path, "placement"), what, hint)
