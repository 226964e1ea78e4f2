"""The supervisor's configuration: what runs, and that nothing outlives it."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from components.local.runtime import supervisord
from components.local.runtime.node import socket_problem


def programs(role: str) -> dict[str, configparser.SectionProxy]:
    parser = configparser.RawConfigParser()
    parser.read_string(supervisord.render(role))
    return {name.removeprefix("program:"): parser[name] for name in parser.sections() if name.startswith("program:")}


@pytest.mark.parametrize(("role", "expected"), [("head", ["agent", "rendezvous"]), ("compute", ["agent", "worker"])])
def test_each_role_has_its_programs(role: str, expected: list[str]) -> None:
    assert list(programs(role)) == expected


@pytest.mark.parametrize("role", ["head", "compute"])
def test_every_program_dies_with_its_supervisor(role: str) -> None:
    for program in programs(role).values():
        assert program["command"].startswith("setpriv --pdeathsig KILL bash ")


def test_the_worker_stops_first_and_has_longer_than_torchrun_gives_its_ranks() -> None:
    compute = programs("compute")
    assert int(compute["worker"]["priority"]) > int(compute["agent"]["priority"])
    assert int(compute["worker"]["stopwaitsecs"]) > 30
    total = sum(int(program["stopwaitsecs"]) for program in compute.values())
    assert total < supervisord.STOP_SECONDS


def test_a_worker_that_is_done_stays_down_and_one_that_failed_comes_back() -> None:
    worker = programs("compute")["worker"]
    assert (worker["autostart"], worker["autorestart"], worker["exitcodes"]) == ("false", "unexpected", "0")


def test_the_longest_path_that_fits_a_socket_is_allowed_and_one_byte_more_is_not() -> None:
    longest = supervisord.MAX_SOCKET_PATH_BYTES - len("/supervisord.sock")
    assert socket_problem(Path("/" + "x" * (longest - 1))) is None
    problem = socket_problem(Path("/" + "x" * longest))
    assert problem is not None
    assert f"has {supervisord.MAX_SOCKET_PATH_BYTES + 1} bytes" in problem
