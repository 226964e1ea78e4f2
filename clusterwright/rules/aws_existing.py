"""AWS: rules about a network that is there already, as the lock knows it."""

from collections.abc import Iterator

from clusterwright.rules.aws import AwsRule, LockRule
from clusterwright.rules.base import WRITE_THE_LOCK, Context, written
from clusterwright.rules.existing import SUBNETS, VPC, known_network, known_subnets
from clusterwright.spec.findings import Finding
from clusterwright.spec.lock import LockedSubnet


def elsewhere(context: Context, subnet: LockedSubnet) -> bool:
    """Whether a subnet is known to be in another zone than the cluster: nodes don't stand in it."""
    return None not in (context.spec.zone, subnet.zone) and subnet.zone != context.spec.zone


class NoSubnetInZone(LockRule):
    """None of the subnets is in the cluster's zone."""

    code = "CW-NET-113"
    why = (
        "all nodes stand in one zone, and of the subnets in those that are there: neither EFA traffic nor a cluster "
        "placement group goes beyond a zone (docs.aws.amazon.com/parallelcluster/latest/ug/efa-v3.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        known = [subnet for _, _, subnet in known_subnets(context)]
        if known and all(elsewhere(context, subnet) for subnet in known):
            zones = sorted({str(subnet.zone) for subnet in known})
            what = f"the subnets are in {written(zones)}, the cluster in {context.spec.zone}"
            hint = f"name a subnet in {context.spec.zone}, or write `zone: {zones[0]}`"
            yield self.finding(SUBNETS, what, hint)


class DnsOff(LockRule):
    """The VPC does not resolve names, or gives its machines none."""

    code = "CW-NET-114"
    why = (
        "file systems and private endpoints are reached by names that the VPC's own DNS resolves "
        "(docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        network = known_network(context)
        if network is None:
            return
        for on, called, option in (
            (network.dns_support, "DNS support", "enable-dns-support"),
            (network.dns_hostnames, "DNS hostnames", "enable-dns-hostnames"),
        ):
            if on is False:
                switch = f"aws ec2 modify-vpc-attribute --vpc-id {network.id} --{option}"
                hint = f"switch it on: `{switch}`, then {WRITE_THE_LOCK}"
                yield self.finding(VPC, f"VPC `{network.id}` has {called} off", hint)


class SettingOfOwnNetwork(AwsRule):
    """A network that is there already is given what only the cluster's own network gets."""

    code = "CW-NET-117"
    severity = "warning"
    why = "the cluster leaves a network that is there already as it is: its endpoints and logs are its owner's"

    def check(self, context: Context) -> Iterator[Finding]:
        network = context.spec.network
        if network.existing is not None:
            for key in sorted({"endpoints", "flow_logs"} & network.model_fields_set):
                yield self.finding(("network", key), f"`{key}` has no effect in an existing network", f"remove `{key}`")
