"""Driving a stack: its messages with a stand-in `pulumi`, and its settings with the real one on a trivial program."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from clusterwright.errors import ClusterwrightError
from components.local.runtime import files
from tests.tools.conftest import Program
from tools import engine, environment, stack
from tools.environment import Refused
from tools.stack import Stack


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["stack", *arguments])
    return stack.main()


@pytest.fixture
def root(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with the specs `local`, `big` on aws, and `broken`."""
    folder = home / "project"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: clusterwright\n")
    for name, text in {"local": "provider: local", "big": "provider: aws", "broken": "provider: [local"}.items():
        (folder / "stacks" / f"{name}.yaml").write_text(f"name: {name}\n{text}\n")
    monkeypatch.setattr(stack, "ROOT", folder)
    monkeypatch.setattr(engine, "make_sure", lambda: folder)
    return folder


def test_a_missing_spec_is_told_with_the_stacks_there_are(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "stacks" / "big.lock.yaml").touch()
    assert run(monkeypatch, "up", "loocal") == 2
    assert capsys.readouterr().err == (
        "error: there is no stacks/loocal.yaml\n  hint: the stacks there are: big, broken, local\n"
    )


def test_a_broken_spec_is_told_without_a_traceback(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "up", "broken") == 2
    said = capsys.readouterr().err
    assert "broken.yaml:" in said
    assert "Traceback" not in said


