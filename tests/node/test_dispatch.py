"""What the head decides, as a table, and what it writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clusterwright.node import bundle, runs
from clusterwright.node.dispatch import ATTEMPTS, Decision, Dispatcher, Evidence, View, decide
from clusterwright.node.files import write_json
from clusterwright.node.runs import Launch, Run
from tests.node.conftest import Cluster

A, B, NOW, DIGEST = "a" * 12, "b" * 12, 1000.0, "d" * 64
NODES = ("train-1", "train-2")


def launch(job: str = A) -> Launch:
    return Launch(job, "train", 2, NODES, 1, 1)


def run(name: str = f"{A}.1", state: str = "queued", **changes: Any) -> Run:
    job, number = name.split(".")
    values = {"members": NODES, "attempt": 1, "attempt_started": NOW - 60, "phase": "pretrain"}
    values = {**values, **changes} if state == "running" else changes
    return Run(name, job, int(number), DIGEST, requested=float(number), state=state, **values)


def report(**changes: Any) -> dict[str, Any]:
    plain = {"state": "healthy", "heartbeat": NOW, "bundle": DIGEST, "worker": "idle", "run": None, "attempt": None}
    return {**plain, **changes}


def ended(attempt: int = 1) -> dict[str, Any]:
    return report(worker="waiting", run=f"{A}.1", attempt=attempt)


LOST = report(heartbeat=NOW - 20)
BUSY = report(worker="running", run=f"{A}.1", attempt=1)
LEFT = Evidence(phases_left=["pretrain"], progress="p")
NO_USE = {"reason": "no such corpus", "retry": False, "time": NOW}
TRY_AGAIN = {"reason": "out of memory", "retry": True, "time": NOW}


def decisions(
    *found: Run, one: Any = None, two: Any = None, evidence: Evidence = LEFT, declared: str | None = A
) -> list[Decision]:
    reports = {name: value or report() for name, value in zip(NODES, (one, two), strict=True)}
    wanted = launch(declared) if declared else None
    return decide(View(NOW, DIGEST, wanted, launch(), list(found), reports, evidence))


def names(found: list[Decision]) -> list[tuple[str, str]]:
    return [(decision.action, decision.run) for decision in found]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], [("request", f"{A}.1")]),
        ([run()], [("start", f"{A}.1")]),
        ([run(state="finished")], []),
        ([run(state="failed")], []),
        ([run(state="superseded")], [("requeue", f"{A}.1")]),
        ([run(state="finished"), run(f"{A}.2")], [("start", f"{A}.2")]),
        ([run(state="superseded"), run(f"{A}.2", "finished")], []),
        ([run(f"{B}.1", "running")], [("supersede", f"{B}.1"), ("request", f"{A}.1")]),
        (
            [run(f"{B}.1", "running"), run(f"{B}.2")],
            [*(("supersede", f"{B}.{n}") for n in (1, 2)), ("request", f"{A}.1")],
        ),
        ([run(state="superseded"), run(f"{B}.1", "running")], [("supersede", f"{B}.1"), ("requeue", f"{A}.1")]),
        ([run(state="finished"), run(f"{B}.1", "finished")], []),
        # A run of another job that someone asked for by hand, when the declared one is over, is nobody's rival.
        ([run(state="finished"), run(f"{B}.2", "running")], []),
        ([run(state="running"), run(f"{A}.2")], []),
    ],
)
def test_declaring_a_job(found: list[Run], expected: list[tuple[str, str]]) -> None:
    assert names(decisions(*found)) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [((*NODES, "train-3"), [("requeue", f"{A}.1")]), (NODES[:1], [])],
    ids=["smaller", "larger"],
)
def test_a_run_is_started_anew_only_where_its_group_became_smaller(
    members: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert names(decisions(run(state="running", members=members), one=BUSY, two=BUSY)) == expected


def test_without_a_job_nothing_is_asked_for_or_stopped() -> None:
    assert decisions(run(state="running"), declared=None) == []


@pytest.mark.parametrize(
    ("two", "reason"),
    [
        (LOST, "waiting for train-2"),
        (report(state="failed"), "waiting for train-2"),
        (report(state="converging"), "waiting for train-2"),
        (report(bundle="e" * 64), "waiting for train-2 to take the new bundle"),
        (BUSY, "waiting for train-2 to end the run before"),
    ],
)
def test_a_run_starts_only_when_all_its_nodes_are_ready(two: dict[str, Any], reason: str) -> None:
    assert decisions(run(), two=two) == [Decision("note", f"{A}.1", reason)]
    assert decisions(run(reason=reason), two=two) == [], "said once"


@pytest.mark.parametrize(
    ("evidence", "one", "two", "changes", "expected"),
    [
        (Evidence([]), None, None, {}, Decision("finish", f"{A}.1")),
        (Evidence([]), ended(), None, {}, Decision("finish", f"{A}.1")),
        (Evidence(["pretrain"], NO_USE), None, None, {}, Decision("fail", f"{A}.1", "no such corpus", "pretrain")),
        (Evidence(["pretrain"], {**NO_USE, "time": NOW - 99}), BUSY, BUSY, {}, None),
        (LEFT, BUSY, BUSY, {}, None),
        (LEFT, BUSY, None, {}, None),
        (LEFT, BUSY, LOST, {}, Decision("note", f"{A}.1", "train-2 lost", "pretrain")),
        (LEFT, BUSY, ended(attempt=0), {}, None),
        (LEFT, BUSY, ended(), {}, Decision("retry", f"{A}.1", phase="pretrain")),
        (LEFT, BUSY, ended(), {"progress": "p"}, Decision("retry", f"{A}.1", phase="pretrain", stalled=1)),
        (
            LEFT,
            ended(),
            LOST,
            {},
            Decision("note", f"{A}.1", "attempt 1 ended; waiting for train-2", "pretrain"),
        ),
        (
            LEFT,
            BUSY,
            ended(),
            {"progress": "p", "stalled": 1, "attempt_started": NOW - 5},
            Decision("note", f"{A}.1", "attempt 1 ended; trying again in a moment", "pretrain"),
        ),
        (
            Evidence(["pretrain"], TRY_AGAIN, "p"),
            BUSY,
            ended(),
            {"progress": "p", "stalled": ATTEMPTS - 1},
            Decision("fail", f"{A}.1", "5 attempts without progress; the last one: out of memory", "pretrain"),
        ),
        (
            LEFT,
            BUSY,
            ended(),
            {"progress": "earlier", "stalled": ATTEMPTS - 1},
            Decision("retry", f"{A}.1", phase="pretrain"),
        ),
    ],
)
def test_looking_after_a_running_run(
    evidence: Evidence, one: Any, two: Any, changes: dict[str, Any], expected: Decision | None
) -> None:
    found = decisions(run(state="running", **changes), one=one, two=two, evidence=evidence)
    assert found == ([expected] if expected else [])


def deploy(cluster: Cluster, job: str, **config: object) -> str:
    launch = {"job_id": job, "group": "train", "nodes": 1, "node_names": ["train-1"]}
    ranks = {"processes_per_node": 1, "threads_per_process": 2}
    files = {"job/launch.json": {**launch, **ranks}, "job/job.json": {"phases": ["pretrain"], **config}}
    digest = cluster.publish({name: json.dumps(value).encode() for name, value in files.items()})
    bundle.obtain(cluster.place, digest)
    return digest


def test_a_run_is_written_from_its_request_to_its_end(cluster: Cluster) -> None:
    digest, folder = deploy(cluster, A), cluster.place.jobs / f"{A}.1"
    dispatcher = Dispatcher(cluster.place)
    (cluster.bucket / "control" / "plan").write_text("0123\n")
    write_json(cluster.place.report, report(bundle=digest))
    assert names(dispatcher.step(digest, NOW)) == [("request", f"{A}.1")]
    assert names(dispatcher.step(digest, NOW)) == [("start", f"{A}.1")]
    started = runs.read_runs(cluster.place.jobs)[0]
    assert (started.state, started.attempt, started.members, started.ran_with) == ("running", 1, ("train-1",), digest)
    assert json.loads((folder / "job.json").read_text()) == {"phases": ["pretrain"]}
    assert json.loads((folder / "members.json").read_text())["plan"] == "0123"
    write_json(cluster.place.report, report(bundle=digest, worker="idle", run=f"{A}.1", attempt=1))
    assert names(dispatcher.step(digest, NOW + 1)) == [("retry", f"{A}.1")]
    assert runs.read_runs(cluster.place.jobs)[0].attempt == 2
    write_json(folder / "phases" / "pretrain.json", {})
    assert names(dispatcher.step(digest, NOW + 2)) == [("finish", f"{A}.1")]
    assert dispatcher.step(digest, NOW + 3) == []
    assert runs.read_runs(cluster.place.jobs)[0].state == "finished"


def test_a_running_run_whose_job_is_lost_fails_with_the_reason(cluster: Cluster) -> None:
    digest, folder = deploy(cluster, A), cluster.place.jobs / f"{A}.1"
    dispatcher = Dispatcher(cluster.place)
    write_json(cluster.place.report, report(bundle=digest))
    assert names([*dispatcher.step(digest, NOW), *dispatcher.step(digest, NOW)])[-1] == ("start", f"{A}.1")
    (folder / "job.json").unlink()
    assert dispatcher.step(digest, NOW + 1) == [Decision("fail", f"{A}.1", f"{folder / 'job.json'} is missing")]


def test_a_job_that_comes_back_goes_on_as_the_same_run(cluster: Cluster) -> None:
    first = deploy(cluster, A)
    dispatcher = Dispatcher(cluster.place)

    def steps(digest: str, count: int) -> list[tuple[str, str]]:
        write_json(cluster.place.report, report(bundle=digest))
        return [name for _ in range(count) for name in names(dispatcher.step(digest, NOW))]

    assert steps(first, 2) == [("request", f"{A}.1"), ("start", f"{A}.1")]
    second = deploy(cluster, B, seed=2)
    assert steps(second, 2) == [("supersede", f"{A}.1"), ("request", f"{B}.1"), ("start", f"{B}.1")]
    assert steps(first, 2) == [("supersede", f"{B}.1"), ("requeue", f"{A}.1"), ("start", f"{A}.1")]
    found = {run.name: run for run in runs.read_runs(cluster.place.jobs)}
    assert (found[f"{A}.1"].state, found[f"{A}.1"].attempt) == ("running", 2)
    assert found[f"{B}.1"].reason == f"job {A} was declared instead"


def test_a_run_asked_for_again_uses_the_bundle_it_was_asked_for_with(cluster: Cluster) -> None:
    old = deploy(cluster, A)
    runs.request(cluster.place.jobs, f"{A}.2", old, NOW)
    current = deploy(cluster, B)
    runs.request(cluster.place.jobs, f"{B}.1", current, NOW)
    runs.write_status(cluster.place.jobs, runs.read_runs(cluster.place.jobs)[1], state="finished")
    write_json(cluster.place.report, report(bundle=current))
    assert names(Dispatcher(cluster.place).step(current, NOW)) == [("start", f"{A}.2")]
    assert runs.read_runs(cluster.place.jobs)[0].ran_with == old


def test_a_run_of_a_bundle_that_is_gone_fails_with_the_reason(cluster: Cluster) -> None:
    current = deploy(cluster, B)
    runs.request(cluster.place.jobs, f"{B}.1", current, NOW)
    runs.write_status(cluster.place.jobs, runs.read_runs(cluster.place.jobs)[0], state="finished")
    runs.request(cluster.place.jobs, f"{A}.1", "0" * 64, NOW)
    (decision,) = Dispatcher(cluster.place).step(current, NOW)
    assert decision == Decision("fail", f"{A}.1", "its bundle 000000000000 cannot be had or holds no such job")
