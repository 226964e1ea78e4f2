"""A group's nodes: real supervisors, started, killed, mended, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from components.local.runtime import node, supervisord
from components.local.runtime.node import Record, carrying
from tests.components.local.conftest import IDLE, Engine, Machine, Refused

pytestmark = pytest.mark.slow  # real processes, which are given time to end


def wait_until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def kill(machine: Machine, name: str) -> None:
    """kill -9 of a node's supervisor; its programs end with it."""
    processes = machine.processes(name)
    machine.supervisor(name).send_signal(signal.SIGKILL)
    wait_until(lambda: not carrying({machine.record(name).token}))
    assert processes


def test_a_node_is_a_private_session_that_outlives_the_engine(engine: Engine, machine: Machine) -> None:
    engine.create("Group", machine.group_inputs("train-1"))
    supervisor = machine.supervisor("train-1")
    assert os.getsid(supervisor.pid) == supervisor.pid
    assert os.getpgid(supervisor.pid) == supervisor.pid
    assert supervisor.cwd() == str(machine.folder / "nodes" / "train-1")
    assert os.readlink(f"/proc/{supervisor.pid}/fd/0") == os.devnull
    modes = {path.name: path.stat().st_mode & 0o077 for path in (machine.folder / "nodes" / "train-1").rglob("*")}
    assert {name: mode for name, mode in modes.items() if mode} == {}


