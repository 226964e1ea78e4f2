"""A folder of the user's own code as one archive: the same files give the same bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path


def pack_source(folder: Path) -> bytes:
    """A tar.gz of all files below `folder`, in the order of their names, owned by nobody in particular.

    Raises OSError for what cannot be read.
    """
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = path.stat().st_size
            entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as file:
                archive.addfile(entry, file)
    return packed.getvalue()
