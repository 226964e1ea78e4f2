"""AWS machine types, from aws.json: what EC2's DescribeInstanceTypes says of each, in the words of this project.

The file is written by `python -m tools.catalog_aws`; a test holds every field against EC2's own answer.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from clusterwright.catalog.rows import FOLDER, Row

UsageClass = Literal["on-demand", "spot", "capacity-block"]
InterfaceType = Literal["interface", "efa", "efa-only"]


class Gpus(Row):
    """The GPUs of one machine. `count` is of whole ones: a machine with a `share` of a GPU below 1 has count 0."""

    kind: str
    count: int
    memory_mib: int
    share: float = 1.0


class NetworkCards(Row):
    """`count` network cards of one kind, numbered from `first`: how many interfaces each holds, and of which types."""

    first: int
    count: int
    interfaces: int
    types: tuple[InterfaceType, ...]


class LocalDisks(Row):
    """NVMe disks that come with the machine and are wiped when it stops; `size_gb` is of each, in 10^9 bytes."""

    count: int
    size_gb: int


class AwsMachine(Row):
    """An EC2 instance type.

    `network_gbps` is what the whole machine can send at most (`network_burst`: for a while only), in Gbit/s. It is not
    the sum over the cards: those of p6-b200 would sum to half, and those of g6e.48xlarge to four times of it.
    `efa_interfaces` is the most that can be attached, 0 where there is no EFA. `ebs_mbps` is the baseline, in Mbit/s.
    """

    vcpus: int
    threads_per_core: int
    memory_mib: int
    architecture: Literal["x86_64", "arm64"]
    gpus: Gpus | None = None
    network_gbps: float
    network_burst: bool = False
    cards: tuple[NetworkCards, ...]
    efa_interfaces: int = 0
    local_disks: LocalDisks | None = None
    ebs_mbps: int
    placement: tuple[Literal["cluster", "partition", "spread"], ...]
    usage: tuple[UsageClass, ...]

    @property
    def efa_on_card_0(self) -> bool:
        """Whether the card that carries IP has EFA too; where it has not, the EFA cards follow it."""
        return "efa-only" in self.cards[0].types


class Provenance(Row):
    """Where all rows of the file come from, and when they were read (YYYY-MM-DD)."""

    source: str
    date: str


@cache
def _file() -> Mapping[str, Any]:
    return json.loads((FOLDER / "aws.json").read_text(encoding="utf-8"))


def provenance() -> Provenance:
    return Provenance(source=_file()["source"], date=_file()["date"])


def names() -> tuple[str, ...]:
    """The names of all AWS machine types that the catalog has, sorted."""
    return tuple(_file()["machines"])


@cache
def machine(name: str) -> AwsMachine | None:
    """The machine type of that name, or None. One row is checked at a time, so a spec pays for what it uses."""
    row = _file()["machines"].get(name)
    return None if row is None else AwsMachine.model_validate_json(json.dumps(row))