def test_a_node_gets_an_allowlist_and_no_secret(
    engine: Engine, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "PULUMI_CONFIG_PASSPHRASE", "GOOGLE_APPLICATION_CREDENTIALS", "PYTHONPATH"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    engine.create("Group", machine.group_inputs("train-1"))
    environment = machine.supervisor("train-1").environ()
    assert environment["PIP_INDEX_URL"] == "https://packages.example/simple"
    assert environment["CLUSTERWRIGHT_NODE"] == "train-1"
    assert environment["CLUSTERWRIGHT_BUCKET"] == str(machine.bucket)
    assert os.access(environment["CLUSTERWRIGHT_PYTHON"], os.X_OK)
    foreign = [name for name in environment if name.startswith(("AWS", "PULUMI", "GOOGLE", "PYTHON"))]
    assert foreign == []


def test_the_node_s_own_supervisorctl_command_works(engine: Engine, machine: Machine) -> None:
    engine.create("Group", machine.group_inputs("train-1"))
    environment = machine.supervisor("train-1").environ()
    status = subprocess.run(
        ["bash", "-c", "$CLUSTERWRIGHT_SUPERVISORCTL status"], env=environment, capture_output=True, text=True
    ).stdout
    assert {line.split()[0]: line.split()[1] for line in status.splitlines()} == {
        "agent": "STARTING" if "STARTING" in status else "RUNNING",
        "worker": "STOPPED",
    }


def test_nothing_to_do_is_no_change(engine: Engine, machine: Machine) -> None:
    group = engine.create("Group", machine.group_inputs("train-1", "train-2"))
    assert [(item["name"], item["state"]) for item in group.outputs["nodes"]] == [
        ("train-1", "running"),
        ("train-2", "running"),
    ]
    assert group.outputs["size"] == 2
    assert engine.unchanged(group)
    assert engine.read(group) == group.outputs
    assert engine.notes == []


def test_a_killed_node_is_read_as_dead_shown_and_mended_under_its_name(engine: Engine, machine: Machine) -> None:
    group = engine.create("Group", machine.group_inputs("train-1", "train-2"))
    untouched = machine.record("train-1")
    kill(machine, "train-2")

    read = engine.read(group)
    assert read is not None
    assert [item["state"] for item in read["nodes"]] == ["running", "dead"]

    change = engine.diff(group)
    assert (list(change.diffs), list(change.detailedDiff)) == (["nodeNames"], ["nodeNames[1]"])
    assert list(change.replaces) == []
    assert engine.notes == ["node train-2 is dead: it is started again"]

    planned = engine.update(group, preview=True).outputs["nodes"]
    assert planned == [{"name": "train-1", "state": "running"}, {"name": "train-2", "state": "running"}]
    assert machine.state("train-2") == "dead"

    group = engine.update(group)
    assert [(item["state"], item["generation"]) for item in group.outputs["nodes"]] == [("running", 1), ("running", 2)]
    assert machine.record("train-1") == untouched
    assert engine.unchanged(group)


def test_a_node_that_lives_and_reports_no_more_is_shown_and_mended(
    engine: Engine, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = engine.create("Group", machine.group_inputs("train-1", "train-2"))
    alive = machine.record("train-1")
    with monkeypatch.context() as patched:
        patched.setattr(node, "SILENT_SECONDS", 0.1)
        time.sleep(0.2)
        machine.report("train-1", heard=time.time() + 1000)
        machine.report("train-2", heard=1)
        read = engine.read(group)
        assert read is not None
        assert [item["state"] for item in read["nodes"]] == ["running", "silent"]
        assert list(engine.diff(group).detailedDiff) == ["nodeNames[1]"]
        assert engine.notes == ["node train-2 has reported nothing for 0 minutes: it is started again"]
        group = engine.update(group)

    read = engine.read(group)
    assert read is not None
    assert [(item["state"], item["generation"]) for item in read["nodes"]] == [("running", 1), ("running", 2)]
    assert machine.record("train-1") == alive


def test_programs_die_with_a_killed_supervisor(engine: Engine, machine: Machine) -> None:
    engine.create("Group", machine.group_inputs("train-1"))
    # Not merely forked: setpriv has asked the kernel for the end before it becomes the program.
    wait_until(lambda: "sleep" in {process.name() for process in machine.processes("train-1")})
    machine.supervisor("train-1").send_signal(signal.SIGKILL)
    wait_until(lambda: not machine.processes("train-1"), seconds=2)


ESCAPES = """\
#!/bin/bash
trap '' TERM
setsid bash -c 'trap "" TERM; while :; do sleep 1; done' </dev/null &
exec sleep 1000
"""


def test_what_escaped_its_session_is_ended_before_a_mend(engine: Engine, machine: Machine) -> None:
    group = engine.create("Group", machine.group_inputs("train-1", userData=ESCAPES))
    wait_until(lambda: len(machine.processes("train-1")) >= 3)
    token = machine.record("train-1").token
    machine.supervisor("train-1").send_signal(signal.SIGKILL)
    wait_until(lambda: machine.state("train-1") == "dead")
    assert carrying({token}), "nothing escaped, so this test shows nothing"
    started = time.monotonic()
    engine.update(group)
    assert carrying({token}) == []
    assert time.monotonic() - started < 15


@pytest.mark.usefixtures("impatient")
def test_a_reused_pid_is_dead_and_never_signalled(engine: Engine, machine: Machine) -> None:
    group = engine.create("Group", machine.group_inputs("train-1"))
    kill(machine, "train-1")
    innocent = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    try:
        folder = machine.folder / "nodes" / "train-1"
        value = json.loads((folder / "node.json").read_text())
        born = psutil.Process(innocent.pid).create_time() - psutil.boot_time()
        (folder / "node.json").write_text(json.dumps({**value, "pid": innocent.pid, "create_time": born}))
        assert machine.state("train-1") == "dead"
        group = engine.update(group)
        assert group.outputs["nodes"][0]["generation"] == 2
        engine.delete(group)
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


@pytest.mark.usefixtures("impatient")
def test_no_token_marks_no_process() -> None:
    nothing: set[Any] = {None, ""}
    assert carrying(nothing) == []


@pytest.mark.parametrize("damage", [{"token": None}, {"token": ""}, {"pid": "1"}, {"pid": -1}, {"surprise": 1}])
def test_a_damaged_record_is_none_and_its_node_is_found_by_the_token_that_the_state_knows(
    engine: Engine, machine: Machine, damage: dict[str, object]
) -> None:
    group = engine.create("Group", machine.group_inputs("train-1"))
    before = machine.supervisor("train-1")
    file = machine.folder / "nodes" / "train-1" / "node.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | damage))
    assert Record.read(file.parent) is None
    engine.delete(group)
    assert not before.is_running()
    assert not file.parent.exists()


def test_more_nodes_starts_the_new_ones_and_fewer_ends_exactly_the_dropped_one(
    engine: Engine, machine: Machine
) -> None:
    group = engine.create("Group", machine.group_inputs("train-1", "train-2"))
    first_two = machine.records()
    reports = machine.bucket / "reports"
    reports.mkdir(parents=True)

    assert list(engine.diff(group, nodeNames=["train-1", "train-2", "train-3"]).diffs) == ["nodeNames"]
    group = engine.update(group, nodeNames=["train-1", "train-2", "train-3"])
    third = machine.record("train-3")
    assert machine.records() == {**first_two, "train-3": third}
    assert group.outputs["size"] == 3

    (reports / "train-2.json").write_text("{}")
    (reports / "train-3.json").write_text("{}")
    group = engine.update(group, nodeNames=["train-1", "train-2"])
    assert machine.records() == first_two
    assert carrying({third.token}) == []
    assert [path.name for path in reports.iterdir()] == ["train-2.json"]
    assert [item["name"] for item in group.outputs["nodes"]] == ["train-1", "train-2"]
    assert engine.unchanged(group)


@pytest.mark.usefixtures("impatient")
def test_new_user_data_restarts_each_node_in_its_place(engine: Engine, machine: Machine) -> None:
    group = engine.create("Group", machine.group_inputs("train-1"))
    change = engine.diff(group, userData=IDLE + "# newer\n")
    assert "userData" in change.diffs
    assert list(change.replaces) == []
    group = engine.update(group, userData=IDLE + "# newer\n")
    assert machine.record("train-1").generation == 2
    assert (machine.folder / "nodes/train-1/user-data.sh").read_text() == IDLE + "# newer\n"
    assert engine.unchanged(group)


def test_a_node_of_a_clone_that_is_gone_is_restarted_in_its_place(
    engine: Engine, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "python"
    clone.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    clone.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(clone))
        group = engine.create("Group", machine.group_inputs("train-1"))
    assert engine.unchanged(group)
    clone.unlink()
    assert list(engine.diff(group).diffs) == ["nodeNames"]
    group = engine.update(group)
    assert machine.record("train-1").generation == 2
    assert engine.unchanged(group)


def test_another_cluster_s_group_is_another_group(engine: Engine, machine: Machine) -> None:
    group = engine.create("Group", machine.group_inputs("train-1"))
    change = engine.diff(group, cluster="other")
    assert list(change.replaces) == ["cluster"]
    assert change.deleteBeforeReplace


def test_delete_leaves_no_process_and_no_file(engine: Engine, machine: Machine) -> None:
    names = ("train-1", "train-2")
    group = engine.create("Group", machine.group_inputs(*names, userData=ESCAPES.replace("trap '' TERM\n", "", 1)))
    wait_until(lambda: all(len(machine.processes(name)) >= 3 for name in names))
    tokens = {record.token for record in machine.records().values()}
    engine.delete(group)
    assert carrying(tokens) == []
    assert machine.left() == []
    engine.delete(group)  # an engine that was killed meanwhile asks again


@pytest.mark.usefixtures("impatient")
def test_nodes_whose_folder_was_removed_by_hand_are_found_by_their_token(engine: Engine, machine: Machine) -> None:
    group = engine.create("Group", machine.group_inputs("train-1"))
    wait_until(lambda: len(machine.processes("train-1")) == 2)
    token = machine.record("train-1").token
    subprocess.run(["rm", "-rf", machine.folder], check=True)
    assert engine.diff(group).changes == provider_pb2.DiffResponse.DIFF_SOME
    engine.delete(group)
    assert carrying({token}) == []
    assert not machine.folder.exists()


def test_a_worker_is_given_time_to_stop(engine: Engine, machine: Machine) -> None:
    checkpoint = machine.folder / "checkpoint"
    polite = f"#!/bin/bash\ntrap 'sleep 0.5; echo saved > {checkpoint}; exit' TERM\nwhile :; do sleep 0.1; done\n"
    group = engine.create("Group", machine.group_inputs("train-1", userData=polite))
    wait_until(lambda: len(machine.processes("train-1")) >= 2)
    time.sleep(0.3)  # bash has set its trap
    engine.delete(group)
    assert checkpoint.read_text() == "saved\n"


def test_a_create_that_fails_leaves_nothing(engine: Engine, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Record] = []
    start = node.start

    def second_fails(wanted: node.Node, generation: int) -> Record:
        if started:
            monkeypatch.setattr(supervisord, "render", lambda role: "[supervisord]\nnodaemon=maybe\n")
        started.append(start(wanted, generation))
        return started[-1]

    monkeypatch.setattr(node, "start", second_fails)
    with pytest.raises(Refused, match=r"node train-2: its supervisor ended at once(.|\n)*maybe"):
        engine.create("Group", machine.group_inputs("train-1", "train-2"))
    assert carrying({record.token for record in started}) == []
    assert machine.left() == []


def test_a_create_takes_over_what_an_interrupted_one_left(engine: Engine, machine: Machine) -> None:
    engine.create("Group", machine.group_inputs("train-1", "train-2"))
    kill(machine, "train-2")
    kept = machine.record("train-1")
    group = engine.create("Group", machine.group_inputs("train-1", "train-2"))  # the engine has no state of the first
    assert machine.record("train-1") == kept
    assert [item["generation"] for item in group.outputs["nodes"]] == [1, 2]


GROW = """
import json, sys
from pathlib import Path
from components.local.runtime.group import Group
values = json.loads(sys.argv[1])
folder = Path(values["folder"])
group = Group("local", "train", "compute", values["names"], folder, folder / "bucket", values["user_data"])
group.grow(values["names"])
print(json.dumps([[status.name, status.generation] for status in group.list()]))
"""


def test_two_processes_that_grow_at_once_start_each_node_once(machine: Machine) -> None:
    names = ["train-1", "train-2"]
    arguments = json.dumps({"folder": str(machine.folder), "names": names, "user_data": IDLE})
    both = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(GROW), arguments], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [json.loads(process.communicate(timeout=30)[0]) for process in both]
    assert answers == [[["train-1", 1], ["train-2", 1]]] * 2
    mine = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "supervisor.supervisord" in (process.info["cmdline"] or [])
        and (process.info["environ"] or {}).get("CLUSTERWRIGHT_NODE_DIR", "").startswith(str(machine.folder))
    ]
    assert len(mine) == 2


@pytest.mark.parametrize(
    ("changed", "failure"),
    [
        ({"folder": "/tmp/" + "x" * 90}, ("folder", "has 126 bytes and the kernel allows 99")),
        ({"nodeNames": ["train-1", "train-1"]}, ("nodeNames", "names a node twice")),
        ({"nodeNames": ["../head"]}, ("name", "'../head' is not a name")),
        ({"role": "login"}, ("role", "Input should be 'head' or 'compute'")),
        ({"colour": "red"}, ("colour", "Extra inputs are not permitted")),
    ],
)
def test_bad_inputs_are_refused_before_anything_is_made(
    engine: Engine, machine: Machine, changed: dict[str, object], failure: tuple[str, str]
) -> None:
    name, reason = failure
    failures = engine.check("Group", machine.group_inputs("train-1", **changed))
    assert reason in failures[name]


def test_unknown_inputs_pass_in_a_preview(engine: Engine, machine: Machine) -> None:
    inputs = machine.group_inputs("train-1", bucket=UNKNOWN)
    assert engine.check("Group", inputs) == {}
    assert engine.preview_create("Group", inputs) == inputs
