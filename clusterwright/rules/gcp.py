"""What the rules of GCP share: its machines in the spec."""

from typing import TypeVar

from clusterwright.catalog.gcp import GcpMachine, machine
from clusterwright.catalog.steps import Sizes
from clusterwright.rules import lock
from clusterwright.rules import parts as common
from clusterwright.rules.base import Rule
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.units import Size

PartSpec = TypeVar("PartSpec", HeadSpec, GroupSpec)
Part = common.Part[PartSpec, GcpMachine]

_of_gcp = common.Parts(lambda _, name: machine(name))
head, groups, parts = _of_gcp.head, _of_gcp.groups, _of_gcp.parts


class GcpRule(Rule):
    """A bad state that only a cluster on GCP can have."""

    providers = ("gcp",)


class LockRule(lock.LockRule):
    """A bad state that only a cluster on GCP can have, and that the lock shows."""

    providers = ("gcp",)


def sizes_hint(sizes: Sizes, asked: Size, key: str = "size") -> str:
    """The hint that names the nearest of `sizes`, below and above, as values of `key`."""
    near = [end for end in sizes.near(asked) if end is not None]
    return "write " + " or ".join(f"`{key}: {end // 2**30} GiB`" for end in near)
