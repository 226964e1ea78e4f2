"""What watch, logs, results and rerun ask of a cluster's bucket, whichever provider holds it.

A key is a path inside the bucket with forward slashes and no leading one ("jobs/0a1b2c3d4e5f.1/status.json").
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Storage(Protocol):
    """Every method that reads raises FileNotFoundError when the key isn't there."""

    def read_bytes(self, key: str, last: int | None = None) -> bytes:
        """The object's bytes; with `last`, at most that many from its end."""
        ...

    def read_text(self, key: str) -> str:
        """The object as UTF-8; UnicodeDecodeError (a ValueError) when it is not."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The sorted names one level below a folder; none when there is no such folder."""
        ...

    def walk(self, folder: str) -> Iterator[str]:
        """Every key below a folder, sorted."""
        ...

    def exists(self, key: str) -> bool: ...

    def write_new(self, key: str, data: bytes) -> None:
        """Create an object whole or not at all; FileExistsError when the key is taken, also by a writer beside us."""
        ...

    def download(self, key: str, target: Path) -> None:
        """Copy an object to a file without holding it in memory."""
        ...


@dataclass(frozen=True)
class FolderStorage:
    """The bucket of a local cluster: a folder."""

    root: Path

    def __str__(self) -> str:
        return str(self.root)

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        if not all(parts) or {".", ".."} & set(parts):
            raise ValueError(f"not a key of the bucket: {key!r}")
        return self.root.joinpath(*parts)

    def read_bytes(self, key: str, last: int | None = None) -> bytes:
        with self._path(key).open("rb") as file:
            if last is not None:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - last))
            return file.read()

    def read_text(self, key: str) -> str:
        return self.read_bytes(key).decode()

    def names(self, folder: str) -> tuple[str, ...]:
        try:
            return tuple(sorted(entry.name for entry in self._path(folder).iterdir() if not _in_progress(entry.name)))
        except FileNotFoundError:
            return ()

    def walk(self, folder: str) -> Iterator[str]:
        for name in self.names(folder):
            key = f"{folder}/{name}"
            if self._path(key).is_dir():
                yield from self.walk(key)
            else:
                yield key

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def write_new(self, key: str, data: bytes) -> None:
        target = self._path(key)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # A rename would replace what another writer put there; a hard link refuses.
            os.link(part, target)
        finally:
            part.unlink(missing_ok=True)

    def download(self, key: str, target: Path) -> None:
        source = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _in_progress(name: str) -> bool:
    """Whether a name is a file that a writer has not yet renamed into place."""
    return name.startswith(".") or name.endswith(".tmp")
