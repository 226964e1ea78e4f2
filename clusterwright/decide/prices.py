"""What a cluster's machines cost an hour: what the lock says, else the catalog; None where neither knows."""

from clusterwright.catalog.prices import Price, price
from clusterwright.decide.machines import machine_name
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.lock import Lock


def price_of(spec: ClusterSpec, lock: Lock | None, part: HeadSpec | GroupSpec) -> Price | None:
    """The price of one machine of `part`, in the way that it is bought. A reservation's costs the list price."""
    bought = part.capacity.kind if isinstance(part, GroupSpec) and part.capacity else "on_demand"
    kind = "on_demand" if bought == "reservation" else bought
    name = machine_name(spec, part)
    locked = lock.prices.get(name, {}).get(kind) if lock else None
    if locked:
        return Price(usd_per_hour=locked.usd_per_hour, date=locked.date, source=locked.source)
    return price(spec.provider, name, spec.region, kind) if spec.region else None
