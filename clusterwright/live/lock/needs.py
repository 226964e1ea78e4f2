"""What a spec needs to know of its account, and what of that a lock does not say."""

from collections.abc import Iterator
from dataclasses import dataclass

from clusterwright.catalog.base import CloudMachine
from clusterwright.catalog.machines import machine
from clusterwright.decide.capacity import Kind, bought
from clusterwright.decide.images import image_key
from clusterwright.decide.machines import machine_name
from clusterwright.decide.quotas import Quota, quota
from clusterwright.spec.capacity import CapacityBlock, Reservation
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.lock import Lock


@dataclass(frozen=True)
class Needs:
    """Everything that is asked for, each once and sorted.

    `images` are keys of published images, `own_images` are ids that the spec names. `spot` are the machine types that
    are bought as spot machines, `listed` those that are bought at the list price. `payer`: who pays for the project
    is asked for, as budgets at Google are of that account.
    """

    machines: tuple[str, ...]
    images: tuple[str, ...]
    own_images: tuple[str, ...]
    reservations: tuple[str, ...]
    quotas: tuple[Quota, ...]
    listed: tuple[str, ...]
    spot: tuple[str, ...]
    payer: bool


@dataclass(frozen=True)
class _Use:
    """A machine type in one role."""

    machine: str
    kind: Kind
    image: str | None


def needs(spec: ClusterSpec) -> Needs:
    """What `spec` needs. A machine type that the catalog does not have is asked for too, but for its image."""
    uses = list(_uses(spec))
    rows = [machine(spec.provider, use.machine) for use in uses if use.image is None]
    capacities = [group.capacity for group in spec.groups]
    quotas = {found for use in uses if (found := quota(spec.provider, use.machine, use.kind))}
    return Needs(
        machines=_sorted(use.machine for use in uses),
        images=_sorted(image_key(row) for row in rows if isinstance(row, CloudMachine)),
        own_images=_sorted(use.image for use in uses if use.image),
        reservations=_sorted(one.id for one in capacities if isinstance(one, Reservation | CapacityBlock)),
        quotas=tuple(sorted(quotas)),
        listed=_sorted(use.machine for use in uses if use.kind in ("on_demand", "reservation")),
        spot=_sorted(use.machine for use in uses if use.kind == "spot"),
        payer=spec.provider == "gcp" and spec.budget.limit is not None,
    )


def _uses(spec: ClusterSpec) -> Iterator[_Use]:
    parts: list[HeadSpec | GroupSpec] = [spec.head, *spec.groups]
    for part in parts:
        group = part if isinstance(part, GroupSpec) else None
        names = [machine_name(spec, part), *(group.alternatives if group else ())]
        for name in names:
            yield _Use(name, bought(part), part.image)


def _sorted(values: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def gaps(needed: Needs, lock: Lock) -> list[str]:
    """What the spec needs and the account does not have or did not say, a line each."""
    missing = [
        (f"no zone of {lock.region} offers it", (name for name in needed.machines if not lock.offerings.get(name))),
        ("no image found", (key for key in (*needed.images, *needed.own_images) if key not in lock.images)),
        ("no reservation found", (id for id in needed.reservations if id not in lock.reservations)),
        ("no quota found", (one.key for one in needed.quotas if one.key not in lock.quotas)),
        ("no list price found", (name for name in needed.listed if "on_demand" not in lock.prices.get(name, {}))),
        ("no spot price found", (name for name in needed.spot if "spot" not in lock.prices.get(name, {}))),
        ("no billing account found", ("budget.limit",) if needed.payer and lock.billing is None else ()),
    ]
    return [f"{name}: {what}" for what, names in missing for name in names]
