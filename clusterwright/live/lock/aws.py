"""Reads an AWS account with boto3: what a lock says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from clusterwright.decide.images import AWS as IMAGES
from clusterwright.live.lock import aws_prices
from clusterwright.live.lock.aws_failures import reading
from clusterwright.live.lock.needs import Needs
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import (
    Lock,
    LockedImage,
    LockedNetwork,
    LockedPrice,
    LockedQuota,
    LockedReservation,
    LockedSubnet,
)
from clusterwright.spec.units import Moment, Size

Clients = Callable[[str], Any]
"""Gives the client of a service in the spec's region; that of `pricing` is in the one region that has it."""


def read(spec: ClusterSpec, region: str, needed: Needs, now: datetime, pinned: Lock | None, clients: Clients) -> Lock:
    """The lock of `spec`. Images that `pinned` names stay, as long as the account can still see them.

    Raises ClusterwrightError for whatever keeps the account from being read.
    """
    with reading():
        ec2 = clients("ec2")
        account = clients("sts").get_caller_identity()["Account"]
        zones = _zones(ec2)
        existing = spec.network.existing
        return Lock(
            schema=1,
            provider="aws",
            made=f"{now:%Y-%m-%d}",
            account=account,
            region=region,
            zones=zones,
            images=_images(ec2, clients, needed, pinned),
            reservations=_reservations(ec2, needed.reservations),
            quotas=_quotas(clients, needed),
            offerings=_offerings(ec2, needed.machines),
            prices=_prices(ec2, clients, spec, region, needed, now),
            network=_network(ec2, existing.vpc) if existing else None,
            subnets=_subnets(ec2, existing.subnets) if existing else {},
            trails=_trails(clients) if spec.security.audit else None,
        )


def _pages(client: Any, operation: str, key: str, **wanted: Any) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**wanted):
        yield from page[key]


