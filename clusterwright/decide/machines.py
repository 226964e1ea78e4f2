"""Machine types that a spec leaves open."""

from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec, HeadSpec

_DEFAULT = {
    "local": ("local", "local"),
    "aws": ("m7i.large", "g6.2xlarge"),
    "gcp": ("n2-standard-2", "g2-standard-8"),
}


def machine_name(spec: ClusterSpec, part: HeadSpec | GroupSpec) -> str:
    return part.machine or _DEFAULT[spec.provider][isinstance(part, GroupSpec)]
