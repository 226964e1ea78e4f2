"""What the clouds' own agents send from a machine: its logs, and the load of its processors, memory, disks and GPUs.

JSON, which YAML holds, so nothing has to be quoted by hand. `{node}` is the node's name, which the step that installs
the agent puts in: a run's folder has the logs of all of its nodes, and each node sends its own.
"""

from __future__ import annotations

from typing import Any

from clusterwright.bootstrap.facts import NODE_DIR, cluster_facts
from clusterwright.plan.aws.model import AwsPlan
from clusterwright.plan.cloud import ROLES, Role
from clusterwright.plan.gcp.model import GcpPlan
from clusterwright.plan.model import ClusterPlan, canonical

SYSTEM = ("/var/log/syslog", "/var/log/cloud-init-output.log", "/var/log/slurm/*.log", f"{NODE_DIR}/log/*.log")
SECONDS = 60


def files(plan: ClusterPlan) -> dict[str, str]:
    """telemetry/<role>.json for a cloud's agent; nothing on this machine, whose logs are files that one can read."""
    match plan:
        case AwsPlan():
            return {f"telemetry/{role}.json": canonical(_cloudwatch(plan, role)) for role in ROLES}
        case GcpPlan():
            return {f"telemetry/{role}.json": canonical(_ops_agent(plan, role)) for role in ROLES}
        case _:
            return {}


def _jobs(plan: ClusterPlan) -> str:
    """The logs of all runs that a node of `plan` has written."""
    return f"{cluster_facts(plan)['work']['path']}/*/logs/{{node}}.log"


def _cloudwatch(plan: AwsPlan, role: Role) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html

    The plan makes the log groups `head`, `nodes` and `jobs` and lets machines write streams of these alone. Of the
    files that a wildcard matches the agent sends the newest alone, unless it is to make a stream of each, to whose name
    it adds the file's path (its plugins/inputs/logfile/logfile.go).
    """
    base = f"/clusterwright/{plan.name}"
    logs = [(path, f"{base}/{'head' if role == 'head' else 'nodes'}") for path in SYSTEM]
    logs += [(_jobs(plan), f"{base}/jobs")] if role == "compute" else []
    metrics: dict[str, Any] = {
        "cpu": {"measurement": ["usage_active"], "totalcpu": True},
        "mem": {"measurement": ["used_percent"]},
        "disk": {"measurement": ["used_percent"], "resources": ["/", "/local", "/srv/clusterwright"]},
    }
    if role == "compute":
        metrics["nvidia_gpu"] = {"measurement": ["utilization_gpu", "memory_used", "temperature_gpu", "power_draw"]}
    return {
        "agent": {"metrics_collection_interval": SECONDS, "region": plan.region},
        "logs": {
            "logs_collected": {
                "files": {
                    "collect_list": [
                        {
                            "file_path": path,
                            "log_group_name": group,
                            "log_stream_name": "{instance_id}",
                            "publish_multi_logs": True,
                        }
                        for path, group in logs
                    ]
                }
            }
        },
        "metrics": {
            "namespace": f"Clusterwright/{plan.name}",
            "append_dimensions": {"InstanceId": "${aws:InstanceId}"},
            "metrics_collected": metrics,
        },
    }


def _ops_agent(plan: GcpPlan, role: Role) -> dict[str, Any]:
    """https://docs.cloud.google.com/stackdriver/docs/solutions/agents/ops-agent/configuration

    Its default pipelines send the system's log and load. GPUs are in the load of the host, which asks the driver. What
    DCGM knows besides is left out: the agent reads its versions 3.1 to 3.3.9
    (https://docs.cloud.google.com/monitoring/agent/ops-agent/third-party-nvidia), and nodes have 4. All files that a
    wildcard matches are sent, each line with the path of its file.
    """
    paths = [*SYSTEM[1:], *([_jobs(plan)] if role == "compute" else [])]
    return {
        "logging": {
            "receivers": {"clusterwright": {"type": "files", "include_paths": paths, "record_log_file_path": True}},
            "service": {"pipelines": {"clusterwright": {"receivers": ["clusterwright"]}}},
        },
        "metrics": {"receivers": {"hostmetrics": {"type": "hostmetrics", "collection_interval": f"{SECONDS}s"}}},
    }
