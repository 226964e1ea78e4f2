"""A folder as a bucket: that of a cluster on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clusterwright.bucket import Entry, checked, part_of


@dataclass(frozen=True)
class FolderBucket:
    """Objects are files, readable by their owner and by whoever `mode` says."""

    root: Path
    mode: int = 0o644

    def __str__(self) -> str:
        return str(self.root)

    @property
    def url(self) -> str:
        return f"file://{self.root}"

    def read(self, key: str, last: int | None = None) -> bytes:
        with self._path(key).open("rb") as file:
            if last is not None:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - last))
            return file.read()

    def names(self, folder: str) -> tuple[str, ...]:
        try:
            return tuple(sorted(entry.name for entry in self._path(folder).iterdir() if not _in_progress(entry.name)))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def walk(self, folder: str) -> Iterator[Entry]:
        for name in self.names(folder):
            key = f"{folder}/{name}"
            path = self._path(key)
            if path.is_dir():
                yield from self.walk(key)
                continue
            try:
                status = path.stat()
            except FileNotFoundError:  # removed since it was listed
                continue
            yield Entry(key, status.st_size, status.st_mtime)

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def write(self, key: str, data: bytes) -> None:
        with self._part(key) as (part, target):
            _write(part, data)
            os.replace(part, target)

    def create(self, key: str, data: bytes) -> bool:
        with self._part(key) as (part, target):
            _write(part, data)
            try:
                os.link(part, target)  # a rename would replace what another writer put there
            except FileExistsError:
                return False
            return True

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def download(self, key: str, target: Path) -> None:
        source = self._path(key)
        with part_of(target) as part:
            shutil.copyfile(source, part)
            os.replace(part, target)

    def upload(self, source: Path, key: str) -> None:
        with self._part(key) as (part, target):
            shutil.copyfile(source, part)
            os.replace(part, target)

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    @contextmanager
    def _part(self, key: str) -> Iterator[tuple[Path, Path]]:
        """A file to fill, and the one that it becomes; the former is gone afterwards."""
        target = self._path(key)
        _make_folder(target.parent)
        with part_of(target) as part:
            part.chmod(self.mode)
            yield part, target


def _make_folder(folder: Path) -> None:
    """Make a folder, and those above it. What root makes below another's folder is that user's: there jobs write."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        owner = path.parent.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(path, owner.st_uid, owner.st_gid)


def _write(path: Path, data: bytes) -> None:
    """Durably: a name that outlives a power cut must not lead to an empty file."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _in_progress(name: str) -> bool:
    """Whether a name is a file that a writer has not yet renamed into place."""
    return name.startswith(".") or name.endswith(".tmp")
