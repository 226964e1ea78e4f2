"""The network of a cluster on AWS: subnets, security groups, endpoints."""

from typing import Literal

from clusterwright.plan.aws.model.identity import ResourceStatementPlan
from clusterwright.plan.model import PlanModel
from clusterwright.spec.storage import OnDestroy

Direction = Literal["ingress", "egress"]


class SubnetPlan(PlanModel):
    """A subnet of the cluster's own network, in the cluster's zone. Nothing in it gets a public address by itself."""

    name: str
    full_name: str
    cidr: str
    on_destroy: OnDestroy = "delete"


class RulePlan(PlanModel):
    """Traffic that a security group lets through. `peer` is a security group of the plan or a range of addresses.

    `ports` are the first and the last; None with protocol `all`.
    """

    direction: Direction
    protocol: Literal["tcp", "all"]
    ports: tuple[int, int] | None
    peer: str
    why: str

    @property
    def label(self) -> str:
        """What tells it from the other rules of its group: egress-0.0.0.0-0-443."""
        ports = dict.fromkeys(self.ports or (self.protocol,))
        return "-".join((self.direction, self.peer.replace("/", "-"), *map(str, ports)))


class SecurityGroupPlan(PlanModel):
    """A security group: what is not let through by a rule is not let through."""

    name: str
    description: str
    rules: tuple[RulePlan, ...]
    on_destroy: OnDestroy = "delete"


class EndpointPlan(PlanModel):
    """A service that is reached without leaving the network; a gateway is a route, an interface has an address.

    `statements` are what may be asked for through it, by whoever may ask; without any it is everything.
    """

    name: str
    service: str
    kind: Literal["Gateway", "Interface"]
    subnet: str | None = None
    security_groups: tuple[str, ...] = ()
    statements: tuple[ResourceStatementPlan, ...] = ()


class ExistingNetworkPlan(PlanModel):
    """A network that is there already, and those of its subnets that nodes may stand in."""

    vpc: str
    subnets: tuple[str, ...]


class FlowLogsPlan(PlanModel):
    """Who talks to whom in the network, as the log group `group` has it: what was let through, and what was not."""

    group: str
    traffic: Literal["ALL"] = "ALL"
    destination: Literal["cloud-watch-logs"] = "cloud-watch-logs"


class NetworkPlan(PlanModel):
    """The network: `cidr` and `subnets` of one of the cluster's own, or an existing one.

    `nat` is the subnet of the NAT gateway, the one way out. With `dns` names resolve and machines have names, which
    file systems and endpoints need. Nothing is open to the world, and the security group that the network comes with
    loses its rules.

    `on_destroy` is what becomes of the network itself. A Lustre file system that is kept stands in it, in one of its
    subnets and in one of its security groups: these are kept, since AWS deletes none that something stands in, and no
    other, whose range or name the next cluster would meet.
    """

    cidr: str | None
    existing: ExistingNetworkPlan | None
    subnets: tuple[SubnetPlan, ...]
    dns: bool = True
    nat: str | None
    endpoints: tuple[EndpointPlan, ...]
    security_groups: tuple[SecurityGroupPlan, ...]
    flow_logs: FlowLogsPlan | None
    on_destroy: OnDestroy = "delete"
