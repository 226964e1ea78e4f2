"""What clusters on this computer need is looked for, and told how to get."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.host import local
from tests.host.computer import Computer, finds


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "clusterwright" / "machines"


def test_processes_need_no_root() -> None:
    assert {check.state for check in local.processes(Computer(root=False))} == {"ok"}


def test_machines_have_all_that_they_need_on_such_a_computer(cache: Path) -> None:
    (cache / "0123456789abcdef" / "root").mkdir(parents=True)
    assert {check.state for check in local.machines(Computer())} == {"ok"}


@pytest.mark.parametrize("program", local.PROCESSES)
def test_a_program_that_processes_lack_is_told_with_its_package(program: str) -> None:
    check = finds(lambda: local.processes(Computer(without=(program,))), program)
    assert check.state == "missing"
    assert check.hint == f"on Debian and Ubuntu: apt-get install {local.PACKAGES[program]}"


@pytest.mark.parametrize("program", local.MACHINES)
def test_a_program_that_machines_lack_is_told_with_its_package(program: str) -> None:
    check = finds(lambda: local.machines(Computer(without=(program,))), program)
    assert check.state == "missing"
    assert check.hint == f"on Debian and Ubuntu: apt-get install {local.PACKAGES[program]}"


@pytest.mark.parametrize(
    ("computer", "name", "found", "hint"),
    [
        (Computer(system="Darwin"), "Linux", "this is Darwin", "runtime: process"),
        (Computer(root=False), "root", "you are not root", "as root"),
        (Computer(locked="/sys"), "cgroups", "no hierarchy", "--privileged"),
        (Computer(failing={"--net": "Operation not permitted"}), "mount rights", "not permitted", "--privileged"),
        (Computer(failing={"lowerdir": "unknown filesystem"}), "overlayfs", "unknown filesystem", "modprobe overlay"),
        (Computer(locked="/proc"), "IP forwarding", "can't be written", "sysctl -w net.ipv4.ip_forward=1"),
    ],
)
def test_what_a_host_does_not_permit_is_told(computer: Computer, name: str, found: str, hint: str) -> None:
    check = finds(lambda: local.machines(computer), name)
    assert check.state == "missing"
    assert found in check.found
    assert hint in (check.hint or "")


@pytest.mark.parametrize(
    ("computer", "problems"),
    [
        (Computer(), []),
        (Computer(root=False), ["root: you are not root; run the command as root, or write `runtime: process`"]),
        (
            Computer(without=("nft",), failing={"lowerdir": "unknown filesystem"}),
            [
                "nft: not on PATH; on Debian and Ubuntu: apt-get install nftables",
                "overlayfs: unknown filesystem; modprobe overlay; in a container, start that with --privileged",
            ],
        ),
    ],
)
def test_all_that_machines_lack_is_told_at_once(computer: Computer, problems: list[str]) -> None:
    assert local.problems(computer) == problems


def test_processes_are_told_that_they_need_linux() -> None:
    check = finds(lambda: local.processes(Computer(system="Darwin")), "Linux")
    assert (check.state, check.hint) == ("missing", "use a Linux machine")


def test_forwarding_that_is_on_is_never_written() -> None:
    check = finds(lambda: local.machines(Computer(forwarding="1", locked="/proc")), "IP forwarding")
    assert (check.state, check.found) == ("ok", "on")


@pytest.mark.parametrize("computer", [Computer(root=False), Computer(system="Darwin")])
def test_nothing_is_tried_that_must_fail(computer: Computer) -> None:
    list(local.machines(computer))
    assert computer.tried == []


def test_a_base_root_that_is_not_built_is_no_failure() -> None:
    check = finds(lambda: local.machines(Computer()), "base root")
    assert check.state == "later"
    assert "the first deployment builds it" in (check.hint or "")
