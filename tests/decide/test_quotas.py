"""Which quota a machine counts to."""

import pytest

from clusterwright.catalog import machines
from clusterwright.decide.capacity import Kind
from clusterwright.decide.quotas import Quota, quota
from clusterwright.spec.base import Provider


@pytest.mark.parametrize(
    ("provider", "machine", "kind", "expected"),
    [
        ("aws", "p5.48xlarge", "on_demand", Quota("L-417A185B", "vCPUs")),
        ("aws", "p5.48xlarge", "reservation", Quota("L-417A185B", "vCPUs")),
        ("aws", "p5.48xlarge", "spot", Quota("L-7212CCBC", "vCPUs")),
        ("aws", "p5.48xlarge", "capacity_block", None),
        ("aws", "gr6.4xlarge", "spot", Quota("L-3819A6DF", "vCPUs")),
        ("aws", "g6.2xlarge", "on_demand", Quota("L-DB2E81BA", "vCPUs")),
        ("aws", "c7i.8xlarge", "on_demand", Quota("L-1216C47A", "vCPUs")),
        ("aws", "trn1.32xlarge", "on_demand", None),
        ("gcp", "g2-standard-8", "on_demand", Quota("NVIDIA_L4_GPUS", "GPUs")),
        ("gcp", "a2-ultragpu-8g", "spot", Quota("PREEMPTIBLE_NVIDIA_A100_80GB_GPUS", "GPUs")),
        ("gcp", "a3-megagpu-8g", "flex_start", Quota("PREEMPTIBLE_NVIDIA_H100_MEGA_GPUS", "GPUs")),
        ("gcp", "a3-megagpu-8g", "reservation", None),
        ("gcp", "n2-standard-2", "on_demand", Quota("N2_CPUS", "vCPUs")),
        ("gcp", "e2-standard-4", "on_demand", Quota("CPUS", "vCPUs")),
        ("gcp", "c4-standard-8", "on_demand", Quota("C4_CPUS", "vCPUs")),
        ("gcp", "c4-standard-8", "spot", None),
        ("local", "local", "on_demand", None),
    ],
)
def test_a_quota_follows_from_machine_and_capacity(
    provider: Provider, machine: str, kind: Kind, expected: Quota | None
) -> None:
    assert quota(provider, machine, kind) == expected


def test_gpus_of_gcp_count_as_gpus_and_all_else_as_vcpus() -> None:
    for name in machines.names("gcp"):
        row, found = machines.machine("gcp", name), quota("gcp", name, "on_demand")
        assert row is not None
        assert found is not None
        assert found.unit == ("GPUs" if row.gpus else "vCPUs"), name
