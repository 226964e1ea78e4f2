"""A machine is found by what people call it, and asked for what a cloud would do to it; nothing is entered here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from clusterwright import paths
from components.local.runtime import files
from components.local.runtime.machine import supervisor
from components.local.runtime.machine.__main__ import main
from components.local.runtime.machine.machine import Machine
from components.local.runtime.machine.place import Place

MACHINES = {"m-0000000a": "head", "m-0000000b": "train", "m-0000000c": "train"}


@pytest.fixture(autouse=True)
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is done to machines of cluster `iron`, whose second of group `train` is train-1."""
    place = Place(tmp_path)
    for id, group in MACHINES.items():
        record = {"group": group, "role": "head" if group == "head" else "compute", "address": "10.0.0.9", "layers": []}
        files.write_json(place.machines / id / "machine.json", record)
    files.write_json(place.bucket / "nodes" / "claims" / "train-1.json", {"machine": "m-0000000c", "name": "train-1"})
    (place.bucket / "nodes" / "claims" / "train-2.json").write_text("{")
    done: list[Any] = []
    monkeypatch.setattr(paths, "cluster_dir", lambda name: tmp_path if name == "iron" else tmp_path / name)
    monkeypatch.setattr(Machine, "enter", lambda own, *command: [own.id, *command[1:]])
    monkeypatch.setattr(os, "execvp", lambda _, line: done.append(line))
    monkeypatch.setattr(supervisor, "call", lambda _, op, **more: done.append((op, more)))
    return done


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["iron"], ["m-0000000a", "bash", "--login"]),
        (["iron", "head", "sinfo", "-R", "--help"], ["m-0000000a", "sinfo", "-R", "--help"]),
        (["iron", "train", "id"], ["m-0000000b", "id"]),
        (["iron", "train-1", "id"], ["m-0000000c", "id"]),
        (["iron", "m-0000000c", "id"], ["m-0000000c", "id"]),
    ],
    ids=" ".join,
)
def test_a_machine_is_entered_by_name_id_or_group(asked: list[Any], arguments: list[str], line: list[str]) -> None:
    main(arguments)
    assert asked == [line]


def test_a_power_cut_and_a_notice_go_to_the_supervisor(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    main(["--power-cut", "iron", "train-1"])
    main(["--notice", "spot", "--in", "30", "iron", "train-1"])
    assert asked == [
        ("power_cut", {"id": "m-0000000c"}),
        ("notice", {"id": "m-0000000c", "kind": "spot", "at": 1030.0}),
    ]


def test_the_names_of_nodes_are_listed_beside_the_ids(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--list", "iron"])
    lines = ["head (m-0000000a, dead)", "train (m-0000000b, dead)", "train-1 (m-0000000c, dead)"]
    assert capsys.readouterr().out.splitlines() == lines


def test_who_names_no_machine_is_told_which_there_are() -> None:
    with pytest.raises(SystemExit, match=r"has no machine train-9; it has: head \(m-0000000a, dead\), .*train-1 \("):
        main(["iron", "train-9"])


def test_help_is_no_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--power-cut" in capsys.readouterr().out