def test_a_cloud_stack_that_cannot_be_deployed_says_why_before_the_engine_is_called(
    root: Path, program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program("pulumi", f"touch {root}/called")
    (root / "stacks" / "far.yaml").write_text("name: far\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n")
    monkeypatch.chdir(root)
    assert run(monkeypatch, "up", "far") == 1
    assert "error: far can't be deployed: " in (said := capsys.readouterr().err)
    assert "clusterwright lock" in said
    assert not (root / "called").exists()


@pytest.mark.parametrize("command", ["up", "preview"])
def test_what_a_rule_refuses_is_told_before_the_engine_is_called(
    root: Path, program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    program("pulumi", f"touch {root}/called")
    (root / "stacks" / "two.yaml").write_text("name: two\nprovider: local\ngroups: [{name: a}, {name: a}]\n")
    monkeypatch.chdir(root)
    assert run(monkeypatch, command, "two") == 1
    assert capsys.readouterr().err.startswith("stacks/two.yaml:3:28: error[CW-NAM-001]: ")
    assert not (root / "called").exists()


def test_a_cloud_stack_without_a_shared_backend_ends_with_2(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "down", "big") == 2
    assert "aws s3api create-bucket" in capsys.readouterr().err


def stand_in(root: Path) -> Stack:
    return Stack("local", "mini", "local", None, {}, root)


def test_another_update_on_the_stack_is_told_with_the_way_out(
    root: Path, program: Program, capfd: pytest.CaptureFixture[str]
) -> None:
    program("pulumi", 'echo "error: the stack is currently locked by 1 lock(s)" >&2; exit 255')
    assert stack.preview(stand_in(root)) == 1
    assert '(env=$(make -s env STACK=local) && eval "$env" && pulumi cancel)' in capfd.readouterr().err


def test_another_passphrase_is_told_with_its_file_and_the_way_out(
    root: Path, program: Program, capfd: pytest.CaptureFixture[str]
) -> None:
    program("pulumi", 'echo "error: get stack secrets manager: incorrect passphrase" >&2; exit 255')
    one = dataclasses.replace(stand_in(root), added={"PULUMI_CONFIG_PASSPHRASE_FILE": "/where/it/is"})
    assert stack.preview(one) == 1
    with pytest.raises(Refused) as refused:
        one.kept()
    for said in (capfd.readouterr().err, str(refused.value)):
        assert "another passphrase than the one in /where/it/is" in said
        assert "pulumi stack rm --force --yes local" in said


@pytest.mark.parametrize(
    ("provider", "said", "hint"),
    [
        ("aws", "operation error S3: GetObject, get identity: get credentials: failed to refresh", "aws sso login"),
        ("gcp", "google: could not find default credentials. See https", "gcloud auth application-default login"),
    ],
)
def test_missing_credentials_are_told_with_how_to_sign_in(
    root: Path, program: Program, provider: str, said: str, hint: str
) -> None:
    program("pulumi", f'echo "error: {said}" >&2; exit 255')
    with pytest.raises(Refused) as refused:
        dataclasses.replace(stand_in(root), provider=provider).prepare()
    assert f"hint: sign in: {hint}" in str(refused.value)


def test_up_ends_as_the_job_ends(root: Path, program: Program) -> None:
    program("pulumi", "exit 0")
    program("clusterwright", '[ "$1" = results ] || exit 1')
    assert stack.up(stand_in(root)) == 1


def test_up_removes_superseded_bundles_and_is_not_failed_by_those_that_stay(root: Path, program: Program) -> None:
    program("pulumi", "exit 0")
    program("clusterwright", f'echo "$*" >>{root}/called; [ "$1" != prune ]')
    assert stack.up(stand_in(root)) == 0
    assert (root / "called").read_text().splitlines()[:2] == ["prune local", "watch local --until-finished"]


def test_up_does_not_watch_what_was_not_deployed(root: Path, program: Program) -> None:
    program("pulumi", "exit 255")
    program("clusterwright", f'echo "$1" >{root}/called')
    assert stack.up(stand_in(root)) == 1
    assert not (root / "called").exists()


ERRORS = [
    {"preludeEvent": {"config": {}}},
    {"diagnosticEvent": {"urn": "urn:pulumi:big::p::t::big-head", "severity": "warning", "message": "Throttling"}},
    {
        "diagnosticEvent": {
            "urn": "urn:pulumi:big::p::t::big-head",
            "severity": "error",
            "message": "InvalidAMIID.NotFound",
        }
    },
    {"diagnosticEvent": {"urn": "urn:pulumi:big::p::t::big-data", "severity": "error", "message": "the moon is full"}},
    {"diagnosticEvent": {"severity": "error", "message": "update failed: InvalidAMIID.NotFound"}},
]


def test_what_a_cloud_refuses_an_update_is_told_as_cause_and_next_step(
    root: Path, program: Program, capfd: pytest.CaptureFixture[str]
) -> None:
    (root / "events").write_text("".join(json.dumps(event) + "\n" for event in ERRORS) + '{"diagnosticEv')
    program("pulumi", f'for last; do :; done; [ "$PULUMI_DEBUG_COMMANDS" ] && /bin/cp {root}/events "$last"; exit 255')
    assert stack.up(dataclasses.replace(stand_in(root), name="big", provider="aws")) == 1
    said = capfd.readouterr().err
    assert said.count("error: ") == 1
    assert "error: big-head: its image is not there, or not this account's to use\n  hint: " in said
    assert "`make up STACK=big`" in said


@pytest.mark.parametrize(("provider", "flag"), [("aws", True), ("local", False)])
def test_an_update_that_never_began_is_not_explained(
    root: Path, program: Program, capfd: pytest.CaptureFixture[str], provider: str, flag: bool
) -> None:
    program("pulumi", f'echo "$@" >{root}/called; exit 255')
    assert stack.up(dataclasses.replace(stand_in(root), provider=provider)) == 1
    assert ("--event-log" in (root / "called").read_text()) is flag
    assert capfd.readouterr().err == ""


def test_up_of_a_stack_without_a_job_has_no_results_to_fetch(root: Path, program: Program) -> None:
    program("pulumi", "exit 0")
    program("clusterwright", '[ "$1" = watch ]')
    assert stack.up(dataclasses.replace(stand_in(root), has_job=False)) == 0


def test_what_the_system_refuses_is_told_without_a_traceback(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "state").write_text("in the way")
    assert run(monkeypatch, "env", "local") == 2
    said = capsys.readouterr().err
    assert f"{home / 'state'}" in said.splitlines()[0]
    assert "  hint: " in said


@pytest.mark.parametrize("name", ["", "a b", "a'b", 'a"b', "$(touch made)", "--help", "x; touch made", "../local"])
def test_make_hands_a_stack_s_name_on_as_it_is(root: Path, home: Path, name: str) -> None:
    asked = home / "asked"
    (home / "python").write_text(f'#!/bin/sh\nshift 2\nprintf "%s\\n" "$@" >{asked}\n')
    (home / "python").chmod(0o755)
    tests_own = ("-o", "ready", f"RUN_STACK={home / 'python'} -m tools.stack")
    made = name.replace("$", "$$")  # make's own way to write a dollar sign
    subprocess.run(
        ["make", "-f", environment.ROOT / "Makefile", *tests_own, "up", f"STACK={made}"], cwd=home, check=True
    )
    assert asked.read_text() == f"up\n--\n{name}\n"
    assert not (home / "made").exists()


def test_ending_the_watch_ends_up_too(root: Path, program: Program, capfd: pytest.CaptureFixture[str]) -> None:
    program("pulumi", "exit 0")
    program("clusterwright", '[ "$1" = watch ] && exit 130; exit 9')
    assert stack.up(stand_in(root)) == 130
    assert capfd.readouterr().err == "", "watch has said how to go on"


def test_ctrl_c_is_left_to_pulumi_which_ends_in_its_own_way(root: Path, program: Program) -> None:
    program("pulumi", "trap 'echo cancelled; exit 1' INT; echo started; while :; do /bin/sleep 0.1; done")
    driver = f"""
import sys
from pathlib import Path
from tools import stack
sys.exit(stack.preview(stack.Stack("local", "mini", "local", None, {{}}, Path({str(root)!r}))))
"""
    with subprocess.Popen(
        [sys.executable, "-c", driver], cwd=environment.ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=20) == ("cancelled\n", None)
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("provider", "down", "purge", "told"),
    [
        ("local", "", "--remove", "remove that too: make purge STACK=local"),
        ("aws", "--exclude-protected", "--remove --ignore-protect", "make up STACK=local goes on with that"),
    ],
)
def test_what_is_protected_in_a_cloud_outlives_down_in_the_stack_and_purge_in_the_account(
    root: Path,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    provider: str,
    down: str,
    purge: str,
    told: str,
) -> None:
    state = {"deployment": {"secrets_providers": {"state": {}}}}
    asked = root / "asked"
    program(
        "pulumi",
        f"""case "$1 $2" in
"stack export") echo '{json.dumps(state)}' ;;
"stack output") echo '{{"kept": [{{"name": "data", "path": "s3://d"}}]}}' ;;
*) echo "$@" >>{asked} ;;
esac""",
    )
    one = Stack("local", "mini", provider, None, {}, root)
    monkeypatch.setenv("YES", "1")
    assert stack.down(one) == 0
    assert f"kept: data in s3://d\n{told}" in capfd.readouterr().out
    assert stack.purge(one) == 0
    destroy = "destroy --yes --skip-preview"
    assert asked.read_text().splitlines() == [f"{destroy} {down}".strip(), f"{destroy} {purge}"]


@pytest.fixture
def bucket(program: Program, home: Path) -> Path:
    """The data that cluster `mini` kept when its stack was destroyed."""
    program("pulumi", "echo \"error: no stack named 'local' found\" >&2; exit 6")
    folder = home / "data" / "clusterwright" / "mini" / "bucket"
    (folder / "jobs").mkdir(parents=True)
    files.write_marker(folder, "bucket", "mini")
    return folder


def test_purge_without_a_terminal_removes_nothing_unless_told(
    root: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("local\n"))
    with pytest.raises(Refused, match="make purge STACK=local YES=1"):
        stack.purge(stand_in(root))
    assert bucket.exists()
    monkeypatch.setenv("YES", "1")
    assert stack.purge(stand_in(root)) == 0
    assert not bucket.parent.exists()
    assert bucket.parent.parent.exists()


@pytest.mark.parametrize(
    ("kind", "cluster"),
    [("cluster", "mini"), ("bucket", "other")],
    ids=["of a cluster that another stack has up", "of a cluster with another name"],
)
def test_purge_leaves_the_data(
    root: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch, kind: str, cluster: str
) -> None:
    files.write_marker(bucket.parent if kind == "cluster" else bucket, kind, cluster)
    monkeypatch.setenv("YES", "1")
    assert stack.purge(stand_in(root)) == 0
    assert bucket.exists()


def test_purge_leaves_the_data_that_another_stack_kept(
    root: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write_marker(bucket, "bucket", "mini", stack="clusterwright/other")
    monkeypatch.setenv("YES", "1")
    assert stack.purge(stand_in(root)) == 0
    assert capsys.readouterr().out == "nothing is left of stack local\n"
    assert bucket.exists()


@pytest.mark.parametrize("name", ["gone", "broken"])
@pytest.mark.parametrize("kind", ["cluster", "bucket"])
def test_a_cluster_whose_spec_is_gone_or_broken_can_be_taken_down(
    root: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    folder = bucket.parent if kind == "cluster" else bucket
    files.write_marker(folder, kind, "mini", stack=f"clusterwright/{name}")
    opened = stack.open_stack(name, "down")
    assert (opened.name, opened.cluster, opened.provider) == (name, "mini", "local")
    assert f"goes on with what stack {name} has on this machine: cluster mini" in capfd.readouterr().err
    with pytest.raises(ClusterwrightError):
        stack.open_stack(name, "up")
    with pytest.raises(ClusterwrightError):
        stack.open_stack("other", "down")


@pytest.mark.parametrize("content", [b"encryptionsalt: [", b"[1, 2]", b"\xc3\x28", b"a\0b"])
def test_damaged_settings_are_told_with_their_file(root: Path, content: bytes) -> None:
    one = stand_in(root)
    one.settings.write_bytes(content)
    with pytest.raises(Refused, match="delete it") as refused:
        one.encrypt_as({"encryptionsalt": "v1:x"})
    assert str(one.settings) in str(refused.value).splitlines()[0]
    assert one.settings.read_bytes() == content


def test_empty_settings_are_no_settings(root: Path) -> None:
    one = stand_in(root)
    one.settings.touch()
    one.encrypt_as({"encryptionsalt": "v1:x"})
    assert yaml.safe_load(one.settings.read_text()) == {"encryptionsalt": "v1:x"}


PROGRAM = """\
import pulumi
pulumi.export("secret", pulumi.Output.secret("told to nobody"))
pulumi.export("kept", [{"name": "data", "path": "/srv/data"}])
"""


# Settings that a stack of the same name on another backend, with another passphrase, left in a clone.
FOREIGN = """\
config:
  trial:size: 3
encryptionsalt: v1:x9VjRQgx5mo=:v1:kJWd6heFHPVuEkTz:eec4Qs8n/LIfMGKYD8B1efl2r9ucoA==
"""


def clone(folder: Path) -> Stack:
    """A clone of a project with a program that has two outputs and no resource."""
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: trial\nmain: stacks\nruntime: python\n")
    (folder / "stacks" / "__main__.py").write_text(PROGRAM)
    found = engine.make_sure()
    assert found, "the engine tests need an engine: make engine"
    return Stack("trial", "trial", "local", None, environment.for_stack("trial", "local", None, found), folder)


@pytest.mark.engine
@pytest.mark.timeout(600)
def test_a_second_clone_works_on_the_same_stack_with_the_same_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # The engine of the machine, not of this test's empty cache.
    monkeypatch.delenv("XDG_CACHE_HOME")
    first, second = clone(home / "first"), clone(home / "second")
    monkeypatch.setenv("PATH", first.added["PATH"])
    first.settings.write_text(FOREIGN)
    first.prepare()
    assert first.run("pulumi", "up", "--yes", "--skip-preview") == 0
    for left_there in (None, FOREIGN):
        if left_there:
            second.settings.write_text(left_there)
        second.prepare()
        settings = yaml.safe_load(second.settings.read_text())
        assert settings["encryptionsalt"] == yaml.safe_load(first.settings.read_text())["encryptionsalt"]
    assert settings["config"] == {"trial:size": 3}
    assert second.run("pulumi", "preview", "--expect-no-changes") == 0
    assert json.loads(second.ask("output", "--json", "--show-secrets") or "")["secret"] == "told to nobody"

    capfd.readouterr()
    assert stack.down(second) == 0
    assert "kept: data in /srv/data\nremove that too: make purge STACK=trial\n" in capfd.readouterr().out
    monkeypatch.setenv("YES", "1")
    assert stack.purge(first) == 0
    assert not first.settings.exists()
    assert stack.down(second) == 0
    assert capfd.readouterr().out.endswith("stack trial is not deployed\n")


def test_settings_of_a_cloud_key_come_from_the_state() -> None:
    recorded = {"type": "cloud", "state": {"url": "awskms://alias/state", "encryptedkey": "QUJD"}}
    assert stack.recorded_encryption({"deployment": {"secrets_providers": recorded}}) == {
        "secretsprovider": "awskms://alias/state",
        "encryptedkey": "QUJD",
    }
