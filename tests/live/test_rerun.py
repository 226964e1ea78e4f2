from __future__ import annotations

import json

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.live.rerun import RunRefused, request_rerun
from clusterwright.live.state import read_snapshot

JOB = "0a1b2c3d4e5f"
NOW = 1_780_000_000.0


def test_asks_for_the_next_run_of_the_current_job(bucket) -> None:
    bucket.deploy()
    bucket.finish(f"{JOB}.9")
    bucket.finish(f"{JOB}.10")
    assert request_rerun(bucket.storage, "local", NOW) == f"{JOB}.11"
    request = json.loads((bucket.root / f"jobs/{JOB}.11/request.json").read_text())
    assert request == {"run": f"{JOB}.11", "job_id": JOB, "bundle": "ab" * 32, "requested": NOW}


@pytest.mark.parametrize("state", ["queued", "running"])
def test_refuses_while_a_run_of_any_job_is_going(bucket, state: str) -> None:
    bucket.deploy()
    bucket.start("ffffffffffff.1")
    bucket.status(state, "ffffffffffff.1")
    with pytest.raises(RunRefused, match=rf"run ffffffffffff.1 is {state}.*\n.*make down") as refused:
        request_rerun(bucket.storage, "local", NOW)
    assert refused.value.exit_code == 1


def test_a_run_with_a_damaged_status_has_failed_and_the_next_can_be_asked_for(bucket) -> None:
    bucket.deploy()
    bucket.start()
    (bucket.root / f"jobs/{JOB}.1/status.json").write_text("{")
    run = read_snapshot(bucket.storage, NOW).run
    assert run is not None
    assert (run.state, run.reason) == (
        "failed",
        f"jobs/{JOB}.1/status.json: not JSON (Expecting property name enclosed in double quotes, line 1)",
    )
    assert request_rerun(bucket.storage, "local", NOW) == f"{JOB}.2"


def test_refuses_when_someone_else_has_just_asked(bucket) -> None:
    bucket.deploy()
    bucket.finish()
    (bucket.root / f"jobs/{JOB}.2").mkdir()
    bucket.status("finished", f"{JOB}.2")
    bucket.request(f"{JOB}.3")
    bucket.status("finished", f"{JOB}.3")

    class Slow(type(bucket.storage)):
        def names(self, folder: str) -> tuple[str, ...]:
            return tuple(name for name in super().names(folder) if name != f"{JOB}.3")

    with pytest.raises(RunRefused, match="by someone else"):
        request_rerun(Slow(bucket.root), "local", NOW)


def test_without_a_job_or_a_bundle_it_says_so(bucket) -> None:
    with pytest.raises(ClusterwrightError, match=r"has no control/current\n.*make up STACK=small"):
        request_rerun(bucket.storage, "small", NOW)
    bucket.deploy(job_id=None)
    with pytest.raises(ClusterwrightError, match="stack small has no job"):
        request_rerun(bucket.storage, "small", NOW)
