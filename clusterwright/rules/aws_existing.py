"""AWS: rules about a network that is there already, as the lock knows it."""

from collections.abc import Iterator

from clusterwright.rules.aws import AwsRule, LockRule
from clusterwright.rules.base import WRITE_THE_LOCK, Context, written
from clusterwright.rules.lock import NOT_THERE
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.lock import LockedSubnet

VPC: Path = ("network", "existing", "vpc")
SUBNETS: Path = ("network", "existing", "subnets")


def elsewhere(context: Context, subnet: LockedSubnet) -> bool:
    """Whether a subnet is known to be in another zone than the cluster: nodes don't stand in it."""
    return None not in (context.spec.zone, subnet.zone) and subnet.zone != context.spec.zone


def known_subnets(context: Context) -> Iterator[tuple[Path, str, LockedSubnet]]:
    """Each existing subnet that the lock knows, with its place in the spec."""
    existing = context.spec.network.existing
    for index, id in enumerate(existing.subnets if existing else ()):
        if context.lock and id in context.lock.subnets:
            yield (*SUBNETS, index), id, context.lock.subnets[id]


class ExistingNotInLock(LockRule):
    """The account has no such VPC or subnet."""

    code = "CW-NET-111"
    why = "the cluster adds its own parts to a network that is there already, and makes none itself"

    def check(self, context: Context) -> Iterator[Finding]:
        existing, lock = context.spec.network.existing, context.lock
        if existing is None:
            return
        if lock is None:
            yield self.unknown(VPC, "whether the network is there, where its subnets are and how much room they have")
            return
        if lock.network is None or lock.network.id != existing.vpc:
            known = lock.network.id if lock.network else "none"
            what = f"the lock of {lock.made} has no VPC `{existing.vpc}`; it has: {known}"
            yield self.finding(VPC, what, NOT_THERE)
        for index, id in enumerate(existing.subnets):
            if id not in lock.subnets:
                what = f"the lock of {lock.made} has no subnet `{id}`; it has: {', '.join(lock.subnets) or 'none'}"
                yield self.finding((*SUBNETS, index), what, NOT_THERE)


class SubnetOfAnotherVpc(LockRule):
    """A subnet belongs to another VPC than the one that the spec names."""

    code = "CW-NET-112"
    why = "a machine's security groups and its subnet are of one VPC"

    def check(self, context: Context) -> Iterator[Finding]:
        existing = context.spec.network.existing
        for path, id, subnet in known_subnets(context):
            if existing and subnet.vpc != existing.vpc:
                what = f"subnet `{id}` is of {subnet.vpc}, the cluster of {existing.vpc}"
                yield self.finding(path, what, f"name a subnet of that VPC, or write `vpc: {subnet.vpc}`")


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
        existing, lock = context.spec.network.existing, context.lock
        if existing is None or lock is None or lock.network is None or lock.network.id != existing.vpc:
            return
        for on, called, option in (
            (lock.network.dns_support, "DNS support", "enable-dns-support"),
            (lock.network.dns_hostnames, "DNS hostnames", "enable-dns-hostnames"),
        ):
            if on is False:
                switch = f"aws ec2 modify-vpc-attribute --vpc-id {existing.vpc} --{option}"
                hint = f"switch it on: `{switch}`, then {WRITE_THE_LOCK}"
                yield self.finding(VPC, f"VPC `{existing.vpc}` has {called} off", hint)


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
