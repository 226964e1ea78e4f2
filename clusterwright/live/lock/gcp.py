"""Reads a GCP project with Google's own clients: what a lock says of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from clusterwright.decide.images import GCP as IMAGES
from clusterwright.live.lock import gcp_prices
from clusterwright.live.lock.failures import failure
from clusterwright.live.lock.gcp_failures import Denied, Missing, reading
from clusterwright.live.lock.needs import Needs
from clusterwright.spec.capacity import Reservation
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import (
    Architecture,
    Lock,
    LockedBilling,
    LockedImage,
    LockedNetwork,
    LockedPrice,
    LockedQuota,
    LockedReservation,
    LockedSubnet,
)
from clusterwright.spec.network import ExistingNetwork
from clusterwright.spec.units import Moment, Size

Ask = Callable[..., Any]
"""Ask(call, **request): the answer of the call that METHODS has under that name. Raises Missing for no such thing."""

_SHARED = {"GPUS": ("GPUS-PER-GPU-FAMILY", "gpu_family"), "CPUS": ("CPUS-PER-VM-FAMILY", "vm_family")}
"""The one quota of all newer families, and the dimension that names the family in it.

Source: https://docs.cloud.google.com/compute/resource-usage; an id spells its metric with dashes.
"""

UNUSABLE = ("OBSOLETE", "DELETED")
"""States of an image that no new disk can be made from; a deprecated one still can."""


def read(
    spec: ClusterSpec, project: str, region: str, needed: Needs, now: datetime, pinned: Lock | None, ask: Ask
) -> Lock:
    """The lock of `spec`. Images that `pinned` names stay, as long as they can still be used.

    Raises ClusterwrightError for whatever keeps the project from being read.
    """
    with reading():
        row = _project(ask, project)
        there = _region(ask, project, region)
        zones = tuple(sorted(_last(url) for url in there.zones))
        existing = spec.network.existing
        return Lock(
            schema=1,
            provider="gcp",
            made=f"{now:%Y-%m-%d}",
            account=project,
            number=_number(row),
            billing=_billing(ask, project) if needed.payer else None,
            region=region,
            zones={zone: zone for zone in zones},
            images=_images(ask, project, needed, pinned),
            reservations=_reservations(ask, spec, project),
            quotas=_quotas(ask, project, there, needed),
            offerings=_offerings(ask, project, zones, needed.machines),
            prices=_prices(ask, region, needed, now),
            network=_network(ask, project, region, existing) if existing else None,
            subnets=_subnets(ask, project, region, existing) if existing else {},
        )


def _project(ask: Ask, project: str) -> Any:
    try:
        return ask("compute.projects.get", project=project)
    except Missing as error:
        why = "the credentials that are used see none of that id"
        hint = "check `project:` in the spec, and who you are: gcloud auth list"
        raise failure(f"there is no project `{project}`", why, hint) from error


def _number(project: Any) -> str | None:
    """The project's number: the default service account is named for it, where there is one."""
    match = re.match(r"(\d+)-compute@", project.default_service_account)
    return match[1] if match else None


def _billing(ask: Ask, project: str) -> LockedBilling | None:
    """Who pays for the project; None where nobody does, and where that may not be seen.

    Whoever may see the project may not therefore see the account's own record, which has its currency.
    """
    try:
        account = ask("resourcemanager.projects.get", name=f"projects/{project}").billing_account_name
    except Denied:
        return None
    if not account:
        return None
    try:
        currency = ask("billing.accounts.get", name=account).currency_code
    except (Denied, Missing):
        currency = None
    return LockedBilling(account=account, currency=currency or None)


def _region(ask: Ask, project: str, region: str) -> Any:
    try:
        return ask("compute.regions.get", project=project, region=region)
    except Missing as error:
        why = "Compute Engine answered that it knows no region of that name"
        raise failure(f"Google Cloud has no region `{region}`", why, "see them: gcloud compute regions list") from error


def _found(ask: Ask, call: str, **request: Any) -> Any | None:
    """The answer, or None where there is no such thing."""
    try:
        return ask(call, **request)
    except Missing:
        return None


