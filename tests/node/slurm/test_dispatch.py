"""What the head decides about runs under Slurm, as tables."""

from __future__ import annotations

from typing import Any

import pytest

from clusterwright.node.runs import Run
from clusterwright.node.slurm.commands import Job
from clusterwright.node.slurm.dispatch import ATTEMPTS, STOP_TIME, Decision, Look, Stop, View, decide
from clusterwright.node.slurm.runs import Evidence, Launch, Tracks
from tests.node.slurm.fakes import job

A, B, NOW, DIGEST = "a" * 12, "b" * 12, 1000.0, "d" * 64
NAME, PHASE = f"{A}.1", "pretrain"
LEFT = Evidence(phases_left=[PHASE, "finetune"], progress="p")
SUBMITTED = Tracks({PHASE: 7})
STARTED = Tracks({PHASE: 7}, (7, 0), NOW - 60)
STOP = Stop("the spend limit is reached", NOW - 10)


def launch(job_id: str = A, **changes: Any) -> Launch:
    values: dict[str, Any] = {"phases": (PHASE, "finetune"), **changes}
    return Launch(job_id, "train", 2, 1, 1, **values)


def run(name: str = NAME, state: str = "queued", **changes: Any) -> Run:
    job_id, number = name.split(".")
    begun = {"members": ("train-1", "train-2"), "attempt": 1, "attempt_started": NOW - 60, "phase": PHASE}
    values = {**begun, **changes} if state == "running" else changes
    return Run(name, job_id, int(number), DIGEST, requested=float(number), state=state, **values)


def slurm(state: str = "RUNNING", reason: str = "None", **changes: Any) -> Job:
    return job(7, f"{NAME}/{PHASE}", state, reason, **changes)


def declared(*found: Run, submitted: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    decisions = decide(View(NOW, launch(), found, (), frozenset(submitted)))
    return [(decision.action, decision.run) for decision in decisions]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], [("request", NAME)]),
        ([run(state="finished")], []),
        ([run(state="failed")], []),
        ([run(state="cancelled")], []),
        ([run(state="superseded")], [("requeue", NAME)]),
        ([run(f"{B}.1", "running")], [("supersede", f"{B}.1"), ("request", NAME)]),
        ([run(state="superseded"), run(f"{B}.1")], [("supersede", f"{B}.1"), ("requeue", NAME)]),
        # A run of another job that someone asked for by hand, when the declared one is over, is nobody's rival.
        ([run(state="finished"), run(f"{B}.2", "running")], []),
    ],
)
def test_declaring_a_job(found: list[Run], expected: list[tuple[str, str]]) -> None:
    assert declared(*found) == expected


def test_what_people_submit_is_not_interrupted_by_a_deployed_job() -> None:
    assert declared(run(f"{B}.1", "running"), submitted=(f"{B}.1",)) == [("request", NAME)]


def decided(
    one: Run, *, jobs: tuple[Job, ...] = (), evidence: Evidence = LEFT, tracks: Tracks = SUBMITTED, **more: Any
) -> Decision | None:
    own = more.pop("launch", launch())
    found = Look(one, own, evidence, tracks, {work.name.partition("/")[2]: work for work in jobs})
    values: dict[str, Any] = {"declared": None, **more}
    decisions = decide(View(now=NOW, runs=[one], looks=[found], **values))
    assert len(decisions) <= 1
    return decisions[0] if decisions else None


def note(reason: str | None) -> Decision:
    return Decision("note", NAME, reason, PHASE)


def fail(reason: str) -> Decision:
    return Decision("fail", NAME, reason, PHASE)


RUNNING, GOING, AGAIN = run(state="running"), slurm(), slurm("PENDING", "BeginTime", restarts=1, nodes="")


