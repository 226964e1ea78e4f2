"""Rules about the network that hold on every cloud."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.findings import Finding
from clusterwright.spec.network import SshAccess

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
WIDEST = 8
"""The shortest prefix that may open secure shells: 10.0.0.0/8 is all of a company's private addresses."""


class PublicRange(Rule):
    """The cluster's own network has addresses that belong to others on the internet."""

    code = "CW-NET-001"
    severity = "warning"
    providers = CLOUDS
    why = "nodes could no longer reach whoever has these addresses; private ones are in RFC 1918 and RFC 6598"

    def check(self, context: Context) -> Iterator[Finding]:
        for key in ("cidr", "services_cidr"):
            cidr = getattr(context.spec.network, key)
            if cidr and not any(IPv4Network(cidr).subnet_of(private) for private in PRIVATE):
                hint = f"write a private range: `{key}: 10.20.0.0/16`"
                yield self.finding(("network", key), f"{cidr} is not a private range", hint)


class OwnAndExistingNetwork(Rule):
    """A range is given for the cluster's own network, and an existing network too."""

    code = "CW-NET-002"
    providers = CLOUDS
    why = "a cluster stands in a network of its own or in an existing one, which has its ranges already"

    def check(self, context: Context) -> Iterator[Finding]:
        network = context.spec.network
        if network.cidr and network.existing:
            yield self.finding(
                ("network", "cidr"), "`cidr` and `existing` are both given", "remove `cidr`, or remove `existing`"
            )


class ShellFromAnywhere(Rule):
    """Secure shells are open to a range that is more than an organisation."""

    code = "CW-NET-003"
    providers = CLOUDS
    why = "an open port 22 is tried by attackers within minutes, and sessions need no open port at all"

    def check(self, context: Context) -> Iterator[Finding]:
        access = context.spec.network.access
        for index, cidr in enumerate(access.ssh_from if isinstance(access, SshAccess) else ()):
            if (network := IPv4Network(cidr)).prefixlen < WIDEST:
                who = "anybody" if network.prefixlen == 0 else f"{network.num_addresses:,} addresses"
                hint = "write your own network's range, or `access: session`"
                yield self.finding(
                    ("network", "access", "ssh_from", index), f"{cidr} opens secure shells to {who}", hint
                )
