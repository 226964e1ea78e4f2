"""Every GPU machine type, whole: its interfaces, networks, packets, disks and how near its machines stand.

Sources: https://docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth, https://docs.cloud.google.com/compute/
docs/accelerator-optimized-machines, and the Slurm blueprints of https://github.com/GoogleCloudPlatform/cluster-toolkit,
examples/machine-learning. The plan is made without the rules, which refuse GPUDirect-TCPX for want of an image.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from clusterwright.catalog import gcp
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.gcp.cluster import plan_cluster
from clusterwright.plan.gcp.model import GcpPlan
from clusterwright.spec.load import parse_spec
from tests.plan.gcp.plans import NOT_IN_A, PLACE, group


@dataclass(frozen=True)
class Family:
    """How machines of a family are laid out. `nodes` is the packet size of the first network, in bytes; `data` are
    further networks with one gVNIC each, `rdma` interfaces in the one RoCE network. Both have packets of 8896 bytes."""

    policy: str
    disk: str = "pd-balanced"
    nodes: int = 8896
    data: int = 0
    rdma: int = 0
    topology: str | None = None
    capacity: str = "on_demand"


PLAIN = Family("compact")
TCPX = Family("workload", nodes=8244, data=4)
TCPXO = Family("workload", nodes=8244, data=8)
ROCE = Family("workload", "hyperdisk-balanced", data=1, rdma=8, capacity="spot")
NVL72 = Family("workload", "hyperdisk-balanced", data=1, rdma=4, topology="1x72", capacity="reservation, id: r")
LOCAL: dict[str, tuple[Family, tuple[int, int] | None]] = {
    **{f"g2-standard-{cpus}": (PLAIN, None) for cpus in (4, 8, 12, 16, 24, 32, 48, 96)},
    **{f"a2-highgpu-{gpus}g": (PLAIN, None) for gpus in (1, 2, 4, 8)},
    "a2-megagpu-16g": (PLAIN, None),
    **{f"a2-ultragpu-{gpus}g": (PLAIN, (gpus, 375)) for gpus in (1, 2, 4, 8)},
    **{f"a3-highgpu-{gpus}g": (Family("compact", capacity="spot"), (2 * gpus, 375)) for gpus in (1, 2, 4)},
    "a3-highgpu-8g": (TCPX, (16, 375)),
    "a3-megagpu-8g": (TCPXO, (16, 375)),
    "a3-ultragpu-8g": (ROCE, (32, 375)),
    "a4-highgpu-8g": (ROCE, (32, 375)),
    "a4x-highgpu-4g": (NVL72, (4, 3000)),
}
"""By the machine type: its family, and number and GB of the disks of its own that every machine has."""


def planned(machine: str, family: Family) -> GcpPlan:
    zone = "us-central1-b" if machine in NOT_IN_A else "us-central1-a"
    text = group(machine, 18 if family.topology else 2, f", capacity: {{kind: {family.capacity}}}")
    return plan_cluster(parse_spec(f"name: a\n{PLACE}zone: {zone}\n{text}").spec, None, Decisions())


def test_every_gpu_machine_type_of_the_catalog_is_here() -> None:
    assert set(LOCAL) == {name for name in gcp.names() if (row := gcp.machine(name)) and row.gpu_count}


@pytest.mark.parametrize("machine", LOCAL)
def test_a_machine_type_has_the_layout_of_its_family(machine: str) -> None:
    family, local = LOCAL[machine]
    plan = planned(machine, family)
    (part,) = plan.groups
    data = [f"a-data-{number}" for number in range(1, family.data + 1)]
    rdma = [f"a-rdma-{number}" for number in range(1, family.rdma + 1)]
    assert [(one.nic_type, one.network, one.subnet) for one in part.instance.interfaces] == [
        ("GVNIC", "a-nodes", "a-nodes"),
        *(("GVNIC", name, name) for name in data),
        *(("MRDMA", "a-rdma", name) for name in rdma),
    ]
    profile = f"{plan.zone}-vpc-roce"
    networks = [("a-nodes", family.nodes, None, ["a-nodes"]), *((name, 8896, None, [name]) for name in data)]
    networks += [("a-rdma", 8896, profile, rdma)] if rdma else []
    assert [
        (one.full_name, one.mtu, one.profile, [subnet.full_name for subnet in one.subnets])
        for one in plan.network.networks
    ] == networks
    assert part.instance.disk.kind == family.disk
    assert (part.scratch and (part.scratch.count, part.scratch.size_gb)) == local
    assert part.scratch is None or not part.scratch.on_request
    assert (part.placement.policy, part.placement.accelerator_topology) == (family.policy, family.topology)
    assert part.instance.scheduling.on_host_maintenance == "TERMINATE"
    assert not [rule for rule in plan.network.firewall if rule.network == "a-rdma"]
