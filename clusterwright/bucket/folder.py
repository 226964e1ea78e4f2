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

from clusterwright.bucket import Entry, NotAnObject, checked, part_of, write_durably


@dataclass(frozen=True)
class FolderBucket:
    """Objects are files, readable by their owner and by whoever `mode` says.

    Jobs write here what root reads: nothing is read but files, which a pipe without a writer would stop for good, and
    no link is followed out of the folder.
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
            inside = self._inside(self.root / checked(folder))
            return tuple(sorted(entry.name for entry in inside.iterdir() if not _in_progress(entry.name)))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def walk(self, folder: str) -> Iterator[Entry]:
        for name in self.names(folder):
            key = f"{folder}/{name}"
            path = self.root / checked(key)
            try:
                status = self._inside(path).stat()
            except (FileNotFoundError, NotAnObject):  # removed since it was listed, or never one of ours
                continue
            except OSError as error:
                if error.errno == errno.ELOOP:
                    continue
                raise
            if stat.S_ISDIR(status.st_mode):
                yield from self.walk(key)
            elif stat.S_ISREG(status.st_mode):
                yield Entry(key, status.st_size, status.st_mtime)

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def write(self, key: str, data: bytes) -> None:
        with self._part(key) as (part, target):
            write_durably(part, data)
            os.replace(part, target)

    def create(self, key: str, data: bytes) -> bool:
        with self._part(key) as (part, target):
            write_durably(part, data)
            try:
                os.link(part, target)  # a rename would replace what another writer put there
            except FileExistsError:
                return False
            return True

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def download(self, key: str, target: Path) -> None:
        with self._open(key) as source, part_of(target) as part:
            with part.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            os.replace(part, target)

    def upload(self, source: Path, key: str) -> None:
        with self._part(key) as (part, target):
            shutil.copyfile(source, part)
            os.replace(part, target)

    def _path(self, key: str) -> Path:
        """Where an object is put or taken away: what lies there itself is replaced, never followed."""
        path = self.root / checked(key)
        self._inside(path.parent)
        return path

    def _inside(self, path: Path) -> Path:
        """The same path. Raises NotAnObject when links lead from it out of the bucket."""
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self.root)):
            raise NotAnObject(errno.EXDEV, "leads out of the bucket", str(path))
        return path

    def _open(self, key: str) -> BinaryIO:
        path = self._inside(self.root / checked(key))
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except NotADirectoryError as error:  # as an object store has it: no such key
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
        except OSError as error:
            if error.errno in (errno.ENXIO, errno.ELOOP):  # a socket, links in a ring
                raise NotAnObject(error.errno, "is no file", str(path)) from error
            raise
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotAnObject(errno.EINVAL, "is no file", str(path))
        return os.fdopen(descriptor, "rb")

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


def _in_progress(name: str) -> bool:
    """Whether a name is a file that a writer has not yet renamed into place."""
    return name.startswith(".") or name.endswith(".tmp")