def _last(url: str) -> str:
    return url.rsplit("/", 1)[-1]


def _path(name: str, kind: str, project: str) -> tuple[str, str]:
    """Project and name of a resource that a spec names alone, or as projects/PROJECT/…/KIND/NAME."""
    match = re.fullmatch(rf"projects/([^/]+)/(?:.+/)?{kind}/([^/]+)(?:/.*)?", name)
    return (match[1], match[2]) if match else (project, name)


def _offerings(ask: Ask, project: str, zones: tuple[str, ...], machines: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    wanted = " OR ".join(f'(name = "{name}")' for name in machines)
    offered = {
        zone: {row.name for row in ask("compute.machineTypes.list", project=project, zone=zone, filter=wanted)}
        for zone in zones
    }
    return {name: tuple(zone for zone in zones if name in offered[zone]) for name in machines}


def _images(ask: Ask, project: str, needed: Needs, pinned: Lock | None) -> dict[str, LockedImage]:
    """Published images by key, and those that the spec names by what it calls them."""
    found: dict[str, LockedImage] = {}
    for key in needed.images:
        old = _image(ask, pinned.images[key].id, project) if pinned and key in pinned.images else None
        image = old or _newest(ask, key)
        if image:
            found[key] = image
    for id in needed.own_images:
        if image := _image(ask, id, project):
            found[id] = image
    return found


def _newest(ask: Ask, key: str) -> LockedImage | None:
    published = {str(name): image for name, image in IMAGES.items()}[key]
    row = _found(ask, "compute.images.getFromFamily", project=published.project, family=published.family)
    return _locked(row, published.project) if row else None


def _image(ask: Ask, id: str, project: str) -> LockedImage | None:
    owner, name = _path(id, "images", project)
    if name == "family":
        family = _found(ask, "compute.images.getFromFamily", project=owner, family=_last(id))
        return _locked(family, owner) if family else None
    row = _found(ask, "compute.images.get", project=owner, image=name)
    return _locked(row, owner) if row and row.deprecated.state not in UNUSABLE else None


def _locked(row: Any, project: str) -> LockedImage | None:
    """None for an image that does not say its architecture: whether machines can start from it is not known."""
    architectures: dict[str, Architecture] = {"X86_64": "x86_64", "ARM64": "arm64"}
    architecture = architectures.get(row.architecture)
    if architecture is None or not row.disk_size_gb:
        return None
    return LockedImage(
        id=f"projects/{project}/global/images/{row.name}",
        name=row.name,
        architecture=architecture,
        size=Size(row.disk_size_gb * 2**30),  # Google writes GB and means GiB
        created=row.creation_timestamp[:10],
    )


def _reservations(ask: Ask, spec: ClusterSpec, project: str) -> dict[str, LockedReservation]:
    """Reservations are zonal: they are looked for in the cluster's zone."""
    found: dict[str, LockedReservation] = {}
    for group in spec.groups:
        if isinstance(group.capacity, Reservation) and spec.zone:
            owner, name = _path(group.capacity.id, "reservations", project)
            row = _found(ask, "compute.reservations.get", project=owner, zone=spec.zone, reservation=name)
            machine = row and row.specific_reservation.instance_properties.machine_type
            if machine:
                found[group.capacity.id] = _reservation(row, machine)
    return dict(sorted(found.items()))


def _reservation(row: Any, machine: str) -> LockedReservation:
    held = row.specific_reservation
    specific = "specific" if row.specific_reservation_required else "automatic"
    return LockedReservation(
        machine=machine,
        zone=_last(row.zone),
        total=held.count,
        available=held.count - held.in_use_count,
        state=row.status,
        kind="dense" if row.deployment_type == "DENSE" else specific,
        end=Moment.parse(row.delete_at_time) if row.delete_at_time else None,
    )


def _quotas(ask: Ask, project: str, region: Any, needed: Needs) -> dict[str, LockedQuota]:
    """The region's own list has limit and use; newer families are in Cloud Quotas alone, which knows limits only."""
    listed = {row.metric: row for row in region.quotas}
    found: dict[str, LockedQuota] = {}
    for quota in needed.quotas:
        if (row := listed.get(quota.key)) and row.limit >= 0:  # -1 is no limit
            found[quota.key] = LockedQuota(limit=row.limit, used=row.usage, unit=quota.unit)
        elif (limit := _limit(ask, project, region.name, quota.key)) is not None:
            found[quota.key] = LockedQuota(limit=limit, unit=quota.unit)
    return found


def _limit(ask: Ask, project: str, region: str, key: str) -> float | None:
    """The limit of a family's own quota, or else of the family within the one that newer families share."""
    family, _, kind = key.rpartition("_")
    shared, dimension = _SHARED[kind]
    for name, dimensions in ((key.replace("_", "-"), {}), (shared, {dimension: family})):
        info = _found(
            ask,
            "cloudquotas.quotas.get",
            name=f"projects/{project}/locations/global/services/compute.googleapis.com"
            f"/quotaInfos/{name}-per-project-region",
        )
        limits = [
            (len(row.dimensions), row.details.value)
            for row in (info.dimensions_infos if info else ())
            if region in row.applicable_locations and dimensions.items() <= dict(row.dimensions).items()
        ]
        if limits:
            value = max(limits)[1]  # the row that says most of the place holds
            return None if value < 0 else float(value)  # -1 is no limit
    return None


def _prices(ask: Ask, region: str, needed: Needs, now: datetime) -> dict[str, dict[str, LockedPrice]]:
    wanted = {(name, "on_demand") for name in needed.listed} | {(name, "spot") for name in needed.spot}
    recipes = {(name, kind): parts for name, kind in wanted if (parts := gcp_prices.parts(name, kind))}
    if not recipes:
        return {}
    rates = gcp_prices.rates(ask("billing.skus.list", parent=gcp_prices.COMPUTE_ENGINE), region)
    found: dict[str, dict[str, LockedPrice]] = {}
    for (name, kind), parts in sorted(recipes.items()):
        if (usd := gcp_prices.total(parts, rates)) is not None:
            price = LockedPrice(
                usd_per_hour=usd, date=f"{now:%Y-%m-%d}", source="Cloud Billing Catalog, sum of its parts"
            )
            found.setdefault(name, {})[kind] = price
    return found


def _network(ask: Ask, project: str, region: str, existing: ExistingNetwork) -> LockedNetwork | None:
    """A GCP network has no range of its own: its ranges are those of the subnets that the spec names."""
    owner, name = _path(existing.vpc, "networks", project)
    row = _found(ask, "compute.networks.get", project=owner, network=name)
    if row is None:
        return None
    ranges = {subnet.ip_cidr_range for _, subnet in _subnet_rows(ask, project, region, existing)}
    return LockedNetwork(id=existing.vpc, cidrs=tuple(sorted(ranges)), mtu=row.mtu or None)


def _subnet_rows(ask: Ask, project: str, region: str, existing: ExistingNetwork) -> Iterator[tuple[str, Any]]:
    """A shared network's subnets are in its own project."""
    host, _ = _path(existing.vpc, "networks", project)
    for id in existing.subnets:
        owner, name = _path(id, "subnetworks", host)
        row = _found(ask, "compute.subnetworks.get", project=owner, region=region, subnetwork=name)
        if row and row.ip_cidr_range:  # machines have IPv4 addresses, so a subnet for IPv6 alone is none for them
            yield id, row


def _subnets(ask: Ask, project: str, region: str, existing: ExistingNetwork) -> dict[str, LockedSubnet]:
    """Subnets are regional, so no zone is theirs. `vpc` is what the spec calls it where it is that network."""
    wanted = _path(existing.vpc, "networks", project)
    found: dict[str, LockedSubnet] = {}
    for id, row in _subnet_rows(ask, project, region, existing):
        network = row.network[row.network.index("projects/") :]
        same = _path(network, "networks", project) == wanted
        found[id] = LockedSubnet(cidr=row.ip_cidr_range, vpc=existing.vpc if same else network)
    return found
