"""The cluster's bucket, whichever provider holds it: a folder, S3 or Cloud Storage, by its address.

Shipped to the nodes too, so only the standard library is imported here; a cloud's client is, when its bucket is opened.
A key is a path inside the bucket with forward slashes and no leading one ("jobs/0a1b2c3d4e5f.1/status.json").
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """An object: its size in bytes, and when it was written (unix seconds)."""

    key: str
    size: int
    modified: float


class NotAnObject(OSError):
    """What lies at a key is none of the bucket's objects: a folder, a pipe, or a link that leads out of the bucket."""


class Bucket(Protocol):
    """What reads raises FileNotFoundError when the key isn't there, OSError for all else that keeps it from being had.

    Who reads while others write sees a whole object, the one before or the one after. A key that could lead out of the
    bucket is a ValueError.
    """

    @property
    def url(self) -> str:
        """The address that `open_bucket` takes."""
        ...

    def read(self, key: str, last: int | None = None) -> bytes:
        """The object's bytes; with `last`, at most that many from its end."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The sorted names one level below a folder, of objects and of folders; none when there is no such folder."""
        ...

    def walk(self, folder: str) -> Iterator[Entry]:
        """Every object below a folder, sorted by key."""
        ...

    def exists(self, key: str) -> bool: ...

    def write(self, key: str, data: bytes) -> None:
        """Put an object, replacing what is there."""
        ...

    def create(self, key: str, data: bytes) -> bool:
        """Put an object unless the key is taken; of several who try at once exactly one gets True."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that isn't there is none to remove."""
        ...

    def download(self, key: str, target: Path) -> None:
        """Copy an object to a file without holding it in memory; the file is whole or not there."""
        ...

    def upload(self, source: Path, key: str) -> None:
        """Copy a file to an object without holding it in memory."""
        ...


def open_bucket(url: str) -> Bucket:
    """The bucket at `file:///folder`, `s3://name?region=us-east-1` or `gs://name`.

    Raises ValueError for any other address, ModuleNotFoundError where the cloud's client is not installed.
    """
    scheme, _, rest = url.partition("://")
    name, _, query = rest.partition("?")
    match scheme:
        case "file" if name.startswith("/"):
            from clusterwright.bucket.folder import FolderBucket

            return FolderBucket(Path(name))
        case "s3" if name:
            from clusterwright.bucket.s3 import S3Bucket

            return S3Bucket.open(name, query.removeprefix("region=") or None)
        case "gs" if name:
            from clusterwright.bucket.gcs import GcsBucket

            return GcsBucket.open(name)
    raise ValueError(f"{url!r} is no address of a bucket: file:///folder, s3://name?region=us-east-1 or gs://name")


def checked(key: str) -> str:
    """The key itself. Raises ValueError for one that is empty, or has a part that is empty or leads elsewhere."""
    parts = key.split("/")
    if not all(parts) or {".", ".."} & set(parts):
        raise ValueError(f"not a key of the bucket: {key!r}")
    return key


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """A new file beside `target`, to fill and rename to it; gone afterwards. Makes the folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        part.chmod(0o644)
        yield part
    finally:
        part.unlink(missing_ok=True)


def write_durably(path: Path, data: bytes) -> None:
    """A name that outlives a power cut must not lead to an empty file."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
