"""What the clouds' agents send from a machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clusterwright.bootstrap.telemetry import files
from clusterwright.node.metrics import UNITS
from clusterwright.plan.cloud import CloudPlan
from clusterwright.plan.costs import costs
from tests.plans import example_plan

WORK = {
    "bert-large-aws": "/scratch/clusterwright/bert-large",
    "bert-large-gcp": "/scratch/clusterwright/bert-large",
    "bert-base-aws": "/home/clusterwright/bert-base",
    "bert-base-gcp": "/home/clusterwright/bert-base",
}


def settings(stack: str, role: str) -> dict[str, Any]:
    return json.loads(files(example_plan(stack))[f"telemetry/{role}.json"])


def collected(stack: str, role: str) -> list[dict[str, Any]]:
    return settings(stack, role)["logs"]["logs_collected"]["files"]["collect_list"]


def included(stack: str, role: str) -> dict[str, Any]:
    return settings(stack, role)["logging"]["receivers"]["clusterwright"]


@pytest.mark.parametrize("stack", [name for name in WORK if name.endswith("aws")])
def test_the_logs_of_jobs_are_sent_from_where_runs_write_them(stack: str) -> None:
    (jobs,) = (one for one in collected(stack, "compute") if one["log_group_name"].endswith("/jobs"))
    assert jobs["file_path"] == f"{WORK[stack]}/*/logs/{{node}}.log"


@pytest.mark.parametrize("stack", [name for name in WORK if name.endswith("gcp")])
def test_google_s_agent_sends_the_logs_of_jobs_too(stack: str) -> None:
    assert included(stack, "compute")["include_paths"][-1] == f"{WORK[stack]}/*/logs/{{node}}.log"


def test_a_file_that_is_not_the_newest_of_its_folder_is_sent_as_well() -> None:
    assert all(one["publish_multi_logs"] for one in collected("bert-large-aws", "compute"))
    assert included("bert-large-gcp", "compute")["record_log_file_path"], "else nobody knows which file a line is from"


@pytest.mark.parametrize("stack", WORK)
def test_the_head_writes_no_logs_of_jobs(stack: str) -> None:
    assert "/logs/" not in json.dumps(settings(stack, "head"))


def test_nothing_is_sent_from_this_machine() -> None:
    assert files(example_plan("local-machines")) == {}


@pytest.mark.parametrize("stack", [name for name in WORK if name.endswith("aws")])
def test_the_plan_s_costs_count_each_metric_that_the_agent_sends(stack: str) -> None:
    plan = example_plan(stack)
    assert isinstance(plan, CloudPlan)
    counted = {cost.what: cost.amount for cost in costs(plan)}
    head, node = (settings(stack, role)["metrics"]["metrics_collected"] for role in ("head", "compute"))
    system = sum(len(head[part]["measurement"]) for part in ("cpu", "mem"))
    assert head["disk"]["resources"] == ["/", "/local", "/srv/clusterwright"]
    assert counted["metrics of the head"] == len(UNITS) + system + 2  # the head has no disks of its own
    for group in plan.groups:
        disks = 1 + (getattr(group, "scratch", None) is not None)
        gpus = group.gpus * len(node["nvidia_gpu"]["measurement"])
        assert counted[f"metrics of a node of {group.name}"] == system + disks + gpus
