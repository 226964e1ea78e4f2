"""The machine is asked under time limits, and the node is what its bundle and Slurm call it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from clusterwright.node.health.facts import Facts, Mount
from clusterwright.node.health.system import System, Unseen


def test_a_tool_and_all_it_has_started_end_at_the_limit(tmp_path: Path) -> None:
    late = tmp_path / "late"
    began = time.monotonic()
    with pytest.raises(Unseen, match=r"^sh has not answered within 0\.2 s$"):
        System(limit=0.2).run("sh", "-c", '(sleep 1; touch "$1"); true', "sh", str(late))
    assert time.monotonic() - began < 1
    time.sleep(1)
    assert not late.exists()


def test_a_tool_without_words_ends_with_its_code() -> None:
    with pytest.raises(Unseen, match=r"^false ended with exit code 1$"):
        System().run("false")


def test_tools_are_found_where_slurm_gives_no_path() -> None:
    assert System(environment={"HOME": "/"}).run("sh", "-c", "echo $LC_ALL $HOME").split() == ["C.UTF-8", "/"]


@pytest.mark.parametrize(
    "given",
    [{}, {"PATH": ""}, {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"}],
    ids=["Slurm's, which is none", "an empty one", "systemd's own"],
)
def test_efa_s_tools_are_found_on_every_path(given: dict[str, str]) -> None:
    path = System(environment=given).run("sh", "-c", "echo $PATH").strip().split(":")
    assert path[-1] == "/opt/amazon/efa/bin"
    assert "/usr/bin" in path
    assert "" not in path, "the folder that one stands in is no place for tools"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_a_user_who_is_not_there_is_a_failure() -> None:
    with pytest.raises(Unseen, match=r"ls can't be started: .*nobody-of-that-name"):
        System(job_user="nobody-of-that-name").run("ls", as_job_user=True)


def group(**changes: Any) -> dict[str, Any]:
    return {
        "role": "compute",
        "group": "train",
        "machine": "p5.48xlarge",
        "gpus": 8,
        "gpu_kind": "H100 80GB",
        "fabric": "efa",
        "efa_interfaces": 32,
        "lustre_interfaces": 8,
        "scratch": {"count": 8, "mount": "/local"},
        "mounts": [
            {"storage": "data", "path": "/data", "type": "lustre", "options": ["noatime", "flock"]},
            {"storage": "texts", "path": "/texts", "type": "nfs", "options": ["ro", "hard"]},
        ],
        "memory_mib": 1_945_600,
        "actions": [],
        "max_run_s": None,
        **changes,
    }


CLUSTER = {"provider": "aws"}


@pytest.fixture
def bundle(tmp_path: Path) -> dict[str, str]:
    facts = tmp_path / "facts"
    facts.mkdir()
    (facts / "train.json").write_text(json.dumps(group()))
    (facts / "cluster.json").write_text(json.dumps(CLUSTER))
    return {"CLUSTERWRIGHT_BUNDLE": str(tmp_path), "CLUSTERWRIGHT_GROUP": "train"}


def test_a_node_is_what_its_bundle_says(bundle: dict[str, str]) -> None:
    facts = Facts.from_environment({**bundle, "SLURMD_NODENAME": "train-7"})
    assert facts == Facts(
        node="train-7",
        role="compute",
        provider="aws",
        machine="p5.48xlarge",
        gpus=8,
        gpu_kind="H100 80GB",
        fabric="efa",
        efa_interfaces=32,
        lustre_interfaces=8,
        memory_mib=1_945_600,
        mounts=(Mount("/data", True), Mount("/texts", False), Mount("/local", True)),
        folder=Path("/var/lib/clusterwright"),
    )


def test_the_end_of_reserved_capacity_comes_from_the_plan() -> None:
    actions = [{"at": "2026-11-28T10:45:00Z", "action": "drain"}, {"at": "2026-11-28T10:55:00Z", "action": "empty"}]
    facts = Facts.of("train-1", group(actions=actions, max_run_s=86400), CLUSTER, Path("/x"))
    assert (facts.drain_at, facts.runs_for) == (("2026-11-28T10:45:00Z",), 86400)


@pytest.mark.parametrize(
    ("remove", "says"),
    [("train.json", "train.json is missing"), ("cluster.json", "cluster.json is missing")],
)
def test_a_bundle_without_facts_is_refused(bundle: dict[str, str], remove: str, says: str) -> None:
    (Path(bundle["CLUSTERWRIGHT_BUNDLE"]) / "facts" / remove).unlink()
    with pytest.raises(SystemExit, match=says):
        Facts.from_environment(bundle)


def test_facts_that_are_no_json_are_refused(bundle: dict[str, str]) -> None:
    (Path(bundle["CLUSTERWRIGHT_BUNDLE"]) / "facts" / "train.json").write_text("{")
    with pytest.raises(SystemExit, match=r"train\.json is not JSON"):
        Facts.from_environment(bundle)


def test_what_is_missing_of_the_environment_is_named() -> None:
    with pytest.raises(SystemExit, match="CLUSTERWRIGHT_BUNDLE, CLUSTERWRIGHT_GROUP not set"):
        Facts.from_environment({})
