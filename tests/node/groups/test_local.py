"""What is this host's alone: a socket, and whatever may answer on it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from clusterwright.node.groups import GroupError
from clusterwright.node.groups.local import LocalGroup
from tests.node.groups.local_host import LocalHost


@pytest.fixture
def host(tmp_path: Path) -> Iterator[LocalHost]:
    host = LocalHost(tmp_path)
    yield host
    host.close()


def test_a_machine_has_the_address_that_the_supervisor_says(host: LocalHost) -> None:
    host.group.grow(1)
    assert [machine.address for machine in host.group.list()] == ["10.77.0.2"]


def test_nothing_is_asked_to_end_no_machines(host: LocalHost) -> None:
    host.group.end([])
    assert host.calls == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "nothing, and hung up"),
        (b"{\n", "no answer: {"),
        (b"[]\n", "no answer"),
        (b'{"ok": false}\n', "no answer"),
        (b'{"ok": true, "machines": [{"id": "a"}]}\n', "no answer"),
        (b'{"ok": true, "machines": [{"id": "a", "state": "asleep", "address": null}]}\n', "a is `asleep`"),
    ],
)
def test_an_answer_that_is_none_is_told(host: LocalHost, answer: bytes, words: str) -> None:
    host.raw = answer
    with pytest.raises(GroupError, match=words):
        host.group.list()


def test_a_supervisor_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GroupError, match=r"no answer at .*none\.sock: No such file"):
        LocalGroup("train", tmp_path / "none.sock").list()


def test_a_supervisor_that_hangs_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.bind(str(tmp_path / "groups.sock"))
        silent.listen()
        started = monotonic()
        with pytest.raises(GroupError, match="timed out"):
            LocalGroup("train", tmp_path / "groups.sock", patience=0.05).list()
        assert monotonic() - started < 2
