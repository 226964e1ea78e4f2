"""The machine type of the head and of each group."""

from clusterwright.catalog.machines import Machine, machine
from clusterwright.decide.choice import Choice
from clusterwright.spec.base import Provider
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec, HeadSpec

_ONLY = Choice("local", "the only one of this provider")
_HEADS: dict[Provider, Choice[str]] = {
    "local": _ONLY,
    "aws": Choice("m7i.large", "two vCPUs and 8 GiB: enough for the services of nearly 200 nodes"),
    "gcp": Choice("n2-standard-2", "two vCPUs and 8 GiB: enough for the services of nearly 200 nodes"),
}
_GROUPS: dict[Provider, Choice[str]] = {
    "local": _ONLY,
    "aws": Choice("g6.2xlarge", "the least that trains a bert-base well: one L4 with 24 GB"),
    "gcp": Choice("g2-standard-8", "the least that trains a bert-base well: one L4 with 24 GB"),
}


def machine_choice(spec: ClusterSpec, part: HeadSpec | GroupSpec) -> Choice[str]:
    """The name of the machine type that `part` gets where the spec leaves it open."""
    return (_HEADS if isinstance(part, HeadSpec) else _GROUPS)[spec.provider]


def machine_name(spec: ClusterSpec, part: HeadSpec | GroupSpec) -> str:
    """The name of the machine type of `part`: what the spec says, or what is decided."""
    return part.machine or machine_choice(spec, part).value


def machine_of(spec: ClusterSpec, part: HeadSpec | GroupSpec) -> Machine | None:
    """The machine type of `part`; None where the catalog has none of that name."""
    return machine(spec.provider, machine_name(spec, part))
