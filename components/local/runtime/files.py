"""Files that are whole or not there: atomic writes, markers, locks, and folders that go away entirely."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.local.runtime.errors import LocalError

MARKER = ".clusterwright.json"
MARKER_SCHEMA = 1


def write(path: Path, data: bytes | str, mode: int = 0o600) -> None:
    """Replace `path` by `data` in one step: after a crash there is the old content or the new, never a part of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: dict[str, Any], mode: int = 0o600) -> None:
    write(path, json.dumps(value, indent=1, sort_keys=True) + "\n", mode)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in `path`; None when there is no such file or it holds none (a torn or foreign file)."""
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def write_marker(folder: Path, kind: str, cluster: str, **more: str) -> None:
    write_json(folder / MARKER, {"schema": MARKER_SCHEMA, "kind": kind, "cluster": cluster, **more})


def read_marker(folder: Path, kind: str) -> dict[str, Any] | None:
    """The marker that makes `folder` ours, if it has one of this kind."""
    marker = read_json(folder / MARKER)
    return marker if marker and marker.get("kind") == kind else None


def is_empty(folder: Path) -> bool:
    """Whether `folder` is missing or holds nothing."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def remove_tree(folder: Path) -> None:
    """Remove `folder` with everything in it, read-only folders too; links in it are removed and never followed."""
    while folder.exists():
        with contextlib.suppress(FileNotFoundError):  # another removes it too: on with what is left
            for root, _, _ in os.walk(folder):
                os.chmod(root, 0o700)
            shutil.rmtree(folder)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for other processes to let go of it; it is removed by `unlink` while held.

    A waiter may get a lock on a file that its holder has just removed. Such a lock protects nothing, so the name is
    looked at again after every acquisition.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_still(path, descriptor):
                yield
                return
        finally:
            os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def inside(folder: Path, key: str) -> Path:
    """The path of `key` below `folder`.

    Raises:
        LocalError: the key is absolute, empty or leads out of the folder.
    """
    parts = key.split("/")
    if not key or any(part in ("", ".", "..") for part in parts):
        raise LocalError(f"object key {key!r} is not a plain relative path such as control/current")
    return folder.joinpath(*parts)
