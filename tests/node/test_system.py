"""The system's own files say what the agent knows, and nothing of others is lost."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from clusterwright.node.commands import CommandFailed, run
from clusterwright.node.system import (
    end_jobs,
    is_active,
    keep_hostname,
    keep_hosts,
    known_address,
    own_address,
    stop,
)
from tests.node.programs import Programs


def test_lines_of_others_stay_and_ours_are_replaced(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n# a note\n127.0.1.1 train-1 old\n10.0.0.1 head # clusterwright\n")
    assert keep_hosts({"head": "10.0.0.2", "train-1": "10.0.0.7"}, tmp_path)
    assert hosts.read_text().splitlines() == [
        "127.0.0.1 localhost",
        "# a note",
        "10.0.0.2 head # clusterwright",
        "10.0.0.7 train-1 # clusterwright",
    ]
    assert not keep_hosts({"head": "10.0.0.2", "train-1": "10.0.0.7"}, tmp_path), "nothing to do"
    assert hosts.stat().st_mode & 0o777 == 0o644, "every program reads it"


def test_an_address_is_known_by_our_lines_alone(tmp_path: Path) -> None:
    assert known_address("head", tmp_path) is None
    (tmp_path / "hosts").write_text("10.9.9.9 head\n")
    assert known_address("head", tmp_path) is None
    keep_hosts({"head": "10.0.0.1"}, tmp_path)
    assert known_address("head", tmp_path) == "10.0.0.1"


def test_a_machine_is_named_once_for_now_and_for_its_next_boot(tmp_path: Path, programs: Programs) -> None:
    keep_hostname("train-1", tmp_path)
    assert programs.calls() == ["hostname train-1"]
    assert (tmp_path / "hostname").read_text() == "train-1\n"
    keep_hostname(socket.gethostname(), tmp_path)
    assert programs.calls() == []


def test_a_service_runs_if_systemd_says_so(programs: Programs) -> None:
    assert not is_active("slurmd")
    programs.let("systemctl", "")
    assert is_active("slurmd")
    assert set(programs.calls()) == {"systemctl is-active --quiet slurmd"}


def test_a_service_that_does_not_run_is_not_stopped(programs: Programs) -> None:
    stop("slurmd")
    assert programs.calls() == ["systemctl is-active --quiet slurmd"]
    programs.let("systemctl", "")
    stop("slurmd")
    assert programs.calls()[-1] == "systemctl stop slurmd"


def test_jobs_end_with_all_their_processes(programs: Programs) -> None:
    rounds = programs.folder / "rounds"
    programs.let("pkill", f'[ "$3" = --uid ] || exit 1; echo >>{rounds}; [ $(wc -l <{rounds}) -lt 3 ]')
    end_jobs()
    assert programs.calls() == ["pkill --signal KILL --exact slurmstepd", "pkill --signal KILL --uid cluster"] * 3


@pytest.mark.parametrize(
    ("pkill", "reason"),
    [("", "do not end within 0 s"), ("echo 'pkill: invalid user name: cluster' >&2; exit 2", "invalid user name")],
)
def test_jobs_that_do_not_end_are_told(programs: Programs, pkill: str, reason: str) -> None:
    programs.let("pkill", pkill)
    with pytest.raises(CommandFailed, match=reason):
        end_jobs(limit=0.1)


class Routeless(socket.socket):
    def connect(self, address: object, /) -> None:
        raise OSError(101, "Network is unreachable")


def test_without_a_route_there_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", Routeless)
    assert own_address() is None


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["sh", "-c", "echo first; echo no such node >&2; exit 1"], "failed: no such node"),
        (["sh", "-c", "exit 3"], "failed: exit code 3"),
        (["no-such-program"], "`no-such-program` cannot be run: No such file or directory"),
        (["sleep", "9"], "`sleep 9` is not done after 0 s"),
    ],
)
def test_a_program_that_fails_says_why(command: list[str], reason: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        run(*command, limit=0.1)
    assert str(caught.value).endswith(reason)
