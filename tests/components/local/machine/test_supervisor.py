"""What the supervisor answers, without a machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.local.runtime.machine.fleet import Fleet, Group
from components.local.runtime.machine.place import Place
from components.local.runtime.machine.supervisor import CONTROL, GROUPS, respond


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    fleet = Fleet(Place(tmp_path))
    fleet.define(Group("head", "head", 1, "", []))
    fleet.define(Group("train", "compute", 2, "", []))
    return fleet


def ask(fleet: Fleet, **request: Any) -> dict[str, Any]:
    return respond(fleet, GROUPS, json.dumps(request).encode())


def test_a_group_without_machines_is_empty(fleet: Fleet) -> None:
    assert ask(fleet, op="list", group="train") == {"ok": True, "machines": []}


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"op": "grow", "group": "train", "size": 3}, "group train can have 2 machines at most, and 3 were asked for"),
        ({"op": "grow", "group": "train", "size": 1}, "the cluster's network is gone"),
        ({"op": "list", "group": "head"}, "there is no group head of compute machines"),
        ({"op": "list", "group": "../../etc"}, "there is no group ../../etc of compute machines"),
        ({"op": "list"}, "the request can't be read: KeyError('group')"),
        ({"op": "power_cut", "id": "m-1"}, "'power_cut' is none of list, grow, end"),
    ],
)
def test_the_head_is_told_why_it_is_refused(fleet: Fleet, request_: dict[str, Any], reason: str) -> None:
    answer = ask(fleet, **request_)
    assert answer["ok"] is False
    assert answer["reason"].startswith(reason)


@pytest.mark.parametrize("line", [b"", b"\n", b"[]\n", b"7\n", b"{\n", b"\xff\n"])
def test_what_is_no_request_is_answered(fleet: Fleet, line: bytes) -> None:
    assert respond(fleet, CONTROL, line)["ok"] is False


def test_to_end_what_is_not_there_is_to_have_ended_it(fleet: Fleet) -> None:
    assert ask(fleet, op="end", group="train", ids=["m-00000000"]) == {"ok": True, "machines": []}
