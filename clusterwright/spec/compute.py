"""The head and the groups of nodes."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator

from clusterwright.spec.base import PartName, SpecModel, refusal
from clusterwright.spec.units import Size

MOST_NODES = 10_000

Count = Annotated[int, Field(ge=0, le=MOST_NODES, examples=[2])]


class NodeRange(SpecModel):
    """A group's least and greatest number of nodes; its scheduler chooses between them."""

    min: Count = Field(description="nodes that are always there")
    max: Count = Field(description="nodes that there can be at most")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise refusal(
                "range",
                f"has a minimum of {self.min} above its maximum of {self.max}",
                "a group can't have more nodes at least than it has at most",
                f"write {{min: {self.max}, max: {self.min}}}",
            )
        return self


def _spelling(value: object) -> str:
    return "range" if isinstance(value, Mapping | NodeRange) else "count"


Nodes = Annotated[Annotated[Count, Tag("count")] | Annotated[NodeRange, Tag("range")], Discriminator(_spelling)]


class HeadSpec(SpecModel):
    """The node that runs the services of the cluster, and no ranks."""

    machine: str | None = Field(default=None, description="machine type", examples=["local"])
    disk: Size | None = Field(default=None, description="size of its own disk", examples=["200 GiB"])


class GroupSpec(SpecModel):
    """Nodes of one machine type. Their names are the group's name and a number: train-1, train-2."""

    name: PartName = Field(description="unique; its nodes are train-1, train-2", examples=["train"])
    machine: str | None = Field(default=None, description="machine type", examples=["local"])
    nodes: Nodes = Field(default=2, description="a fixed number of nodes, or {min: 0, max: 4}", examples=[2])
    disk: Size | None = Field(default=None, description="size of each node's own disk", examples=["200 GiB"])

    @property
    def size(self) -> NodeRange:
        """The number of nodes as a range; a fixed number has its minimum equal to its maximum."""
        return self.nodes if isinstance(self.nodes, NodeRange) else NodeRange(min=self.nodes, max=self.nodes)
