"""GCP: rules about how near to each other a group's machines stand."""

from collections.abc import Iterator

from clusterwright.decide.gcp.fabric import placement
from clusterwright.rules.base import Context
from clusterwright.rules.gcp import GcpRule, Part, groups
from clusterwright.spec.capacity import FlexStart
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import Finding

PLACEMENT = "docs.cloud.google.com/compute/docs/instances/placement-policies-overview"
WORKLOAD = "docs.cloud.google.com/compute/docs/instance-groups/about-workload-policies"
TOOLKIT = "github.com/GoogleCloudPlatform/cluster-toolkit"

MOST = {1: 22, 2: 150, 3: 1500}
"""Machines that one placement holds at most, by `max_distance`. Source: resume.py of Slurm-GCP in Cluster Toolkit."""
MOST_A3 = {2: 256, 3: 1500}
"""The same for A3, which is refused with a `max_distance` of 1. Source: as above, and outputs.tf of its node sets."""


def placed(context: Context) -> Iterator[Part[GroupSpec]]:
    """Each group whose spec asks for its machines to stand near to each other."""
    for group in groups(context):
        if group.spec.placement and group.spec.placement.kind == "cluster":
            yield group


def most(group: Part[GroupSpec]) -> dict[int, int]:
    """How many of the group's machines one placement holds at most, by `max_distance`."""
    return MOST_A3 if group.name.startswith("a3-") else MOST


class PlacementNotOffered(GcpRule):
    """A group asks for placement, and its machine type has none."""

    code = "CW-CMP-201"
    why = f"placement policies are for some machine types only ({PLACEMENT}, {WORKLOAD})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in placed(context):
            if group.machine and group.machine.placement is None:
                what = f"{group.called} is placed, and there is no placement for {group.name}"
                hint = "write `placement: {kind: none}`, or leave `placement` out"
                yield self.finding((*group.path, "placement", "kind"), what, hint)


class TooManyPlaced(GcpRule):
    """A group has more nodes than can stand as near to each other as it asks for."""

    code = "CW-CMP-202"
    why = f"a placement holds so many machines at most, by their distance ({TOOLKIT}, Slurm-GCP's resume.py)"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            policy = placement(context.spec, group.spec).value.policy
            if policy == "none" or (group.machine and group.machine.nvlink_domain):
                continue
            asked, limits = group.spec.placement.max_distance if group.spec.placement else None, most(group)
            nodes, room = group.spec.size.max, limits.get(asked or max(limits), max(limits.values()))
            if nodes > room:
                at = f" at `max_distance: {asked}`" if asked else ""
                what = f"{group.called} has up to {nodes} nodes, a placement holds {room}{at}"
                wider = next((distance for distance, fits in limits.items() if fits >= nodes), None)
                none = f"write `nodes: {room}` and make another group, or write `placement: {{kind: none}}`"
                yield self.finding((*group.path, "nodes"), what, f"write `max_distance: {wider}`" if wider else none)


class DistanceNotOffered(GcpRule):
    """A group asks for a distance that its machine type, or the lack of a placement, does not have."""

    code = "CW-CMP-203"
    why = (
        f"A3 can't be placed at distance 1 ({TOOLKIT}, schedmd-slurm-gcp-v6-nodeset); machines of one NVLink domain "
        f"are placed as a domain, and have no distance besides ({WORKLOAD})"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            asked = group.spec.placement
            if asked is None or asked.max_distance is None:
                continue
            path, distance = (*group.path, "placement", "max_distance"), asked.max_distance
            if asked.kind == "none":
                what = f"{group.called} has a distance of {distance}, and no placement"
                yield self.finding(path, what, f"write `placement: {{kind: cluster, max_distance: {distance}}}`")
            elif group.machine and group.machine.nvlink_domain:
                what = f"{group.called} has a distance of {distance}, and {group.name} is placed by NVLink domain"
                yield self.finding(path, what, "remove `max_distance`")
            elif group.machine and group.machine.placement and distance not in most(group):
                what = f"{group.called} has a distance of {distance}, and {group.name} can't be placed so near"
                yield self.finding(path, what, f"write `max_distance: {min(most(group))}`")


class DomainNotPlaced(GcpRule):
    """Machines that share an NVLink domain are not placed in one."""

    code = "CW-CMP-204"
    why = f"groups of these machines need a policy that puts them into one NVLink domain ({WORKLOAD})"

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            asked = group.spec.placement
            if group.machine and group.machine.nvlink_domain and asked and asked.kind == "none":
                what = f"{group.called} is not placed, and {group.name} can't be had so"
                yield self.finding((*group.path, "placement", "kind"), what, "write `kind: cluster`")


class LargerThanDomain(GcpRule):
    """A group has more machines than one NVLink domain holds."""

    code = "CW-CMP-205"
    why = (
        "a group with the topology 1x72 is refused with more machines; each domain is a group of its own "
        "(docs.cloud.google.com/ai-hypercomputer/docs/create/create-mig-with-a4x)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in groups(context):
            domain = group.machine.nvlink_domain if group.machine else None
            if domain and group.spec.size.max > domain:
                what = f"{group.called} has up to {group.spec.size.max} nodes, an NVLink domain holds {domain}"
                yield self.finding(
                    (*group.path, "nodes"), what, f"write `nodes: {domain}`, and make a group for each further domain"
                )


class FlexNotPlaced(GcpRule):
    """Flex-start machines are placed, and their type can't be."""

    code = "CW-CMP-206"
    why = (
        "of the machines with workload policies, flex-start places A4 and A3 Ultra alone "
        "(docs.cloud.google.com/ai-hypercomputer/docs/placement-policy-and-workload-policy)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for group in placed(context):
            flex = isinstance(group.spec.capacity, FlexStart)
            if flex and group.machine and group.machine.placement == "workload" and group.machine.fabric != "rdma":
                what = f"{group.called} places flex-start machines of type {group.name}"
                hint = "write `placement: {kind: none}`; machines that are asked for together stand together as it is"
                yield self.finding((*group.path, "placement", "kind"), what, hint)
