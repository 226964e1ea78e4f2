"""Rules about machines that the cloud takes back."""

from collections.abc import Iterator
from math import ceil

from clusterwright.decide.capacity import bought
from clusterwright.decide.machines import machine_name, machine_of
from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.base import Provider
from clusterwright.spec.findings import Finding
from clusterwright.spec.storage import LustreSpec

NOTICE: dict[Provider, int] = {"aws": 120, "gcp": 30}
"""Seconds between the notice and the end: EC2 user guide, "Spot Instance interruption notices"
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html); Compute Engine, "Spot VMs"
(https://cloud.google.com/compute/docs/instances/spot)."""
BYTES_PER_PARAMETER = 12
"""Weights and Adam's two moments, 4 bytes each: what a checkpoint holds."""


class CheckpointAfterTheEnd(Rule):
    """A spot machine is gone before a checkpoint can be written."""

    code = "CW-CAP-001"
    severity = "warning"
    providers = CLOUDS
    why = (
        "at the notice the job writes a checkpoint, and what is not written when the machine ends is computed again; "
        "the time is the least there is: 12 bytes a parameter at the full speed of network and file system"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        group, job = context.spec.job_group, context.decided_job
        if group is None or job is None or context.job is None or bought(group) != "spot":
            return
        machine = machine_of(context.spec, group)
        if machine is None or machine.network_gbps is None:
            return
        nodes = context.job.nodes or group.size.max
        size = BYTES_PER_PARAMETER * job.parameters
        seconds = ceil(size / _bytes_per_second(context, machine.network_gbps, nodes))
        notice = NOTICE[context.spec.provider]
        if seconds <= notice:
            return
        index = context.spec.groups.index(group)
        what = (
            f"writing a checkpoint of {job.model}, {size / 1e9:,.0f} GB, takes {seconds:,} s or more on "
            f"{nodes} x {machine_name(context.spec, group)}, and the notice is {notice} s"
        )
        hint = "buy the machines otherwise: `capacity: {kind: on_demand}`; or accept it, and have checkpoints often"
        yield self.finding(("groups", index, "capacity"), what, hint)


def _bytes_per_second(context: Context, gbps: float, nodes: int) -> float:
    """What the job's nodes, of `gbps` each, write together at most: to a Lustre where there is one, else to the bucket.

    One rank writes a model that is not shared out, so it is one node's network that counts.
    """
    writers = nodes if context.job and context.job.sharding == "full" else 1
    network = writers * gbps * 1e9 / 8
    rates = [
        storage.throughput * 1e6 * storage.size / 2**40
        for storage in context.spec.storage
        if isinstance(storage, LustreSpec) and storage.throughput
    ]
    return min(network, max(rates)) if rates else network
