"""What the dashboard of a cluster on GCP shows: the head's own metrics, and what the Ops Agent of machines sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from clusterwright.plan.gcp.model import GcpPlan, LustrePlan, NfsPlan

WIDTH, HEIGHT, COLUMNS = 16, 12, 3
"""Of a tile, on a grid 48 wide
(https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#MosaicLayout)."""
LOAD = (
    ("GPU utilisation, %", "agent.googleapis.com/gpu/utilization", None),
    ("GPU memory used, bytes", "agent.googleapis.com/gpu/memory/bytes_used", ("memory_state", "used")),
    ("processors idle, %", "agent.googleapis.com/cpu/utilization", ("cpu_state", "idle")),
    ("memory used, %", "agent.googleapis.com/memory/percent_used", ("state", "used")),
    ("disks full, %", "agent.googleapis.com/disk/percent_used", ("state", "used")),
)
"""Title and metric of machines, and which of the states that it is told for: a mean over all of them says nothing
(https://docs.cloud.google.com/monitoring/api/metrics_opsagent)."""
CLUSTER = (
    ("nodes by state", ("nodes_busy", "nodes_idle", "nodes_starting", "nodes_drained", "failed_nodes")),
    ("queue, runs", ("runs_queued", "runs_running")),
    ("spend, USD", ("spend_usd", "spend_usd_per_hour")),
)
FABRIC = (("fabric, bytes a second", ("fabric_received", "fabric_sent")),)
"""Title and the head's metrics."""
SIZE = "compute.googleapis.com/instance_group/size"
NFS = ("file.googleapis.com/nfs/server/read_bytes_count", "file.googleapis.com/nfs/server/write_bytes_count")
"""Of Filestore (https://docs.cloud.google.com/filestore/docs/monitoring-instances)."""
INSTANCE = "lustre.googleapis.com/Instance"
LUSTRE = ("lustre.googleapis.com/instance/read_bytes_total", "lustre.googleapis.com/instance/write_bytes_total")
"""Of Managed Lustre, for each of its targets (https://docs.cloud.google.com/managed-lustre/docs/monitoring)."""
PERIOD = "60s"


def body(plan: GcpPlan) -> str:
    """The dashboard as JSON. A line is told by the cluster's label or by names that only its things have."""
    tiles = [
        {
            "xPos": WIDTH * (number % COLUMNS),
            "yPos": HEIGHT * (number // COLUMNS),
            "width": WIDTH,
            "height": HEIGHT,
            "widget": {"title": title, "xyChart": {"dataSets": lines}},
        }
        for number, (title, lines) in enumerate(_tiles(plan))
    ]
    return json.dumps({"displayName": plan.observability.dashboard, "mosaicLayout": {"columns": 48, "tiles": tiles}})


def _tiles(plan: GcpPlan) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    machines = f'metadata.user_labels."clusterwright-cluster"="{plan.name}"'
    for title, metric, state in LOAD:
        only = f'{machines} AND metric.labels.{state[0]}="{state[1]}"' if state else machines
        lines = [
            _line(metric, "gce_instance", only, reducer=f"REDUCE_{of.upper()}", legend=of)
            for of in ("min", "mean", "max")
        ]
        yield title, lines
    for alarm in plan.observability.alarms:
        key, value = alarm.label
        yield alarm.name, [_line(alarm.metric, alarm.resource, f'metric.labels.{key}="{value}"')]
    fabric = FABRIC if any(group.fabric != "none" for group in plan.groups) else ()
    for title, metrics in (*CLUSTER, *fabric):
        yield title, [_own(plan, metric) for metric in metrics]
    yield (
        "nodes",
        [
            _line(
                SIZE, "instance_group", f'resource.labels.instance_group_name="{group.manager.name}"', legend=group.name
            )
            for group in plan.groups
        ],
    )
    for part in plan.storage:
        title = f"{part.name}, bytes a second"
        match part:
            case NfsPlan():
                only = f'resource.labels.instance_name="{part.full_name}"'
                yield title, [_line(metric, "filestore_instance", only, aligner="ALIGN_RATE") for metric in NFS]
            case LustrePlan():
                only = f'resource.labels.instance_id="{part.full_name}"'
                lines = (_line(metric, INSTANCE, only, aligner="ALIGN_RATE", reducer="REDUCE_SUM") for metric in LUSTRE)
                yield title, [*lines]


def _own(plan: GcpPlan, metric: str) -> dict[str, Any]:
    return _line(
        f"custom.googleapis.com/clusterwright/{metric}", "gce_instance", f'metric.labels.cluster="{plan.name}"'
    )


def _line(
    metric: str,
    resource: str,
    only: str,
    *,
    aligner: str = "ALIGN_MEAN",
    reducer: str | None = None,
    legend: str | None = None,
) -> dict[str, Any]:
    aggregation = {"alignmentPeriod": PERIOD, "perSeriesAligner": aligner}
    aggregation |= {"crossSeriesReducer": reducer} if reducer else {}
    return {
        "plotType": "LINE",
        "legendTemplate": legend or metric.rsplit("/", 1)[-1],
        "timeSeriesQuery": {
            "timeSeriesFilter": {
                "filter": f'metric.type="{metric}" AND resource.type="{resource}" AND {only}',
                "aggregation": aggregation,
            }
        },
    }
