"""Steps run in order, are timed, and say why they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.node.converge import StepFailed, converge
from clusterwright.node.report import Report
from tests.node.conftest import Cluster

CHECK = ["true"]


def unpack(cluster: Cluster, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = cluster.place.folder / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return cluster.place.folder / "bundle"


def test_steps_run_in_the_order_of_their_names(cluster: Cluster, node_code: dict[str, bytes]) -> None:
    steps = {f"scripts/{name}.sh": f"echo {name} >>order".encode() for name in ("20-b", "10-a", "common")}
    report = Report(cluster.place)
    converge(cluster.place, unpack(cluster, {**steps, **node_code}), CHECK, report, report.publish)
    assert (cluster.place.folder / "order").read_text() == "10-a\n20-b\n"
    assert [(step["name"], step["state"], step["reason"]) for step in cluster.report()["steps"]] == [
        ("agent", "ok", None),
        ("10-a", "ok", None),
        ("20-b", "ok", None),
    ]


def test_a_failing_step_gives_its_last_words_and_stops_the_rest(cluster: Cluster) -> None:
    steps = {
        "scripts/10-a.sh": b"echo working; echo the disk is full >&2; echo; exit 3",
        "scripts/20-b.sh": b"touch ran",
    }
    report = Report(cluster.place)
    with pytest.raises(StepFailed, match=r"^10-a: the disk is full$") as failure:
        converge(cluster.place, unpack(cluster, steps), CHECK, report, report.publish)
    assert failure.value.log_tail == ["working", "the disk is full", ""]
    assert not (cluster.place.folder / "ran").exists()
    assert [(step["name"], step["state"]) for step in cluster.report()["steps"]][1:] == [("10-a", "failed")]
    assert (cluster.place.log / "10-a.log").read_text().startswith("working")


def test_a_silent_failure_gives_its_exit_code(cluster: Cluster) -> None:
    report = Report(cluster.place)
    with pytest.raises(StepFailed, match="ended with exit code 7"):
        converge(cluster.place, unpack(cluster, {"scripts/10-a.sh": b"exit 7"}), CHECK, report, report.publish)


def test_a_step_that_does_not_end_is_ended_with_its_children(cluster: Cluster) -> None:
    beats: list[int] = []
    report = Report(cluster.place)
    bundle = unpack(cluster, {"scripts/10-a.sh": b"sleep 1000 & sleep 1000"})
    with pytest.raises(StepFailed, match="not done after 0 s"):
        converge(cluster.place, bundle, CHECK, report, lambda: beats.append(1), limit=0)
    assert len(beats) >= 2, "the heart goes on while a step runs"


def test_a_bundle_whose_agent_fails_its_check_is_not_taken(cluster: Cluster) -> None:
    report = Report(cluster.place)
    with pytest.raises(StepFailed, match=r"^agent: it cannot start$"):
        converge(
            cluster.place, unpack(cluster, {}), ["bash", "-c", "echo it cannot start; exit 1"], report, report.publish
        )


def test_each_step_tells_its_phase(cluster: Cluster) -> None:
    phases: list[str] = []
    report = Report(cluster.place)
    names = ("10-folders", "30-mounts", "35-of-another-release", "50-software", "90-join")
    bundle = unpack(cluster, {f"scripts/{name}.sh": b"" for name in names})
    converge(cluster.place, bundle, CHECK, report, lambda: phases.append(report.phase))
    assert list(dict.fromkeys(phases)) == ["bundle", "disks", "mounts", "software", "joining"]


def test_steps_see_their_bundle_and_no_python_path(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    step = b'[ "${PYTHONPATH-none}" = none ] && echo "$CLUSTERWRIGHT_BUNDLE" && exit 1'
    report = Report(cluster.place)
    bundle = unpack(cluster, {"scripts/10-a.sh": step})
    with pytest.raises(StepFailed, match=str(bundle)):
        converge(cluster.place, bundle, CHECK, report, report.publish)
