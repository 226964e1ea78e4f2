"""A Python that can't make the environment is told so in one message."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = str(Path(__file__).resolve().parents[2] / "tools" / "python_ok.py")


def test_this_python_is_passed_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(SCRIPT)
    assert capsys.readouterr() == ("", "")


def test_an_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is 3\.9 .*\nhint: .*PYTHON=python3"):
        runpy.run_path(SCRIPT)


def test_a_python_without_venv_names_debians_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    version = ".".join(map(str, sys.version_info[:2]))
    with pytest.raises(SystemExit, match=rf"hint: .*sudo apt-get install python{version}-venv"):
        runpy.run_path(SCRIPT)
