"""What a host lacks for machines is told in words, with what to do."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

from clusterwright import machines


def test_another_system_than_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert machines.problems() == ["machines need Linux, and this is Darwin: write `runtime: process`"]


def test_another_user_than_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert machines.problems() == ["machines need root: run the command as root, or write `runtime: process`"]


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None if name in ("nft", "nsenter", "unshare") else name)
    assert machines.problems() == [
        "these programs are missing: nft, nsenter, unshare. On Debian and Ubuntu: apt-get install nftables util-linux"
    ]


def test_a_container_that_may_do_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(machines, "CGROUPS", tmp_path)
    monkeypatch.setattr(machines, "_failure", lambda *command: "Operation not permitted")
    cgroups, namespaces, overlay = machines.problems()
    assert cgroups.startswith(f"{tmp_path} holds no cgroup hierarchy that can be written: in a container, start")
    assert "may not make namespaces and mounts (Operation not permitted)" in namespaces
    assert "load the module with `modprobe overlay`" in overlay
