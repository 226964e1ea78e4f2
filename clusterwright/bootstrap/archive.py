"""An archive whose bytes depend on its files alone."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping


def pack(files: Mapping[str, bytes]) -> bytes:
    """A tar.gz of `files` (path to content): sorted, time 0, owner 0, mode 0755 for *.sh and 0644 for the rest.

    Compressed bytes also depend on the zlib that Python was built with, so another deployer's machine may give equal
    files another digest; nodes then take the bundle once more, and a running job does not notice.
    """
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            entry.mode = 0o755 if name.endswith(".sh") else 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()
