"""Ranges of addresses."""

from __future__ import annotations

import ipaddress

SMALLEST_PREFIX = {4: 8, 6: 19}
"""The least bits of a range that is somebody's: nobody has more of the internet
(https://www.iana.org/assignments/ipv4-address-space; of IPv6 the largest allocations are /19). A wider one is the
world, each half of it too."""


def is_the_world(cidr: str) -> bool:
    """Whether a range is wider than any that somebody has."""
    network = ipaddress.ip_network(cidr, strict=False)
    return network.prefixlen < SMALLEST_PREFIX[network.version] and not network.is_private
