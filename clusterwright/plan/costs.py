"""What a planned cluster costs: while it stands, for each node that runs, and by use.

The plan itself has the prices of machines. What is no machine is counted here, from the plan's own sizes and the
catalog's list prices, so that one asks for it where money is shown and the plan does not change with a price.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from clusterwright.catalog.services import ServicePrice, Unit, service_price
from clusterwright.plan.cloud import CloudGroupPlan, CloudHeadPlan, CloudPlan, DiskPlan, PricePlan

Kind = Literal["standing", "node", "use"]
INCLUDED = {"gp3": (3000, 125), "hyperdisk-balanced": (3000, 140)}
"""The IOPS and the throughput (MB/s) that a kind of disk has for the price of its size; none of the others has any
(https://aws.eu/ebs/pricing, https://docs.cloud.google.com/compute/docs/disks/hd-types/hyperdisk-balanced)."""


@dataclass(frozen=True)
class Cost:
    """One thing that is billed: `amount` of `unit`, at `price` for each; a price of None is not known.

    `standing` costs are those of each hour from deployment to destruction, whether nodes run or not. `node` costs are
    those of each hour of one node of `group`. Of what is counted by `use` the amount is nobody's to plan, hence None.
    What is `kept` costs on when the cluster is destroyed.
    """

    kind: Kind
    what: str
    amount: Decimal | None
    unit: Unit
    price: ServicePrice | None
    kept: bool = False
    group: str | None = None

    @property
    def usd_per_hour(self) -> Decimal | None:
        """USD an hour; None where the price is not known, and of what is counted by use."""
        if self.amount is None or self.price is None or self.price.usd_per_hour is None:
            return None
        return self.amount * self.price.usd_per_hour

    @property
    def rate(self) -> str:
        """The price of a unit, in words: `0.21 USD a GB-month`."""
        if self.price is None:
            return "price unknown"
        if not self.price.usd:
            return "free"
        of = f"for {self.unit}" if self.unit[0].isdigit() else f"{'an' if self.unit == 'hour' else 'a'} {self.unit}"
        return f"{self.price.usd:f} USD {of}"


@dataclass(frozen=True)
class Total:
    """A sum of prices in USD an hour, of those that are known; with `unknown`, what is missing, it is a least."""

    usd_per_hour: Decimal
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        if self.unknown and not self.usd_per_hour:
            return "unknown"
        least = "at least " if self.unknown else ""
        return f"{least}{self.usd_per_hour:,.2f} USD an hour"


def costs(plan: CloudPlan) -> tuple[Cost, ...]:
    """Everything of `plan` that is billed and is no machine, in the order of the plan's parts."""
    return importlib.import_module(f"clusterwright.plan.{plan.provider}.costs").costs(plan)


def standing(plan: CloudPlan) -> Total:
    """What the cluster costs while it stands and no node runs: its head, and all that is no machine."""
    return total(plan, {})


def total(plan: CloudPlan, nodes: Mapping[str, int]) -> Total:
    """What the cluster costs an hour with so many nodes of each group, by its name, but for what is counted by use."""
    return _sum((*_machines(plan, nodes), *_others(plan, nodes)))


def besides(plan: CloudPlan, nodes: Mapping[str, int]) -> Total:
    """What is no machine costs an hour with so many nodes of each group, but for what is counted by use."""
    return _sum(_others(plan, nodes))


Priced = tuple[str, int, Decimal | None]
"""What it is, how many there are, and what one costs in USD an hour."""


def _sum(parts: Iterable[Priced]) -> Total:
    known, unknown = Decimal(0), []
    for what, count, price in parts:
        if price is None:
            unknown.append(what)
        else:
            known += count * price
    return Total(known, tuple(dict.fromkeys(unknown)))


def _others(plan: CloudPlan, nodes: Mapping[str, int]) -> Iterator[Priced]:
    for cost in costs(plan):
        count = 1 if cost.kind == "standing" else nodes.get(cost.group or "", 0) if cost.kind == "node" else 0
        if count:
            yield cost.what, count, cost.usd_per_hour


def _machines(plan: CloudPlan, nodes: Mapping[str, int]) -> Iterator[Priced]:
    if isinstance(plan.head, CloudHeadPlan):
        yield f"head, {plan.head.machine}", 1, _hourly(plan.head.price)
    for group in plan.groups:
        if isinstance(group, CloudGroupPlan) and nodes.get(group.name, 0):
            yield f"{group.machine} of {group.name}", nodes[group.name], _hourly(group.price)


def _hourly(price: PricePlan | None) -> Decimal | None:
    return None if price is None else Decimal(str(price.usd_per_hour))


@dataclass(frozen=True)
class Meter:
    """Makes the costs of one cluster, with the prices of its cloud and region."""

    provider: str
    region: str

    def standing(self, what: str, item: str, unit: Unit, amount: float = 1, kept: bool = False) -> Cost:
        """So much of `item`, for as long as the cluster stands."""
        return Cost("standing", what, Decimal(amount), unit, self._price(item, unit), kept)

    def node(self, what: str, item: str, unit: Unit, amount: float, group: str) -> Cost:
        """So much of `item`, for as long as a node of `group` runs."""
        return Cost("node", what, Decimal(amount), unit, self._price(item, unit), group=group)

    def use(self, what: str, item: str, unit: Unit, kept: bool = False) -> Cost:
        """As much of `item` as is used."""
        return Cost("use", what, None, unit, self._price(item, unit), kept)

    def disk(self, what: str, disk: DiskPlan, kept: bool = False, group: str | None = None) -> Iterator[Cost]:
        """A disk that stands, or that each node of `group` has: its size, and what its speed costs on top."""
        iops, throughput = INCLUDED.get(disk.kind, (0, 0))
        parts: tuple[tuple[str, Unit, int], ...] = (
            (what, "GB-month", disk.size_gib),
            (f"IOPS of {what}", "IOPS-month", max(0, (disk.iops or 0) - iops)),
            (f"throughput of {what}", "MB/s-month", max(0, (disk.throughput_mbps or 0) - throughput)),
        )
        for part, unit, amount in parts:
            if amount and group:
                yield self.node(part, disk.kind, unit, amount, group)
            elif amount:
                yield self.standing(part, disk.kind, unit, amount, kept)

    def bucket(self, what: str, held: Unit, kept: bool) -> Iterator[Cost]:
        """A bucket: what it holds, billed by the unit `held`, and the requests for it."""
        yield self.use(f"what {what} holds", "bucket", held, kept)
        yield self.use(f"writes to {what}", "bucket_write", "1,000 requests")
        yield self.use(f"reads of {what}", "bucket_read", "1,000 requests")

    def security(self, key: Literal["cluster", "given", "provider"], kept: bool) -> Iterator[Cost]:
        """A key of the cluster's own, what is asked of any that is not the provider's, and the cluster's secret."""
        if key == "cluster":
            yield self.standing("key", "key", "month", kept=kept)
        if key != "provider":
            yield self.use("requests for the key", "key", "10,000 requests")
        yield self.standing("secret", "secret", "month")
        yield self.use("requests for secrets", "secret", "10,000 requests")

    def _price(self, item: str, unit: Unit) -> ServicePrice | None:
        return service_price(self.provider, self.region, item, unit)
