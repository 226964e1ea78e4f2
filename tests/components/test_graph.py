"""The resource graph of a stack is had as JSON, the same each time, without an account and without an engine."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clusterwright.plan.model import ClusterPlan
from components.graph import PROJECT, graph, main
from tests.components.aws.clusters import BUNDLE, planned
from tests.components.gcp.clusters import planned as planned_gcp
from tests.plans import make_plan

BEFORE, AFTER = datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 12, 6, tzinfo=UTC)


def test_a_node_says_what_it_is_made_of_and_what_it_waits_for() -> None:
    nodes = {(node["type"], node["name"]): node for node in graph(planned("bert-large-aws"), BUNDLE)}
    group = nodes["aws:autoscaling/group:Group", "bert-large-compute-train"]
    assert group["parent"].endswith("clusterwright:index:AwsCompute::bert-large-compute")
    compute = "clusterwright:index:AwsCompute"
    assert group["urn"].split("::")[2:] == [f"{compute}$aws:autoscaling/group:Group", "bert-large-compute-train"]
    assert group["inputs"]["maxSize"] == 8
    assert isinstance(group["inputs"]["maxSize"], int)
    urns = {node["urn"] for node in nodes.values()}
    assert nodes["aws:ec2/instance:Instance", "bert-large-compute-head"]["urn"] in group["dependencies"]
    for node in nodes.values():
        assert {*node["dependencies"]} <= urns
    bucket = nodes["aws:s3/bucket:Bucket", "bert-large-storage-data"]
    assert (bucket["protect"], bucket["retain"]) == (True, True)
    assert (group["protect"], group["retain"]) == (False, False)


def test_a_graph_is_the_same_each_time_it_is_made_for_the_same_plan() -> None:
    first, second = (graph(planned("bert-base-aws"), BUNDLE) for _ in range(2))
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert [node["urn"] for node in first] == sorted(node["urn"] for node in first)


def test_a_file_that_the_engine_reads_is_told_by_its_bytes_and_not_by_whose_cache_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    [bundle] = [
        node for node in graph(planned_gcp("bert-base-gcp"), BUNDLE) if node["name"] == "bert-base-storage-bundle"
    ]
    assert bundle["inputs"]["source"] == hashlib.sha256(b"").hexdigest()
    assert (tmp_path / "clusterwright" / "assets" / bundle["inputs"]["source"]).read_bytes() == b""


def test_a_graph_is_of_a_moment() -> None:
    before, after = (
        {node["name"] for node in graph(planned("bert-large-aws").as_of(moment), BUNDLE)} for moment in (BEFORE, AFTER)
    )
    assert before - after == {"bert-large-compute-train-fill", "bert-large-compute-train-empty"}


def test_a_stack_is_told_by_its_name_or_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["local"]) == 0
    named = json.loads(capsys.readouterr().out)
    spec = tmp_path / "other.yaml"
    spec.write_text("name: local\nprovider: local\n")
    assert main([str(spec)]) == 0
    assert {node["name"] for node in json.loads(capsys.readouterr().out)} == {node["name"] for node in named}


@pytest.mark.slow
@pytest.mark.parametrize("module", ["components.graph", "components.rights"])
def test_a_reader_that_has_seen_enough_ends_it_quietly(module: str) -> None:
    command = [sys.executable, "-m", module, "bert-base-aws"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_spec_that_can_t_be_read_is_told_as_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-stack"]) == 2
    assert "there is no such file" in capsys.readouterr().err


def told(plans: list[ClusterPlan], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """What --many says of plans."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{plan.model_dump_json()}\n" for plan in plans)))
    assert main(["--many", "--at", "2026-11-24T00:00Z"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_many_graphs_are_had_from_plans_and_say_what_refers_to_what(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = told([planned("bert-base-aws"), planned_gcp("bert-base-gcp")], monkeypatch, capsys)
    nodes = {(node["type"], node["name"]): node for node in first["graph"]}
    group = nodes["aws:autoscaling/group:Group", "bert-base-compute-train"]
    template = "<aws:ec2/launchTemplate:LaunchTemplate bert-base-compute-train>"
    assert group["inputs"]["launchTemplate"]["id"] == f"{template}-id"
    assert group["ignored"] == ["desiredCapacity"]
    assert {node["type"] for node in second["graph"]} >= {"gcp:compute/instance:Instance"}


def test_a_cloud_whose_sdk_is_not_installed_has_no_graph_and_others_have_theirs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("components.aws")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pulumi_aws", None)
    without, local = told([planned("bert-base-aws"), make_plan()], monkeypatch, capsys)
    assert without == {"missing": "the Python package pulumi-aws is not installed"}
    assert "graph" in local


def test_the_code_of_a_job_may_be_missing_where_a_graph_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = make_plan()
    assert plan.job
    job = plan.job.model_copy(update={"source": "no/such/folder", "command": ("train.py",)})
    [one] = told([plan.model_copy(update={"job": job})], monkeypatch, capsys)
    assert "graph" in one
