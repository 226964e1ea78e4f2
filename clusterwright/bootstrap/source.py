"""A user's own code as the archive that nodes unpack: the same files give the same bytes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clusterwright.bootstrap.archive import pack
from clusterwright.errors import ClusterwrightError

LEFT_OUT = {".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
"""What tools leave beside code and says nothing of what it does; compiled files hold times, which would make it another
job."""


@dataclass(frozen=True)
class Source:
    """`data` is a tar.gz; `digest`, the SHA-256 of the files in it, is the same wherever they are packed."""

    data: bytes
    digest: str


def pack_source(folder: Path, limit: int) -> Source:
    """The folder's files: *.sh can be executed, links to files inside are packed as the files.

    `limit` is in bytes, of all files together. Raises ClusterwrightError for a folder that is none, is empty or too
    large, and for what nodes could not have: links that lead out of it, links to folders, devices and sockets.
    """
    if not folder.is_dir():
        raise _refused(folder, "is no folder", "the code's folder is packed and sent", "name the folder of your code")
    found = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    if not found:
        raise _refused(folder, "holds no file", "there would be nothing to run", "name the folder of your code")
    sizes = {name: path.stat().st_size for name, path in found.items()}
    if sum(sizes.values()) > limit:
        largest = sorted(sizes, key=lambda name: -sizes[name])[:3]
        named = ", ".join(f"{name} ({sizes[name] / 2**20:,.1f} MiB)" for name in largest)
        raise _refused(
            folder,
            f"holds {sum(sizes.values()) / 2**20:,.1f} MiB, more than {limit // 2**20} MiB",
            f"all nodes fetch it, so it is for code; the largest files: {named}",
            "put texts and models into the cluster's storage, and send the code alone",
        )
    files = {name: path.read_bytes() for name, path in found.items()}
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    try:
        return Source(pack(files), digest.hexdigest())
    except ValueError as error:  # tar's own limit on the length of a name
        raise _refused(folder, "can't be packed", str(error), "shorten that path") from error


def _files(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for parent, folders, names in os.walk(folder, onerror=_raise):
        here = Path(parent)
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in folders:
            if (here / name).is_symlink():
                raise _link(folder, here / name, "leads to a folder")
        for name in names:
            path = here / name
            if name in LEFT_OUT:  # of a submodule .git is a file
                continue
            if path.is_symlink() and not path.exists():
                raise _link(folder, path, "leads nowhere")
            if not path.resolve().is_relative_to(root):
                raise _link(folder, path, "leads out of it")
            if not stat.S_ISREG(path.stat().st_mode):
                raise _refused(
                    folder, f"holds {_shown(folder, path)}, which is no file", "only files can be sent", "remove it"
                )
            yield path


def _raise(error: OSError) -> None:
    raise error


def _link(folder: Path, path: Path, what: str) -> ClusterwrightError:
    return _refused(
        folder,
        f"has a link that {what}: {_shown(folder, path)}",
        "nodes get what is in the folder and nothing else",
        "put a copy of the file in the link's place, or remove the link",
    )


def _shown(folder: Path, path: Path) -> str:
    target = f" -> {os.readlink(path)}" if path.is_symlink() else ""
    return f"{path.relative_to(folder).as_posix()}{target}"


def _refused(folder: Path, what: str, why: str, hint: str) -> ClusterwrightError:
    return ClusterwrightError(f"error: the source {folder} {what}\n  why: {why}\n  hint: {hint}")
