"""What a cluster's machines cost an hour: what the lock says, else the catalog; None where neither knows."""

from clusterwright.catalog.prices import Capacity, Price, price
from clusterwright.decide.capacity import bought
from clusterwright.decide.machines import machine_name
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.lock import Lock


def priced_as(part: HeadSpec | GroupSpec) -> Capacity:
    """The kind of capacity whose price a machine of `part` has: a reservation's costs the list price."""
    kind = bought(part)
    return "on_demand" if kind == "reservation" else kind


def price_of(spec: ClusterSpec, lock: Lock | None, part: HeadSpec | GroupSpec) -> Price | None:
    """The price of one machine of `part`, in the way that it is bought."""
    kind = priced_as(part)
    name = machine_name(spec, part)
    locked = lock.prices.get(name, {}).get(kind) if lock else None
    if locked:
        return Price(usd_per_hour=locked.usd_per_hour, date=locked.date, source=locked.source)
    return price(spec.provider, name, spec.region, kind) if spec.region else None
