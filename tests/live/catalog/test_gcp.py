"""Compute Engine's machine types and prices, in the types of Google's own clients."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import billing_v1, compute_v1
from google.type import money_pb2

from clusterwright.catalog import gcp as catalog
from clusterwright.catalog.machines import check
from clusterwright.live.catalog import gcp


class Project:
    """Answers each call by its name; a machine type is in the first zone unless it is also in the second."""

    def __init__(self, *machines: compute_v1.MachineType, skus: tuple[billing_v1.Sku, ...] = ()) -> None:
        self.machines, self.skus = machines, skus
        self.zones: list[str] = []

    def __call__(self, call: str, **request: Any) -> Any:
        if call == "compute.regions.get":
            assert request == {"project": "mine", "region": "us-central1"}
            urls = [f"https://www.googleapis.com/compute/v1/projects/mine/zones/us-central1-{zone}" for zone in "ab"]
            return compute_v1.Region(name="us-central1", zones=urls)
        if call == "compute.machineTypes.list":
            self.zones.append(request["zone"])
            return list(self.machines) if request["zone"] == "us-central1-b" else []
        assert (call, request) == ("billing.skus.list", {"parent": "services/6F81-5844-456A"})
        return list(self.skus)


def machine_type(name: str, **changed: Any) -> compute_v1.MachineType:
    """The machine type as the catalog has it, but for `changed`."""
    row = catalog.row(name)
    facts: dict[str, Any] = {"guest_cpus": row.vcpus, "memory_mb": row.memory_mib}
    facts["architecture"] = row.architecture.upper()
    if row.gpus:
        gpus = compute_v1.Accelerators(guest_accelerator_type=row.accelerator, guest_accelerator_count=row.gpus.count)
        facts["accelerators"] = [gpus]
    return compute_v1.MachineType(name=name, **{**facts, **changed})


@pytest.mark.parametrize("name", catalog.names())
def test_what_google_says_as_the_catalog_has_it_is_no_change(name: str) -> None:
    rows, left_out = gcp.machines(Project(machine_type(name)), "mine", "us-central1")
    assert left_out == []
    assert {name: check("gcp", row) for name, row in rows.items()} == {name: catalog.row(name)}


def test_all_zones_of_the_region_are_asked() -> None:
    project = Project()
    gcp.machines(project, "mine", "us-central1")
    assert project.zones == ["us-central1-a", "us-central1-b"]


def test_what_google_says_otherwise_takes_the_place_of_what_was_known() -> None:
    rows, _ = gcp.machines(Project(machine_type("a2-highgpu-1g", memory_mb=90112)), "mine", "us-central1")
    row = check("gcp", rows["a2-highgpu-1g"])
    assert row == catalog.row("a2-highgpu-1g").model_copy(update={"memory_mib": 90112})


def test_a_new_type_with_gpus_is_left_to_a_person_and_one_without_is_not_told() -> None:
    new = compute_v1.MachineType(
        name="a9-highgpu-8g", accelerators=[compute_v1.Accelerators(guest_accelerator_count=8)]
    )
    rows, left_out = gcp.machines(Project(new, compute_v1.MachineType(name="f1-micro")), "mine", "us-central1")
    assert rows == {}
    assert left_out == ["a9-highgpu-8g: it has GPUs, but which networks it needs is not answered: add its row by hand"]


def sku(description: str, usd: float, unit: str = "h") -> billing_v1.Sku:
    price = money_pb2.Money(currency_code="USD", units=int(usd), nanos=round(usd % 1 * 10**9))
    rates = [billing_v1.PricingExpression.TierRate(unit_price=price)]
    expression = billing_v1.PricingExpression(usage_unit=unit, tiered_rates=rates)
    return billing_v1.Sku(
        description=f"{description} running in Americas",
        service_regions=["us-central1"],
        pricing_info=[billing_v1.PricingInfo(pricing_expression=expression)],
    )


def test_a_price_is_the_sum_of_its_parts_and_what_lacks_a_part_has_none() -> None:
    skus = (sku("G2 Instance Core", 0.02), sku("G2 Instance Ram", 0.003, "GiBy.h"), sku("Nvidia L4 GPU", 0.5))
    found, left_out = gcp.prices(Project(skus=skus), "us-central1")
    assert found["g2-standard-4"] == pytest.approx(4 * 0.02 + 16 * 0.003 + 0.5)
    assert "a3-highgpu-8g" not in found
    (line,) = left_out
    assert line.startswith("no price of a2-highgpu-1g, ")