def _filter(name: str, values: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def _zones(ec2: Any) -> dict[str, str]:
    """The id of each zone of the region; local and wavelength zones have no GPU machines."""
    answer = ec2.describe_availability_zones(Filters=_filter("zone-type", ("availability-zone",)))
    return {zone["ZoneName"]: zone["ZoneId"] for zone in _by(answer["AvailabilityZones"], "ZoneName")}


def _by(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row[key])


def _offerings(ec2: Any, machines: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    rows = _pages(
        ec2,
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=_filter("instance-type", machines),
    )
    found: dict[str, list[str]] = {name: [] for name in machines}
    for row in rows:
        found[row["InstanceType"]].append(row["Location"])
    return {name: tuple(sorted(zones)) for name, zones in found.items()}


def _reservations(ec2: Any, ids: tuple[str, ...]) -> dict[str, LockedReservation]:
    """All are listed, as asking for one that is not there would be an error that says nothing of the others."""
    if not ids:
        return {}
    rows = _pages(ec2, "describe_capacity_reservations", "CapacityReservations")
    found = {row["CapacityReservationId"]: row for row in rows}
    return {id: _reservation(found[id]) for id in ids if id in found}


def _reservation(row: Mapping[str, Any]) -> LockedReservation:
    return LockedReservation(
        machine=row["InstanceType"],
        zone=row["AvailabilityZone"],
        total=row["TotalInstanceCount"],
        available=row.get("AvailableInstanceCount"),
        state=row["State"],
        kind=row.get("ReservationType"),
        start=_moment(row.get("StartDate")),
        end=_moment(row.get("EndDate")),
    )


def _moment(time: datetime | None) -> Moment | None:
    return Moment.parse(time.isoformat()) if time else None


def _images(ec2: Any, clients: Clients, needed: Needs, pinned: Lock | None) -> dict[str, LockedImage]:
    """Published images by key, and those that the spec names by their id."""
    wanted = {key: pinned.images[key].id for key in needed.images if pinned and key in pinned.images}
    known = _described(ec2, {*wanted.values(), *needed.own_images})
    newest = _newest(clients, [key for key in needed.images if wanted.get(key) not in known])
    known |= _described(ec2, set(newest.values()))
    wanted |= newest | {id: id for id in needed.own_images}
    return {key: known[id] for key, id in sorted(wanted.items()) if id in known}


def _newest(clients: Clients, keys: list[str]) -> dict[str, str]:
    """The id of the newest published image of each key; a key that the region does not have is left out."""
    if not keys:
        return {}
    by_name = {image.parameter: key for key, image in IMAGES.items() if key in keys}
    answer = clients("ssm").get_parameters(Names=sorted(by_name))
    return {by_name[row["Name"]]: row["Value"] for row in answer["Parameters"]}


def _described(ec2: Any, ids: set[str]) -> dict[str, LockedImage]:
    if not ids:
        return {}
    rows = _pages(
        ec2, "describe_images", "Images", Filters=_filter("image-id", tuple(sorted(ids))), IncludeDeprecated=True
    )
    return {row["ImageId"]: image for row in rows if (image := _image(row))}


def _image(row: Mapping[str, Any]) -> LockedImage | None:
    """None for an image that no cluster can start from: another architecture, or no root volume of its own."""
    sizes = {disk["DeviceName"]: disk.get("Ebs", {}).get("VolumeSize") for disk in row.get("BlockDeviceMappings", [])}
    size = sizes.get(row.get("RootDeviceName"))
    if row["Architecture"] not in ("x86_64", "arm64") or size is None:
        return None
    return LockedImage(
        id=row["ImageId"],
        name=row["Name"],
        architecture=row["Architecture"],
        size=Size(size * 2**30),
        created=row["CreationDate"][:10],
    )


def _quotas(clients: Clients, needed: Needs) -> dict[str, LockedQuota]:
    client = clients("service-quotas")
    found: dict[str, LockedQuota] = {}
    for quota in needed.quotas:
        try:
            value = client.get_service_quota(ServiceCode="ec2", QuotaCode=quota.key)["Quota"].get("Value")
        except client.exceptions.NoSuchResourceException:
            continue
        if value is not None:
            found[quota.key] = LockedQuota(limit=value, unit=quota.unit)
    return found


def _prices(
    ec2: Any, clients: Clients, spec: ClusterSpec, region: str, needed: Needs, now: datetime
) -> dict[str, dict[str, LockedPrice]]:
    today = f"{now:%Y-%m-%d}"
    prices: dict[str, dict[str, LockedPrice]] = {}
    for name in needed.listed if not region.startswith(aws_prices.APART) else ():
        if (usd := _list_price(clients("pricing"), name, region)) is not None:
            source = "AWS Price List Query API, GetProducts"
            prices.setdefault(name, {})["on_demand"] = LockedPrice(usd_per_hour=usd, date=today, source=source)
    if needed.spot and spec.zone:
        for name, usd in _spot_prices(ec2, needed.spot, spec.zone, now).items():
            source = f"EC2 DescribeSpotPriceHistory, {spec.zone}"
            prices.setdefault(name, {})["spot"] = LockedPrice(usd_per_hour=usd, date=today, source=source)
    return dict(sorted(prices.items()))


def _list_price(pricing: Any, machine: str, region: str) -> float | None:
    """USD per hour for Linux on demand; None unless the list has exactly one price for it."""
    asked = aws_prices.wanted(region, instanceType=machine)
    products = _pages(pricing, "get_products", "PriceList", **asked)
    found = {usd for product in products for usd in aws_prices.hourly(product)}
    return found.pop() if len(found) == 1 else None


def _spot_prices(ec2: Any, machines: tuple[str, ...], zone: str, now: datetime) -> dict[str, float]:
    """USD per hour now: a history that starts now has the price that holds, one row a machine type."""
    rows = _pages(
        ec2,
        "describe_spot_price_history",
        "SpotPriceHistory",
        InstanceTypes=list(machines),
        ProductDescriptions=["Linux/UNIX"],
        AvailabilityZone=zone,
        StartTime=now,
    )
    newest = sorted(rows, key=lambda row: row["Timestamp"])
    return {row["InstanceType"]: float(row["SpotPrice"]) for row in newest}


def _network(ec2: Any, id: str) -> LockedNetwork | None:
    vpcs = list(_pages(ec2, "describe_vpcs", "Vpcs", Filters=_filter("vpc-id", (id,))))
    if not vpcs:
        return None
    support = ec2.describe_vpc_attribute(VpcId=id, Attribute="enableDnsSupport")
    hostnames = ec2.describe_vpc_attribute(VpcId=id, Attribute="enableDnsHostnames")
    held = [one for one in vpcs[0]["CidrBlockAssociationSet"] if one["CidrBlockState"]["State"] == "associated"]
    return LockedNetwork(
        id=id,
        cidrs=tuple(sorted(one["CidrBlock"] for one in held)),
        dns_support=support["EnableDnsSupport"]["Value"],
        dns_hostnames=hostnames["EnableDnsHostnames"]["Value"],
    )


def _subnets(ec2: Any, ids: tuple[str, ...]) -> dict[str, LockedSubnet]:
    rows = _pages(ec2, "describe_subnets", "Subnets", Filters=_filter("subnet-id", ids))
    return {
        row["SubnetId"]: LockedSubnet(
            zone=row["AvailabilityZone"],
            cidr=row["CidrBlock"],
            free=row["AvailableIpAddressCount"],
            vpc=row["VpcId"],
        )
        for row in _by(list(rows), "SubnetId")
        if row.get("CidrBlock")  # machines have IPv4 addresses, so a subnet for IPv6 alone is none for them
    }


def _trails(clients: Clients) -> tuple[str, ...]:
    """The trails that record in the region: those made there, and the shadows of those of several regions or of an
    organization (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html)."""
    answer = clients("cloudtrail").describe_trails(includeShadowTrails=True)
    return tuple(sorted(trail["TrailARN"] for trail in answer["trailList"]))