@pytest.mark.parametrize(
    ("one", "jobs", "evidence", "tracks", "expected"),
    [
        # From the request to the start.
        (run(), (), LEFT, Tracks(), Decision("submit", NAME, phase=PHASE)),
        (run(), (slurm("PENDING", "Resources"),), LEFT, SUBMITTED, note("waiting in the queue (Resources)")),
        (run(), (slurm("PENDING"),), LEFT, SUBMITTED, note("waiting in the queue")),
        (run(), (slurm("CONFIGURING"),), LEFT, SUBMITTED, note("waiting for train-[1-2] to be ready")),
        (run(), (GOING,), LEFT, SUBMITTED, Decision("start", NAME, phase=PHASE, job=GOING)),
        (RUNNING, (GOING,), LEFT, STARTED, None),
        # The end, as the run's own folder tells it.
        (RUNNING, (GOING,), Evidence([]), STARTED, Decision("finish", NAME)),
        (RUNNING, (GOING,), Evidence([PHASE], {"retry": False, "reason": "no corpus"}), STARTED, fail("no corpus")),
        (
            RUNNING,
            (GOING,),
            Evidence([PHASE], cancel=True),
            STARTED,
            Decision("cancel", NAME, "cancelled on request", PHASE),
        ),
        (run(), (), Evidence([PHASE], cancel=True), Tracks(), Decision("cancel", NAME, "cancelled on request", PHASE)),
        # Slurm has requeued it: it need not wait two minutes.
        (RUNNING, (AGAIN,), LEFT, STARTED, Decision("release", NAME, phase=PHASE, job=AGAIN)),
        (
            RUNNING,
            (slurm("PENDING", "Resources", restarts=1),),
            LEFT,
            STARTED,
            note("attempt 1 ended; waiting in the queue (Resources)"),
        ),
        (
            run(state="running", progress="p", stalled=1, attempt_started=NOW - 5),
            (AGAIN,),
            LEFT,
            STARTED,
            note("attempt 1 ended; trying again in a moment"),
        ),
        (
            run(state="running", progress="p", stalled=ATTEMPTS - 1),
            (AGAIN,),
            Evidence([PHASE], {"retry": True, "reason": "out of memory"}, "p"),
            STARTED,
            fail("5 attempts without progress; the last one: out of memory"),
        ),
        (
            run(state="running", progress="earlier", stalled=ATTEMPTS - 1),
            (AGAIN,),
            LEFT,
            STARTED,
            Decision("release", NAME, phase=PHASE, job=AGAIN),
        ),
        # Slurm has ended it for good, or knows nothing of it.
        (RUNNING, (slurm("FAILED", exit_code=2),), LEFT, STARTED, fail("it ended with exit code 2")),
        (RUNNING, (slurm("TIMEOUT"),), LEFT, STARTED, fail("not done at its deadline: Slurm has ended it")),
        (RUNNING, (slurm("CANCELLED"),), LEFT, STARTED, Decision("cancel", NAME, "Slurm job 7 was cancelled", PHASE)),
        (
            RUNNING,
            (slurm("CANCELLED", "DependencyNeverSatisfied"),),
            LEFT,
            STARTED,
            Decision("submit", NAME, phase=PHASE),
        ),
        (RUNNING, (slurm("FAILED", exit_code=1),), LEFT, STARTED, Decision("submit", NAME, phase=PHASE)),
        (RUNNING, (slurm("COMPLETING", restarts=1),), LEFT, STARTED, None),
        (RUNNING, (), LEFT, STARTED, Decision("submit", NAME, phase=PHASE)),
        (
            run(state="running", progress="p", stalled=ATTEMPTS - 1),
            (),
            LEFT,
            STARTED,
            fail(
                "5 attempts without progress; the last one: its processes ended without saying why; "
                "see `clusterwright logs`"
            ),
        ),
    ],
)
def test_looking_after_a_run(
    one: Run, jobs: tuple[Job, ...], evidence: Evidence, tracks: Tracks, expected: Decision | None
) -> None:
    assert decided(one, jobs=jobs, evidence=evidence, tracks=tracks) == expected


def test_a_held_job_is_released_when_slurm_held_it_and_left_alone_when_its_owner_did() -> None:
    held = slurm("PENDING", "launch failed requeued held", restarts=1, nodes="")
    assert decided(RUNNING, jobs=(held,), tracks=STARTED) == Decision("release", NAME, phase=PHASE, job=held)
    by_hand = slurm("PENDING", "JobHeldUser", nodes="")
    assert decided(run(), jobs=(by_hand,)) == note("waiting in the queue (JobHeldUser)")


def test_every_start_after_one_without_progress_counts() -> None:
    again = slurm(restarts=1)
    found = decided(run(state="running", progress="p", stalled=2), jobs=(again,), tracks=STARTED)
    assert found == Decision("start", NAME, phase=PHASE, stalled=3, job=again)


def test_a_command_that_fails_is_not_tried_again() -> None:
    own = launch(command=("train.py",), phases=("command",))
    failed = job(7, f"{NAME}/command", "FAILED", exit_code=1)
    left = Evidence(["command"])
    found = decided(RUNNING, jobs=(failed,), evidence=left, launch=own)
    assert found == Decision("fail", NAME, "it ended with exit code 1", "command")


@pytest.mark.parametrize(
    ("slurms", "told"),
    [
        ("Dependency", "between phases: finetune is next"),
        ("None", "between phases: finetune is next"),
        ("Priority", "between phases: finetune is next (Priority)"),
    ],
)
def test_the_next_phase_is_looked_after_when_one_has_left_its_result(slurms: str, told: str) -> None:
    jobs = (slurm("COMPLETED"), job(8, f"{NAME}/finetune", "PENDING", slurms, nodes=""))
    tracks = Tracks({PHASE: 7, "finetune": 8}, (7, 0), NOW - 60)
    found = decided(RUNNING, jobs=jobs, evidence=Evidence(["finetune"], progress="pretrain"), tracks=tracks)
    assert found == Decision("note", NAME, told, "finetune")


def test_a_run_ends_at_its_deadline_over_all_its_attempts() -> None:
    in_time, late = launch(deadline_s=61.0), launch(deadline_s=59.0)
    assert decided(RUNNING, jobs=(GOING,), tracks=STARTED, launch=in_time) is None
    found = decided(RUNNING, jobs=(GOING,), tracks=STARTED, launch=late)
    assert found == fail("not done at its deadline, 0.0 h after its start")


def test_a_run_is_started_anew_when_its_group_became_smaller() -> None:
    three = run(state="running", members=("train-1", "train-2", "train-3"))
    assert decided(three, jobs=(GOING,), tracks=STARTED, declared=launch()) == Decision("requeue", NAME, phase=PHASE)
    assert decided(RUNNING, jobs=(GOING,), tracks=STARTED, declared=launch()) is None


def test_a_run_without_a_bundle_fails_with_the_reason() -> None:
    found = decided(run(), launch=None)
    assert found == Decision("fail", NAME, f"its bundle {DIGEST[:12]} cannot be had or holds no such job")


def test_at_the_spend_limit_ranks_have_time_for_a_checkpoint_before_their_job_is_taken() -> None:
    assert decided(RUNNING, jobs=(GOING,), tracks=STARTED, stop=STOP) == Decision(
        "halt", NAME, STOP.reason, PHASE, job=GOING
    )
    late = Stop(STOP.reason, NOW - STOP_TIME - 1)
    assert decided(RUNNING, jobs=(GOING,), tracks=STARTED, stop=late) == Decision("requeue", NAME, STOP.reason, PHASE)
    assert decided(RUNNING, jobs=(AGAIN,), tracks=STARTED, stop=STOP) == note(STOP.reason)
