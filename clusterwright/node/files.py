"""JSON files that others read while we write them: whole or not there, never half."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any


class Damaged(ValueError):
    """A file of the bucket that does not hold what it should; `str()` names it and says what is wrong."""


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in `path`, or None when there is none.

    Raises Damaged for a file that holds anything else: writers rename whole files into place, so that is a real
    fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return parse(text, str(path))


def parse(text: str, name: str) -> dict[str, Any]:
    """The JSON object that `text` is; raises Damaged, which calls it `name`, for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # the latter of one that is nested too deep
        raise Damaged(f"{name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Damaged(f"{name} holds {type(value).__name__}, not an object")
    return value


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Put `value` at `path`, replacing what is there (temporary name, fsync, rename)."""
    os.replace(_temporary(path, value), path)


def create_json(path: Path, value: dict[str, Any]) -> bool:
    """Put `value` at `path` unless it exists; of several who try at once exactly one gets True."""
    temporary = _temporary(path, value)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True


def _temporary(path: Path, value: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(value, stream, sort_keys=True)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        temporary.unlink()  # a full disk, and a heartbeat every two seconds: leave no trail
        raise
    return temporary


def tail(path: Path, lines: int = 20) -> list[str]:
    """The last lines of a log, oldest first; none when there is no log yet. Reads at most 16 KiB."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 16384))
            return stream.read().decode("utf-8", errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []
