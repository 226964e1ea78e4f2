"""A cluster of machines under the real engine, from its first node to its last trace: Slurm schedules, BERT is trained,
nodes are lost, told to go, broken, and mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.local.runtime.machine.fleet import Fleet
from tests.engine.project import Project, read_json, wait_for
from tests.machines.cluster import MachineStack
from tests.machines.conftest import traces

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.walk, pytest.mark.timeout(900)]

TINY = json.loads((Path(__file__).parents[1] / "engine" / "tiny-job.json").read_text())
NODES = ("train-1", "train-2")


def spec(*, seed: int = 1, steps: int = 200, idle_timeout: str = "10 min", **job: object) -> dict[str, object]:
    return {
        "runtime": "machine",
        "groups": [{"name": "train", "nodes": {"min": 0, "max": 2}, "idle_timeout": idle_timeout}],
        "storage": [{"name": "data", "kind": "bucket", "mount": "/data", "on_destroy": "keep"}],
        "budget": {"on_finish": "keep"},
        "job": {**TINY, "nodes": 2, "seed": seed, "pretrain": {**TINY["pretrain"], "steps": steps}, **job},
    }


@pytest.fixture(scope="module")
def walk(project: Project) -> MachineStack:
    project.write_spec("iron", **spec())
    return MachineStack(project, "iron", seconds=800)  # on a new host the machines' root is built first


@pytest.fixture(scope="module")
def first_run(walk: MachineStack) -> str:
    return wait_for("the job is queued", walk.runs)[0]


def finish(walk: MachineStack, run: str) -> None:
    assert wait_for(f"{run} ends", lambda: walk.ended(run), seconds=400) == "finished", walk.explained(run)


def test_the_queue_grows_the_group_from_nothing(walk: MachineStack) -> None:
    assert set(walk.up()) == {"create"}
    wait_for("the head is healthy", lambda: walk.is_healthy("head"))
    for node in NODES:
        wait_for(f"{node} is healthy", lambda node=node: walk.is_healthy(node))


def test_watch_tells_what_each_phase_of_the_boot_took(walk: MachineStack) -> None:
    shown = walk.look()
    for phase in ("bundle", "disks", "mounts", "software", "joining"):
        assert phase in shown


def test_a_power_cut_in_mid_training_costs_a_new_machine_and_no_step(walk: MachineStack, first_run: str) -> None:
    wait_for("a checkpoint", lambda: walk.checkpoint_step(first_run, "pretrain"))
    lost, kept = walk.machines()["train-2"], walk.machines()["train-1"]
    walk.cut("train-2")
    wait_for("another machine has the name", lambda: walk.machines().get("train-2") not in (None, lost))
    wait_for("the run goes on", lambda: walk.run_status(first_run)["attempt"] > 1 or walk.ended(first_run))
    assert walk.machines()["train-1"] == kept


def test_the_bert_job_finishes_on_both_and_repeats_no_step(walk: MachineStack, first_run: str) -> None:
    finish(walk, first_run)
    members = read_json(walk.bucket / "jobs" / first_run / "members.json")
    assert sorted(members["nodes"]) == sorted(NODES)
    steps = [record["step"] for record in walk.metrics(first_run, "pretrain") if "loss" in record]
    assert steps == sorted(set(steps))
    assert read_json(walk.bucket / "jobs" / first_run / "evaluation.json")


@pytest.fixture(scope="module")
def second_run(walk: MachineStack, first_run: str) -> str:
    [run] = wait_for("the new job is queued", lambda: [run for run in walk.runs() if run != first_run])
    return run


def test_a_changed_job_runs_on_the_same_machines(walk: MachineStack, first_run: str) -> None:
    before = walk.machines()
    walk.project.write_spec("iron", **spec(seed=2, phases=["prepare", "pretrain"]))
    assert set(walk.up()) <= {"same", "update", "replace"}
    [run] = wait_for("the new job is queued", lambda: [run for run in walk.runs() if run != first_run])
    wait_for("the new job trains", lambda: walk.step(run, "pretrain") > 0)
    assert walk.machines() == before


def test_a_notice_makes_the_job_checkpoint_and_go_on_elsewhere(walk: MachineStack, second_run: str) -> None:
    wait_for("a checkpoint", lambda: walk.checkpoint_step(second_run, "pretrain"))
    told = walk.machines()["train-1"]
    walk.announce("train-1", "spot", seconds=30)
    wait_for("the ranks stop", lambda: "asked to stop" in walk.log(second_run, "train-1"))
    wait_for("another machine has the name", lambda: walk.machines().get("train-1") not in (None, told))
    finish(walk, second_run)
    assert walk.run_status(second_run)["attempt"] > 1


def test_slurm_runs_a_program_on_both(walk: MachineStack) -> None:
    said = walk.said("head", "srun", "--nodes=2", "hostname", seconds=120)
    assert sorted(said.split()) == sorted(NODES)


def test_jobs_and_nodes_only_read_what_the_deployer_wrote(walk: MachineStack) -> None:
    for user in ("root", "cluster"):
        for node in ("head", "train-1"):
            done = walk.tried(node, "runuser", "-u", user, "--", "touch", "/srv/bucket/control/current")
            assert done.returncode != 0
    assert walk.tried("train-1", "runuser", "-u", "cluster", "--", "cat", "/srv/secrets/munge.key").returncode != 0


def test_a_node_that_restarts_joins_again(walk: MachineStack) -> None:
    before = walk.machines()["train-2"]
    boots = walk.report("train-2")["boot"]["booted"]
    walk.tried("train-2", "systemctl", "reboot")
    wait_for("it has booted", lambda: walk.report("train-2").get("boot", {}).get("booted", 0) > boots + 1)
    wait_for("it is healthy", lambda: walk.is_healthy("train-2"))
    assert walk.machines()["train-2"] == before
    wait_for("Slurm has it", lambda: walk.slurm_state("train-2") == "idle")


def test_a_node_with_a_broken_mount_is_kept_out_and_says_why(walk: MachineStack) -> None:
    machine = walk.machines()["train-2"]
    walk.said("train-2", "sh", "-c", "echo 'none /data tmpfs ro 0 0' >>/etc/fstab")
    walk.tried("train-2", "systemctl", "reboot")
    wait_for("it says why", lambda: walk.report("train-2").get("state") == "failed")
    assert "cannot be written by jobs" in walk.report("train-2")["reason"]
    assert "/data cannot be written by jobs" in walk.look()
    assert walk.tried("train-2", "systemctl", "is-active", "slurmd").stdout.strip() != "active"
    assert walk.machines()["train-2"] == machine, "it stays up for a look"
    walk.said("train-2", "sh", "-c", "sed -i '/tmpfs ro/d' /etc/fstab; umount /data")
    wait_for("mended, it joins", lambda: walk.is_healthy("train-2"))


def test_an_altered_bundle_is_refused(walk: MachineStack) -> None:
    data = walk.bundle()
    with walk.deployed("f" * 64, data[:-1] + bytes([data[-1] ^ 1])):
        wait_for("it is refused", lambda: "altered" in str(walk.report("train-1").get("rejected")))
        assert walk.is_healthy("train-1")


def test_a_broken_bundle_is_rolled_back_with_the_reason(walk: MachineStack) -> None:
    before = walk.report("train-1")["bundle"]
    digest, data = walk.changed_bundle({"scripts/70-telemetry.sh": b"echo this bundle is broken >&2; exit 1\n"})
    with walk.deployed(digest, data):
        for node in ("head", "train-1"):
            wait_for("rolled back", lambda node=node: "is broken" in str(walk.report(node).get("rejected")))
            wait_for("as before", lambda node=node: walk.is_healthy(node))
            assert walk.report(node)["bundle"] == before
        assert "this bundle is broken" in walk.look()
    wait_for("Slurm has the nodes", lambda: {walk.slurm_state(node) for node in NODES} == {"idle"})


def test_a_replaced_head_keeps_the_queue_and_the_accounting(walk: MachineStack) -> None:
    walk.said("head", "sbatch", "--hold", "--job-name=held", "--wrap=true")
    accounted = walk.said("head", "sacct", "--allusers", "--noheader", "--allocations", "--format=JobID").split()
    before = walk.machine("head").id
    changes = walk.replace("iron-compute-head")
    assert changes["replace"] == 1
    assert walk.machine("head").id != before
    wait_for(
        "the new head is healthy", lambda: walk.report("head").get("machine") != before and walk.is_healthy("head")
    )
    assert walk.squeue() == {"held": "PENDING"}
    found = walk.said("head", "sacct", "--allusers", "--noheader", "--allocations", "--format=JobID").split()
    assert set(accounted) <= set(found)
    walk.said("head", "scancel", "--name=held")


def test_a_users_own_program_runs_and_its_words_and_its_output_are_kept(walk: MachineStack, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(
        "import os\n"
        "rank = os.environ['RANK']\n"
        "print('rank', rank, 'of', os.environ['WORLD_SIZE'])\n"
        "open(os.environ['CLUSTERWRIGHT_OUTPUT'] + f'/rank-{rank}.txt', 'w').write('stays')\n"
        "open('lost.txt', 'w').write('does not')\n"
    )
    runs = walk.runs()
    command = (".venv/bin/clusterwright", "submit", "iron", "--nodes", "2", "--source", str(tmp_path), "--", "hello.py")
    answer = walk.project.run(*command)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    [run] = set(walk.runs()) - set(runs)
    finish(walk, run)
    said = walk.log(run, "train-1") + walk.log(run, "train-2")
    assert "rank 0 of 2" in said
    assert "rank 1 of 2" in said
    written = sorted(path.name for path in (walk.bucket / "jobs" / run).rglob("*.txt"))
    assert written == ["rank-0.txt", "rank-1.txt"]


def test_without_work_the_group_is_empty_again(walk: MachineStack) -> None:
    walk.project.write_spec("iron", **spec(seed=2, phases=["prepare", "pretrain"], idle_timeout="1 s"))
    assert set(walk.up()) <= {"same", "update", "replace"}
    wait_for("no machine is left", lambda: not Fleet(walk.place).list("train"))
    assert walk.machines() == {}


def test_destroy_leaves_no_trace(walk: MachineStack, first_run: str) -> None:
    place = walk.place
    answer = walk.project.make("down", "STACK=iron")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert traces(place) == []
    assert [path.name for path in walk.folder.iterdir()] == ["bucket"]
    assert (walk.bucket / "jobs" / first_run / "evaluation.json").exists()
