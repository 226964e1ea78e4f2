"""What the dashboard of a cluster on AWS shows.

The head sends what it measures of the cluster (clusterwright/node/metrics). What machines send, by their CloudWatch
agent, is asked for by a query, which reads 10,000 metrics: a list of them would end at 500
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pulumi

from clusterwright.plan.aws.identity import METRICS
from clusterwright.plan.aws.model import AwsPlan, LustrePlan, NfsPlan

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
"""Of a widget, on a grid 24 wide
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html)."""
LOAD = (
    ("GPU utilisation, %", "nvidia_smi_utilization_gpu", ("MIN", "AVG", "MAX")),
    ("GPU memory used, MB", "nvidia_smi_memory_used", ("AVG", "MAX")),
    ("GPU temperature, °C", "nvidia_smi_temperature_gpu", ("AVG", "MAX")),
    ("GPU power, W", "nvidia_smi_power_draw", ("AVG", "MAX")),
    ("processors busy, %", "cpu_usage_active", ("AVG", "MAX")),
    ("memory used, %", "mem_used_percent", ("AVG", "MAX")),
    ("disks full, %", "disk_used_percent", ("AVG", "MAX")),
)
"""Title, metric and what is asked of it over all machines
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-NVIDIA-GPU.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html)."""
CLUSTER = (
    ("nodes by state", ("nodes_busy", "nodes_idle", "nodes_starting", "nodes_drained", "failed_nodes"), ()),
    ("queue, runs", ("runs_queued", "runs_running"), ()),
    ("spend, USD", ("spend_usd",), ("spend_usd_per_hour",)),
)
FABRIC = (("fabric, bytes a second", ("fabric_received", "fabric_sent"), ()),)
"""Title and the head's metrics, on the left axis and on the right."""
LUSTRE = ("DataReadBytes", "DataWriteBytes")
NFS = ("DataReadIOBytes", "DataWriteIOBytes")


def body(plan: AwsPlan, file_systems: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    """The dashboard as JSON; `file_systems` are ids by the plan's storage."""
    return pulumi.Output.all(**file_systems).apply(lambda ids: json.dumps({"widgets": _widgets(plan, ids)}))


def _widgets(plan: AwsPlan, ids: Mapping[str, str]) -> list[dict[str, Any]]:
    fabric = FABRIC if any(group.fabric != "none" for group in plan.groups) else ()
    properties = [*_machines(plan), *_cluster(plan, (*CLUSTER, *fabric)), _sizes(plan), *_storage(plan, ids)]
    return [
        {
            "type": "metric",
            "x": WIDTH * (number % COLUMNS),
            "y": HEIGHT * (number // COLUMNS),
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {"view": "timeSeries", "region": plan.region, **shown},
        }
        for number, shown in enumerate(properties)
    ]


def _machines(plan: AwsPlan) -> Iterable[dict[str, Any]]:
    for title, metric, kinds in LOAD:
        queries = [
            [
                {
                    "expression": f'SELECT {kind}({metric}) FROM "{METRICS}/{plan.name}"',  # noqa: S608 (names of the plan's)
                    "label": kind.lower(),
                    "id": f"q{n}",
                }
            ]
            for n, kind in enumerate(kinds)
        ]
        yield {"title": title, "metrics": queries}
    for alarm in plan.observability.alarms:
        yield {
            "title": alarm.name,
            "metrics": [[alarm.namespace, alarm.metric, {"stat": alarm.statistic, "period": alarm.period}]],
            "annotations": {"horizontal": [{"label": "alarm", "value": alarm.threshold}]},
        }


def _cluster(plan: AwsPlan, shown: Iterable[tuple[str, Sequence[str], Sequence[str]]]) -> Iterable[dict[str, Any]]:
    for title, left, right in shown:
        sides = [*((metric, "left") for metric in left), *((metric, "right") for metric in right)]
        yield {
            "title": title,
            "metrics": [[f"{METRICS}/{plan.name}", metric, {"yAxis": side}] for metric, side in sides],
            "stat": "Average",
            "period": 60,
        }


def _sizes(plan: AwsPlan) -> dict[str, Any]:
    groups = [group.scaling for group in plan.groups]
    return {
        "title": "nodes",
        "metrics": [
            ["AWS/AutoScaling", metric, "AutoScalingGroupName", group.name, {"stat": "Maximum"}]
            for group in groups
            for metric in group.metrics
        ],
    }


def _storage(plan: AwsPlan, ids: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    for part in plan.storage:
        match part:
            case LustrePlan():
                yield _moved(part.name, "AWS/FSx", LUSTRE, ids[part.name])
            case NfsPlan():
                yield _moved(part.name, "AWS/EFS", NFS, ids[part.name])


def _moved(name: str, namespace: str, metrics: Sequence[str], id: str) -> dict[str, Any]:
    lines = [[namespace, metric, "FileSystemId", id, {"stat": "Sum"}] for metric in metrics]
    return {"title": f"{name}, bytes a minute", "metrics": lines, "period": 60}
