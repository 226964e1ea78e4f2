"""The agent of a machine: has a name, takes bundles without disturbing jobs, says what it waits for."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest

from clusterwright.bucket.folder import FolderBucket
from clusterwright.node import bundle as bundles
from clusterwright.node.machine import MachineAgent
from clusterwright.node.objects import read_object, write_object
from clusterwright.node.place import MachinePlace
from clusterwright.node.system import end_jobs
from tests.node.conftest import publish
from tests.node.programs import Programs

FILES = {
    "scripts/start.sh": b'[ "$CLUSTERWRIGHT_CHECK" = 1 ]',
    "scripts/10-folders.sh": b'echo "$CLUSTERWRIGHT_NODE" >>ran',
    "scripts/90-join.sh": b"",
    "facts/cluster.json": b"{}",
    "job/job.json": b"1",
}
SYSTEM = {"scripts/65-slurm.sh": b""}
BROKEN = {"scripts/65-slurm.sh": b"echo slurm.conf is not valid; exit 1"}


class Recorded(MachineAgent):
    """An agent that says that it would become the agent of a bundle instead of doing so."""

    def __init__(self, place: MachinePlace) -> None:
        super().__init__(place)
        self.became: list[str] = []

    def become(self, folder: Path) -> None:
        self.became.append(folder.name)

    def look(self) -> dict[str, Any]:
        """One step, whatever the time; returns the report."""
        self._next_look = 0.0
        self.step()
        report = read_object(self.place.bucket, self.place.report_key)
        assert report is not None
        return report

    def ran(self) -> list[str]:
        path = self.place.folder / "ran"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def asked(place: MachinePlace) -> MachinePlace:
    """A compute machine whose group wants two nodes, in a cluster whose head has an address."""
    write_object(place.bucket, "nodes/asked/train.json", {"names": ["train-1", "train-2"], "time": 0.0})
    write_object(place.bucket, "reports/head.json", {"address": "10.0.0.1"})
    return place


@pytest.fixture
def healthy(asked: MachinePlace, programs: Programs) -> Recorded:
    """A node that has joined."""
    publish(asked.bucket, FILES)
    agent = Recorded(asked)
    assert agent.look()["state"] == "healthy"
    programs.calls()
    agent.became.clear()
    return agent


def busy(programs: Programs, flags: str, reason: str = "") -> None:
    shown = f"NodeName=x State={flags} Partitions=train Reason={reason} [root@2026-01-01T00:00:00]"
    programs.let("scontrol", f"[ $2 != show ] || echo '{shown}'")


def test_a_machine_without_a_name_reports_under_its_id_and_installs_nothing(place: MachinePlace) -> None:
    publish(place.bucket, FILES)
    agent = Recorded(place)
    report = agent.look()
    assert place.bucket.names("reports") == ("i-1.json",)
    assert (report["node"], report["machine"], report["reason"]) == ("i-1", "i-1", "waits for a name")
    assert (report["schema"], report["provider"], report["address"]) == (2, "local", "10.0.0.7")
    assert (report["state"], report["phase"], agent.ran()) == ("booting", "booting", [])


def test_a_machine_that_gets_a_name_joins_under_it(asked: MachinePlace, programs: Programs) -> None:
    digest = publish(asked.bucket, FILES)
    write_object(asked.bucket, "reports/i-1.json", {"node": "i-1", "state": "failed"})
    agent = Recorded(asked)
    report = agent.look()
    name = report["node"]
    assert name in ("train-1", "train-2")
    assert (report["state"], report["phase"], report["bundle"]) == ("healthy", "healthy", digest)
    assert asked.bucket.names("reports") == ("head.json", f"{name}.json"), "no report is left under the machine's id"
    assert agent.ran() == [name], "steps know their node"
    assert f"hostname {name}" in programs.calls()
    assert (asked.etc / "hostname").read_text() == f"{name}\n"
    assert (asked.etc / "hosts").read_text().splitlines() == [
        "127.0.0.1 localhost",
        "10.0.0.1 head # clusterwright",
        f"10.0.0.7 {name} # clusterwright",
    ]


def test_a_compute_node_tells_what_it_does_and_the_head_of_the_cluster_alone(
    healthy: Recorded, place: MachinePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterwright.node.machine.Load.look", lambda self, now: {"gpu_utilisation": 90.0})
    healthy.report._heartbeat = 0.0
    assert healthy.look()["load"] == {"gpu_utilisation": 90.0}
    assert Recorded(dataclasses.replace(place, role="head", node="head")).look()["load"] is None


def test_the_time_to_healthy_is_told_by_phase(healthy: Recorded) -> None:
    report = healthy.look()
    boot = report["boot"]
    assert list(boot["phases"]) == ["booting", "bundle", "disks", "joining"]
    assert 0 < boot["booted"] <= time.time()
    assert healthy.report.clock is not None
    assert healthy.report.clock.done


def test_a_node_waits_for_the_address_of_the_head(asked: MachinePlace) -> None:
    asked.bucket.delete("reports/head.json")
    publish(asked.bucket, FILES)
    agent = Recorded(asked)
    assert agent.look()["reason"] == "waits for the head to report its address"
    assert agent.ran() == []


def test_a_head_with_another_address_is_followed_by_slurmd(healthy: Recorded, programs: Programs) -> None:
    programs.let("systemctl", "")
    write_object(healthy.place.bucket, "reports/head.json", {"address": "10.0.0.99"})
    healthy.look()
    assert "10.0.0.99 head" in (healthy.place.etc / "hosts").read_text()
    assert "systemctl restart slurmd" in programs.calls()
    healthy.look()
    assert programs.calls() == [f"hostname {healthy.place.node}"], "once"


def test_a_changed_job_is_adopted_at_once_with_no_step_run(healthy: Recorded, programs: Programs) -> None:
    busy(programs, "ALLOCATED+CLOUD")
    before = bundles.adopted(healthy.place)
    digest = publish(healthy.place.bucket, {**FILES, "job/job.json": b"2", "job/source.tar.gz": b"1"})
    report = healthy.look()
    assert (report["bundle"], report["reason"], bundles.adopted(healthy.place)) == (digest, None, digest)
    assert len(healthy.ran()) == 1
    assert [call for call in programs.calls() if call.startswith("scontrol")] == []
    assert {path.name for path in healthy.place.bundles.iterdir()} == {before, digest}, "a job may still run from it"


def test_the_notices_service_goes_by_the_bundle_that_the_node_is_on(healthy: Recorded, programs: Programs) -> None:
    programs.let("systemctl", "")
    publish(healthy.place.bucket, {**FILES, "job/job.json": b"2"})
    healthy.look()
    assert "systemctl restart clusterwright-notices" not in programs.calls(), "a job says nothing of notices"
    digest = publish(healthy.place.bucket, {**FILES, **SYSTEM})
    programs.let("systemctl", f'[ "$1" != restart ] || readlink {healthy.place.current} >{programs.folder}/on')
    assert healthy.look()["bundle"] == digest
    assert "systemctl restart clusterwright-notices" in programs.calls()
    assert (programs.folder / "on").read_text() == f"bundles/{digest}\n"


def test_a_changed_system_waits_until_no_job_is_on_the_node(healthy: Recorded, programs: Programs) -> None:
    name, before = healthy.place.node, bundles.adopted(healthy.place)
    digest = publish(healthy.place.bucket, {**FILES, **SYSTEM})
    busy(programs, "MIXED+CLOUD")
    report = healthy.look()
    drain = f"scontrol update NodeName={name} State=drain Reason=clusterwright: new bundle {digest[:12]}"
    assert drain in programs.calls()
    assert (report["bundle"], report["state"]) == (before, "healthy")
    assert report["reason"] == f"bundle {digest[:12]} waits for the jobs on this node to end"
    busy(programs, "MIXED+DRAIN", f"clusterwright: new bundle {digest[:12]}")
    healthy.look()
    assert not any("update" in call for call in programs.calls()), "drained once, not given back before its time"
    busy(programs, "IDLE+DRAIN", f"clusterwright: new bundle {digest[:12]}")
    report = healthy.look()
    assert (report["bundle"], report["state"], report["reason"]) == (digest, "healthy", None)
    assert programs.calls()[-1] == f"scontrol update NodeName={name} State=resume"
    assert len(healthy.ran()) == 2
    assert healthy.became == [digest]


@pytest.mark.parametrize("before", ["a fan makes noises", "health check: no GPU", "notice: AWS takes it"])
def test_no_step_runs_while_another_may_give_the_node_back(healthy: Recorded, programs: Programs, before: str) -> None:
    name, old = healthy.place.node, bundles.adopted(healthy.place)
    digest = publish(healthy.place.bucket, {**FILES, **SYSTEM})
    busy(programs, "IDLE+DRAIN", before)
    report = healthy.look()
    taken = f"clusterwright: new bundle {digest[:12]}; drained before: {before}"
    assert f"scontrol update NodeName={name} State=drain Reason={taken}" in programs.calls()
    assert (report["bundle"], len(healthy.ran())) == (old, 1)
    assert report["reason"] == f"bundle {digest[:12]} waits until nobody else gives this node back"
    busy(programs, "ALLOCATED+CLOUD", taken)  # it was given back after all, and a job has come
    assert healthy.look()["bundle"] == old
    busy(programs, "IDLE+DRAIN", taken)
    programs.calls()
    assert healthy.look()["bundle"] == digest
    assert [call for call in programs.calls() if "update" in call] == [
        f"scontrol update NodeName={name} State=drain Reason={before}"
    ], "whoever drained it has it again"


def test_a_node_is_given_back_when_the_change_is_taken_back(healthy: Recorded, programs: Programs) -> None:
    before = bundles.adopted(healthy.place) or ""
    publish(healthy.place.bucket, {**FILES, **SYSTEM})
    busy(programs, "ALLOCATED+DRAIN", "clusterwright: new bundle 0123")
    healthy.look()
    programs.calls()
    healthy.place.bucket.write("control/current", before.encode())
    healthy.look()
    assert f"scontrol update NodeName={healthy.place.node} State=resume" in programs.calls()


def test_a_node_that_cannot_be_drained_is_left_as_it_is(healthy: Recorded, programs: Programs) -> None:
    programs.let("scontrol", "echo slurm_load_node error: Unable to contact slurm controller >&2; exit 1")
    before = bundles.adopted(healthy.place)
    publish(healthy.place.bucket, {**FILES, **SYSTEM})
    report = healthy.look()
    assert report["bundle"] == before
    assert report["reason"].endswith("failed: slurm_load_node error: Unable to contact slurm controller")


def test_a_broken_bundle_is_rolled_back_and_the_node_given_back(healthy: Recorded, programs: Programs) -> None:
    before = bundles.adopted(healthy.place)
    bad = publish(healthy.place.bucket, {**FILES, **BROKEN})
    busy(programs, "IDLE+DRAIN", f"clusterwright: new bundle {bad[:12]}")
    report = healthy.look()
    assert (report["state"], report["bundle"]) == ("healthy", before)
    assert report["rejected"] == {"digest": bad, "reason": "65-slurm: slurm.conf is not valid"}
    assert programs.calls()[-1] == f"scontrol update NodeName={healthy.place.node} State=resume"
    assert healthy.became == []


def test_a_bundle_whose_agent_cannot_start_is_refused_before_anything_is_installed(
    healthy: Recorded, programs: Programs
) -> None:
    broken = {"scripts/start.sh": b"echo no such module >&2; exit 1", "scripts/20-disks.sh": b"touch installed"}
    publish(healthy.place.bucket, {**FILES, **broken})
    assert healthy.look()["rejected"]["reason"] == "agent: no such module"
    assert not (healthy.place.folder / "installed").exists()


def test_a_node_whose_first_bundle_fails_never_joins_and_says_why(asked: MachinePlace) -> None:
    publish(asked.bucket, {**FILES, **BROKEN, "scripts/90-join.sh": b"touch joined"})
    report = Recorded(asked).look()
    assert (report["state"], report["phase"]) == ("failed", "failed")
    assert (report["reason"], report["log_tail"]) == ("65-slurm: slurm.conf is not valid", ["slurm.conf is not valid"])
    assert not (asked.folder / "joined").exists()


def test_the_log_of_a_step_that_failed_can_be_read_after_the_way_back(healthy: Recorded) -> None:
    publish(healthy.place.bucket, {**FILES, **BROKEN, "scripts/90-join.sh": b"echo never"})
    assert healthy.look()["state"] == "healthy"
    logs = f"reports/logs/{healthy.place.node}"
    assert healthy.place.bucket.read(f"{logs}/65-slurm.failed.log") == b"slurm.conf is not valid\n"


def test_a_machine_sends_no_logs_before_it_has_a_name(place: MachinePlace) -> None:
    (place.folder / "log").mkdir()
    (place.folder / "log" / "10-folders.log").write_text("of the boot before\n")
    Recorded(place).look()
    assert place.bucket.names("reports/logs") == ()


def test_an_agent_that_is_started_anew_runs_no_step_under_a_job(healthy: Recorded, programs: Programs) -> None:
    busy(programs, "ALLOCATED+CLOUD")
    again = Recorded(MachinePlace(**{**vars(healthy.place), "node": "i-1"}))
    report = again.look()
    assert (report["node"], report["state"]) == (healthy.place.node, "healthy")
    assert report["boot"] == healthy.look()["boot"]
    assert len(again.ran()) == 1


def test_a_reboot_keeps_the_name_and_looks_at_everything_again(healthy: Recorded) -> None:
    for path in healthy.place.run.iterdir():
        path.unlink()
    again = Recorded(MachinePlace(**{**vars(healthy.place), "node": "i-1"}))
    assert again.look()["node"] == healthy.place.node
    assert len(again.ran()) == 2


ENDED = {
    "systemctl stop clusterwright-notices",
    "systemctl stop slurmd",
    "pkill --signal KILL --exact slurmstepd",
    "pkill --signal KILL --uid cluster",
}


@pytest.mark.parametrize("taken", [None, "i-2"])
def test_a_node_that_lost_its_name_ends_its_jobs_and_claims_anew(
    healthy: Recorded, programs: Programs, taken: str | None
) -> None:
    lost = healthy.place.node
    healthy.place.bucket.delete(f"nodes/claims/{lost}.json")
    if taken:
        write_object(healthy.place.bucket, f"nodes/claims/{lost}.json", {"machine": taken})
        write_object(healthy.place.bucket, f"reports/{lost}.json", {"machine": taken})
    programs.let("systemctl", "")
    report = healthy.look()
    assert set(programs.calls()) >= ENDED
    assert report["state"] == "healthy"
    assert len(healthy.ran()) == 2, "a new name means to join anew"
    assert (report["node"] == lost) == (taken is None)
    assert healthy.place.bucket.exists(f"reports/{lost}.json"), "another machine's report is not ours to remove"


def test_jobs_are_ended_also_when_the_name_was_lost_while_the_agent_was_not_there(
    healthy: Recorded, programs: Programs
) -> None:
    write_object(healthy.place.bucket, f"nodes/claims/{healthy.place.node}.json", {"machine": "i-2"})
    programs.let("systemctl", "")
    again = Recorded(MachinePlace(**{**vars(healthy.place), "node": "i-1"}))
    assert again.look()["node"] != healthy.place.node
    assert set(programs.calls()) >= ENDED


def test_a_name_is_not_given_up_while_a_job_of_it_still_runs(
    healthy: Recorded, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = healthy.place.node
    monkeypatch.setattr("clusterwright.node.machine.end_jobs", lambda: end_jobs(limit=0.1))
    programs.let("pkill", "")
    write_object(healthy.place.bucket, f"nodes/claims/{name}.json", {"machine": "i-2"})
    healthy._next_look = 0.0
    healthy.step()
    assert healthy.place.node == name
    assert healthy.report.reason == "processes of jobs do not end within 0 s although they were killed"
    programs.let("pkill", "exit 1")
    assert healthy.look()["node"] != name


class Unreachable(FolderBucket):
    def read(self, key: str, last: int | None = None) -> bytes:
        raise TimeoutError(f"{key}: no answer")


def test_a_bucket_that_does_not_answer_changes_nothing_on_the_node(healthy: Recorded, programs: Programs) -> None:
    there = healthy.place
    healthy.place = MachinePlace(**{**vars(there), "bucket": Unreachable(there.bucket.root)})  # type: ignore[attr-defined]
    healthy._next_look = 0.0
    healthy.step()
    assert healthy.report.state == "healthy"
    assert healthy.report.reason == f"nodes/claims/{there.node}.json: no answer"
    assert not any("stop" in call for call in programs.calls())


class Leading:
    """In the place of what the head decides."""

    def __init__(self, place: MachinePlace, bucket: FolderBucket, facts: Path) -> None:
        assert json.loads(facts.read_text()) == {}
        self.steps: list[str] = []

    def step(self, digest: str, now: float) -> dict[str, Any]:
        self.steps.append(digest)
        if len(self.steps) > 1:
            raise OSError("the cloud does not answer")
        return {"groups": {}}


@pytest.fixture
def head(place: MachinePlace, monkeypatch: pytest.MonkeyPatch) -> MachinePlace:
    module = types.ModuleType("clusterwright.node.slurm.head")
    module.Head = Leading  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "clusterwright.node.slurm.head", module)
    return MachinePlace(**{**vars(place), "role": "head", "group": "head", "node": "head"})


def test_the_head_needs_no_claim_and_tells_of_the_cluster(head: MachinePlace, programs: Programs) -> None:
    publish(head.bucket, FILES)
    agent = Recorded(head)
    report = agent.look()
    assert (report["node"], report["state"], report["cluster"]) == ("head", "healthy", {"groups": {}})
    assert (head.etc / "hosts").read_text().splitlines()[1:] == ["10.0.0.7 head # clusterwright"]
    assert [call for call in programs.calls() if not call.startswith("hostname")] == []
    assert os.environ["CLUSTERWRIGHT_NODE"] == "head"


def test_what_the_boot_program_reported_of_a_head_is_not_left_behind(head: MachinePlace) -> None:
    write_object(head.bucket, "reports/i-1.json", {"node": "i-1", "machine": "i-1", "state": "failed"})
    publish(head.bucket, FILES)
    Recorded(head).look()
    assert head.bucket.names("reports") == ("head.json",)


def test_a_head_whose_cloud_does_not_answer_stays_at_work(head: MachinePlace) -> None:
    publish(head.bucket, FILES)
    agent = Recorded(head)
    agent.look()
    report = agent.look()
    assert (report["state"], report["reason"]) == ("healthy", "the cloud does not answer")
    assert report["cluster"] == {"groups": {}}, "what was known last"


def test_the_head_converges_without_draining(head: MachinePlace, programs: Programs) -> None:
    publish(head.bucket, FILES)
    agent = Recorded(head)
    agent.look()
    digest = publish(head.bucket, {**FILES, **SYSTEM})
    assert agent.look()["bundle"] == digest
    assert not any(call.startswith("scontrol") for call in programs.calls())


def test_bundles_that_were_left_stay_until_no_job_can_run_from_them(healthy: Recorded, programs: Programs) -> None:
    kept = {bundles.adopted(healthy.place)}
    for number in (b"2", b"3"):
        kept.add(publish(healthy.place.bucket, {**FILES, "job/job.json": number}))
        healthy.look()
    assert {path.name for path in healthy.place.bundles.iterdir()} == kept
    before = bundles.adopted(healthy.place)
    digest = publish(healthy.place.bucket, {**FILES, **SYSTEM})
    healthy.look()
    assert {path.name for path in healthy.place.bundles.iterdir()} == {before, digest}


def test_an_agent_that_was_stopped_between_two_steps_runs_them_again(
    healthy: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bundles.adopted(healthy.place) or ""

    def cut(*arguments: object) -> None:
        raise KeyboardInterrupt

    publish(healthy.place.bucket, {**FILES, **SYSTEM})
    with monkeypatch.context() as patch:
        patch.setattr("clusterwright.node.follow.converge", cut)
        with pytest.raises(KeyboardInterrupt):
            healthy.look()
    healthy.place.bucket.write("control/current", before.encode())
    again = Recorded(MachinePlace(**{**vars(healthy.place), "node": "i-1"}))
    assert again.look()["state"] == "healthy"
    assert len(again.ran()) == 2


def test_a_refused_bundle_does_not_drain_the_node_every_few_minutes(
    healthy: Recorded, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("clusterwright.node.follow.time.monotonic", lambda: clock[0])
    publish(healthy.place.bucket, {**FILES, **BROKEN})
    hours = 6
    for _ in range(hours * 20):
        healthy.look()
        clock[0] += 180
    drains = [call for call in programs.calls() if "State=drain" in call]
    assert hours <= len(drains) < 2 * hours + 8, "often in the first hour, then once an hour"


def test_what_the_cloud_announced_is_in_the_report(healthy: Recorded) -> None:
    assert healthy.look()["notice"] == []
    notice = {"kind": "spot", "reason": "the machine is taken back at 12:00"}
    (healthy.place.folder / "notices.json").write_text(json.dumps({"notices": [notice], "blind": None}))
    assert healthy.look()["notice"] == [notice]
    (healthy.place.folder / "notices.json").write_text(json.dumps({"notices": [], "blind": "notices can't be seen"}))
    assert healthy.look()["notice"] == ["notices can't be seen"]


def test_that_nobody_looks_for_notices_is_in_the_report(healthy: Recorded) -> None:
    joined = time.time() - 100
    os.utime(healthy.place.run / "converged.json", (joined, joined))
    (notice,) = healthy.look()["notice"]
    assert "clusterwright-notices.service does not look" in notice


@pytest.mark.parametrize("address", [7, ["10.0.0.1"], "10.0.0.1\n10.6.6.6 pypi.org", "10.0.0.1 pypi.org", ""])
def test_what_is_no_address_of_the_head_never_reaches_the_file_of_names(asked: MachinePlace, address: object) -> None:
    write_object(asked.bucket, "reports/head.json", {"address": address})
    assert "names no address of the head" in Recorded(asked).look()["reason"]
    hosts = asked.etc / "hosts"
    assert not hosts.exists() or "pypi.org" not in hosts.read_text()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("key", ["control/current", "nodes/asked/train.json", "reports/head.json"])
def test_what_is_no_object_is_told_and_the_agent_goes_on(asked: MachinePlace, key: str) -> None:
    path = Path(asked.bucket.url.removeprefix("file://")) / key
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    assert "is no file" in Recorded(asked).look()["reason"]
