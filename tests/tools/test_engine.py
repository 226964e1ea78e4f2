"""Which way to an engine is taken, and what is said of the others; nothing here is downloaded or built."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.tools.conftest import Program
from tools import engine

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses that nothing answers on: a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setattr(engine.probe, "__defaults__", (f"http://127.0.0.1:{port}/install.sh",))


def test_a_supported_pulumi_on_path_is_used(program: Program) -> None:
    program("pulumi-language-python", "")
    folder = program("pulumi", "echo v3.270.1")
    assert engine.make_sure() == folder


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo v3.258.9", "is version v3.258.9, supported are 3.259.0 and newer 3.x"),
        ("echo v4.0.0", "is version v4.0.0, supported are 3.259.0 and newer 3.x"),
        ("echo what", "does not tell its version"),
        ("exit 3", "does not tell its version"),
        ("echo v3.259.0", "has no pulumi-language-python beside it or on PATH"),
    ],
)
def test_a_pulumi_that_does_not_serve_is_left_with_the_reason(program: Program, script: str, reason: str) -> None:
    program("pulumi", script)
    with pytest.raises(engine.Unserved) as refusal:
        engine.on_path()
    assert str(refusal.value).endswith(reason)


def test_the_cache_is_looked_into_next(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    program("true", "")
    binaries = engine.built_home() / "bin"
    binaries.mkdir(parents=True)
    (binaries / "pulumi").touch()
    assert engine.make_sure() == binaries
    assert capsys.readouterr().err == f"engine: no pulumi on PATH; using the one got earlier: {binaries}\n"


def test_who_only_looks_gets_none(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    program("true", "")
    assert engine.look() == 1
    assert capsys.readouterr() == ("", "engine: no pulumi on PATH; none got earlier on this machine\n")
    assert not engine.cache_folder().exists()
    program("pulumi-language-python", "")
    folder = program("pulumi", "echo v3.270.1")
    assert engine.look() == 0
    assert capsys.readouterr() == (f"{folder}\n", "")


def test_the_cache_follows_xdg(home: Path) -> None:
    assert engine.cache_folder() == home / "cache" / "clusterwright" / "engine"


def test_another_recipe_is_another_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = engine.built_home()
    recipe = tmp_path / "recipe"
    (recipe / "cli").mkdir(parents=True)
    (recipe / "cli" / "go.mod").write_text("go 1.25.11\n")
    monkeypatch.setattr(engine, "RECIPE", recipe)
    assert engine.built_home() != before


@pytest.mark.usefixtures("offline")
def test_without_network_and_without_go_each_way_says_what_it_needs(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program("true", "")
    assert engine.make_sure() is None
    said = capsys.readouterr().err
    assert "no pulumi on PATH" in said
    assert "Connection refused" in said
    assert "no Go on PATH to build it with; install Go 1.25.11 or newer (https://go.dev/dl/)" in said


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo go1.24.9", "Go on PATH is 1.24.9, needed is 1.25.11"),
        ("echo 'go: go.mod requires go >= 1.25.11 (GOTOOLCHAIN=local)' >&2; exit 1", "requires go >= 1.25.11"),
    ],
)
def test_an_old_go_is_refused(program: Program, script: str, reason: str) -> None:
    program("go", script)
    with pytest.raises(engine.Unserved, match=reason):
        engine.check_go()


@pytest.mark.parametrize("version", ["go1.25.11", "go1.26.8", "go1.27rc1", "go2.0"])
def test_a_newer_go_serves(program: Program, version: str) -> None:
    program("go", f"echo {version}")
    engine.check_go()


def test_a_site_that_never_answers_costs_only_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PROBE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(engine.Unserved, match="out of reach"):
            engine.probe(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert time.monotonic() - started < 2


@pytest.mark.usefixtures("offline")
def test_a_failed_build_leaves_nothing_and_shows_gos_words(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program("go", '[ "$1" = env ] && echo go1.26.0 && exit; echo "no such module" >&2; exit 1')
    assert engine.make_sure() is None
    assert "no such module" in capsys.readouterr().err
    assert [file.name for file in engine.cache_folder().iterdir()] == [".lock"]


FAKE_GO = """
case $1 in
env) echo go1.26.0 ;;
build) echo build >>"$COUNT"; sleep 0.3; while [ "$1" != -o ]; do shift; done; : >"$2/pulumi" ;;
list) echo "$TREE" ;;
esac
"""


@pytest.fixture
def fake_go(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A go that builds an empty file; the file that counts its builds."""
    program("go", FAKE_GO)
    program("sleep", "exec /bin/sleep 0.3")
    for script in engine.SDK_SCRIPTS:
        file = tmp_path / "tree" / script
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.setenv("TREE", str(tmp_path / "tree"))
    monkeypatch.setenv("COUNT", str(tmp_path / "count"))
    return tmp_path / "count"


def test_a_failed_installer_gives_its_last_words_and_the_build_its_turn(
    fake_go: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = tmp_path / "root" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho downloading >&2; echo 'no such release' >&2; exit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(engine, "ROOT", tmp_path / "root")
    monkeypatch.setattr(engine, "probe", lambda: None)
    assert engine.make_sure() == engine.built_home() / "bin"
    assert "Pulumi's own installer failed: no such release" in capsys.readouterr().err


@pytest.mark.usefixtures("offline")
def test_two_at_once_build_once(fake_go: Path) -> None:
    found: list[Path | None] = []
    builders = [threading.Thread(target=lambda: found.append(engine.make_sure())) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert found == [engine.built_home() / "bin"] * 2
    assert fake_go.read_text().splitlines() == ["build"] * 2  # the engine and the language host


@pytest.mark.usefixtures("offline")
def test_what_a_killed_build_left_is_cleared(fake_go: Path) -> None:
    leftover = engine.cache_folder() / ".getting-killed"
    leftover.mkdir(parents=True)
    engine.make_sure()
    assert fake_go.exists()
    assert not leftover.exists()


@pytest.mark.usefixtures("offline")
def test_ahead_builds_without_the_python_environment(fake_go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ROOT", Path("/nonexistent"))
    assert engine.make_sure(ahead=True) == engine.built_home() / "bin"
    assert fake_go.exists()


def test_ahead_leaves_a_reachable_installer_to_the_later_call(
    fake_go: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "probe", lambda: None)
    assert engine.make_sure(ahead=True) is None
    assert not fake_go.exists()
    assert "installer will serve" in capsys.readouterr().err


def test_the_tool_needs_nothing_but_the_standard_library() -> None:
    command = [sys.executable, "-I", "-S", str(engine.ROOT / "tools" / "engine.py"), "--help"]
    assert subprocess.run(command, capture_output=True, timeout=20).returncode == 0
