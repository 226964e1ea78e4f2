"""JSON files that others read while we write them: whole or not there, never half."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clusterwright.bucket import part_of, write_durably


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
    with _filled(path, value) as part:
        os.replace(part, path)


def create_json(path: Path, value: dict[str, Any]) -> bool:
    """Put `value` at `path` unless it exists; of several who try at once exactly one gets True."""
    with _filled(path, value) as part:
        try:
            os.link(part, path)
        except FileExistsError:
            return False
        return True


def encoded(value: dict[str, Any]) -> bytes:
    """A line of JSON, the same for equal values."""
    return json.dumps(value, sort_keys=True).encode() + b"\n"


@contextmanager
def _filled(path: Path, value: dict[str, Any]) -> Iterator[Path]:
    """A file beside `path` that holds `value`, readable by its owner alone; gone afterwards."""
    with part_of(path) as part:
        part.chmod(0o600)
        write_durably(part, encoded(value))
        yield part


def tail(path: Path, lines: int = 20) -> list[str]:
    """The last lines of a log, oldest first; none when there is no log yet. Reads at most 16 KiB."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 16384))
            return stream.read().decode("utf-8", errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []
