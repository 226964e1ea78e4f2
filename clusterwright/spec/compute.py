"""The head and the groups of nodes."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from clusterwright.spec.base import PartName, SpecModel, costs, matching, refusal
from clusterwright.spec.capacity import Capacity
from clusterwright.spec.units import Duration, Size, Throughput

MOST_NODES = 10_000

Count = Annotated[int, Field(ge=0, le=MOST_NODES, examples=[2])]
_SIZED = costs("in_place", "the group's limits move: nodes come or go, those that stay go on")

MachineName = Annotated[
    str,
    matching(r"[a-z0-9][a-z0-9.-]*", 40, "machine types are named as their cloud names them", "p5.48xlarge"),
]
ImageId = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9._:/-]*",
        200,
        "an image is named as its cloud names it: an id on AWS, projects/…/images/… on GCP",
        "ami-0123456789abcdef0",
    ),
]
DiskKind = Literal[
    "gp3",
    "io2",
    "pd-standard",
    "pd-balanced",
    "pd-ssd",
    "hyperdisk-balanced",
    "hyperdisk-extreme",
    "hyperdisk-throughput",
    "hyperdisk-ml",
]
Fabric = Literal["none", "efa", "tcpx", "tcpxo", "rdma"]


class NodeRange(SpecModel):
    """A group's least and greatest number of nodes; its scheduler chooses between them."""

    min: Count = Field(description="nodes that are always there", json_schema_extra=_SIZED)
    max: Count = Field(description="nodes that there can be at most", json_schema_extra=_SIZED)

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


class DiskSpec(SpecModel):
    """A disk that a node starts from. What is left out is decided from its size and the machine type."""

    size: Size = Field(
        description="its size",
        examples=["200 GiB"],
        json_schema_extra=costs("rolling", "machines that start from then on have it"),
    )
    kind: DiskKind | None = Field(
        default=None,
        description="the cloud's kind of disk",
        examples=["gp3"],
        json_schema_extra=costs("rolling", "machines that start from then on have it"),
    )
    iops: Annotated[int, Field(ge=1, le=10**6)] | None = Field(
        default=None,
        description="operations a second",
        examples=[3000],
        json_schema_extra=costs("rolling", "machines that start from then on have it"),
    )
    throughput: Throughput | None = Field(
        default=None,
        description="what it moves in a second",
        examples=["250 MB/s"],
        json_schema_extra=costs("rolling", "machines that start from then on have it"),
    )


def _disk_spelling(value: object) -> str:
    return "disk" if isinstance(value, Mapping | DiskSpec) else "size"


Disk = Annotated[Annotated[Size, Tag("size")] | Annotated[DiskSpec, Tag("disk")], Discriminator(_disk_spelling)]


class PlacementSpec(SpecModel):
    """How near to each other a group's machines stand."""

    kind: Literal["none", "cluster"] = Field(
        description="cluster: as near as the cloud can; none: anywhere in the zone",
        examples=["cluster"],
        json_schema_extra=costs("replace", "machines are placed when they start, so the group's are made anew"),
    )
    max_distance: Annotated[int, Field(ge=1, le=3)] | None = Field(
        default=None,
        description="GCP: 1 same rack, 2 neighbouring racks, 3 same cluster",
        examples=[2],
        json_schema_extra=costs("replace", "machines are placed when they start, so the group's are made anew"),
    )


class HeadSpec(SpecModel):
    """The node that runs the services of the cluster, and no ranks."""

    machine: MachineName | None = Field(
        default=None,
        description="machine type",
        examples=["m7i.large"],
        json_schema_extra=costs(
            "in_place", "the head stops and starts as the other type, with its disks and its address; jobs go on"
        ),
    )
    disk: Disk | None = Field(
        default=None,
        description="size of its own disk, or {size: 200 GiB, kind: gp3}",
        examples=["200 GiB"],
        json_schema_extra=costs(
            "in_place", "its size grows where it is; GCP: another kind or rate makes the head anew, with its own disks"
        ),
    )
    image: ImageId | None = Field(
        default=None,
        description="an image of your own in place of the one that the lock names",
        examples=["ami-0123456789abcdef0"],
        json_schema_extra=costs(
            "replace", "the head is made anew; queue, accounting and /home are on disks of their own"
        ),
    )


class GroupSpec(SpecModel):
    """Nodes of one machine type. Their names are the group's name and a number: train-1, train-2."""

    name: PartName = Field(
        description="unique; its nodes are train-1, train-2",
        examples=["train"],
        json_schema_extra=costs("replace", "a group of another name is another group: its machines are made anew"),
    )
    machine: MachineName | None = Field(
        default=None,
        description="machine type",
        examples=["p5.48xlarge"],
        json_schema_extra=costs("replace", "the group's machines are made anew; storage stays"),
    )
    alternatives: Annotated[tuple[MachineName, ...], Field(max_length=20)] = Field(
        default=(),
        description="AWS, groups without GPUs: machine types that serve as well where there are none of the first",
        examples=["[c7a.8xlarge, c6i.8xlarge]"],
        json_schema_extra=costs("in_place", "holds for machines that start from then on"),
    )
    nodes: Nodes = Field(
        default=2, description="a fixed number of nodes, or {min: 0, max: 4}", examples=[2], json_schema_extra=_SIZED
    )
    disk: Disk | None = Field(
        default=None,
        description="size of each node's own disk, or {size: 200 GiB, kind: gp3}",
        examples=["200 GiB"],
        json_schema_extra=costs("rolling", "machines that start from then on have it"),
    )
    image: ImageId | None = Field(
        default=None,
        description="an image of your own in place of the one that the lock names",
        examples=["ami-0123456789abcdef0"],
        json_schema_extra=costs("rolling", "machines that start from then on have it"),
    )
    capacity: Capacity | None = Field(
        default=None,
        description="how its machines are bought",
        examples=["{kind: spot}"],
        json_schema_extra=costs("replace", "new machines are bought the new way; those that run stay until they end"),
    )
    placement: PlacementSpec | None = Field(
        default=None,
        description="how near to each other its machines stand; decided from machine type and capacity",
        examples=["{kind: cluster}"],
        json_schema_extra=costs("replace", "machines are placed when they start, so the group's are made anew"),
    )
    fabric: Fabric | None = Field(
        default=None,
        description="the network between nodes: efa on AWS; tcpx, tcpxo, rdma on GCP; none is Ethernet",
        examples=["efa"],
        json_schema_extra=costs("replace", "interfaces are made with the machine, so the group's are made anew"),
    )
    idle_timeout: Duration | None = Field(
        default=None,
        description="after which a node without work ends, down to the group's minimum",
        examples=["10 min"],
        json_schema_extra=costs("in_place", "the scheduler's settings change"),
    )
    start_timeout: Duration | None = Field(
        default=None,
        description="how long a job waits for all its nodes; after it, those that came are released",
        examples=["30 min"],
        json_schema_extra=costs("in_place", "the scheduler's settings change"),
    )

    @property
    def size(self) -> NodeRange:
        """The number of nodes as a range; a fixed number has its minimum equal to its maximum."""
        return self.nodes if isinstance(self.nodes, NodeRange) else NodeRange(min=self.nodes, max=self.nodes)
