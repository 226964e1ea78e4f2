"""A folder as a bucket: that of a cluster on this machine."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from clusterwright.bucket import Entry, checked, part_of


@dataclass(frozen=True)
class FolderBucket:
    """Objects are files, readable by their owner and by whoever `mode` says.

    Links, pipes and devices are no objects: jobs write here, and root and the cluster's user follow them nowhere.
    """

    root: Path
    mode: int = 0o644

    def __str__(self) -> str:
        return str(self.root)

    @property
    def url(self) -> str:
        return f"file://{self.root}"

    def read(self, key: str, last: int | None = None) -> bytes:
        with self._open(key) as file:
            if last is not None:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - last))
            return file.read()

    def names(self, folder: str) -> tuple[str, ...]:
        try:
            with os.scandir(self._path(folder, to_read=True)) as entries:
                return tuple(sorted(one.name for one in entries if not _in_progress(one.name) and not one.is_symlink()))
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
                status = path.lstat()
            except FileNotFoundError:  # removed since it was listed
                continue
            if stat.S_ISREG(status.st_mode):
                yield Entry(key, status.st_size, status.st_mtime)

    def exists(self, key: str) -> bool:
        try:
            return self._path(key, to_read=True).is_file()
        except FileNotFoundError:
            return False

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
        with self._open(key) as file, part_of(target) as part:
            with part.open("wb") as copy:
                shutil.copyfileobj(file, copy, 2**20)
            os.replace(part, target)

    def upload(self, source: Path, key: str) -> None:
        with self._part(key) as (part, target):
            shutil.copyfile(source, part)
            os.replace(part, target)

    def _path(self, key: str, *, to_read: bool = False) -> Path:
        """Raises FileNotFoundError where a folder of the key is a link; to be read, the object itself must be none."""
        path = self.root / checked(key)
        folders = path.parents[: key.count("/")]
        if link := next((one for one in (*folders, *([path] if to_read else ())) if one.is_symlink()), None):
            raise FileNotFoundError(errno.ENOENT, "a link is no part of the bucket", str(link))
        return path

    @contextmanager
    def _open(self, key: str) -> Iterator[BinaryIO]:
        path = self._path(key, to_read=True)
        # Without waiting for the writer of a pipe; a file does not know the flag.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(errno.ENOENT, "this is no file", str(path))
        with os.fdopen(descriptor, "rb") as file:
            yield file

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
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _write(path: Path, data: bytes) -> None:
    """Durably: a name that outlives a power cut must not lead to an empty file."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _in_progress(name: str) -> bool:
    """Whether a name is a file that a writer has not yet renamed into place."""
    return name.startswith(".") or name.endswith(".tmp")
