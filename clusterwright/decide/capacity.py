"""How the machines of a part are bought."""

from typing import Literal

from clusterwright.spec.compute import GroupSpec, HeadSpec

Kind = Literal["on_demand", "spot", "reservation", "capacity_block", "flex_start"]


def bought(part: HeadSpec | GroupSpec) -> Kind:
    """How the machines of `part` are bought: on demand where the spec does not say, and the head always."""
    return part.capacity.kind if isinstance(part, GroupSpec) and part.capacity else "on_demand"
