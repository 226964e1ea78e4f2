"""Carrying a job's files between a node's folder and the cluster's bucket.

    python -m clusterwright.node.carry pull PREFIX FOLDER
    python -m clusterwright.node.carry push FOLDER PREFIX
    python -m clusterwright.node.carry follow FOLDER PREFIX     # pushes every few seconds, and at SIGTERM a last time

Files go whole, data before what points at it: whoever reads a marker finds what it names, wherever a push or a pull was
cut off. So markers are read before the data is listed, must be the same after it, and are written last.

What both sides agreed on last is kept in `.carry.json` in the folder. A push brings what has changed here since, and
removes there what was removed here, so what others write into the same folder of the bucket (the head, its status.json)
stays theirs. A pull makes the folder as the bucket is. Names that begin with a dot are work in progress, and stay.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from clusterwright.bucket import Bucket, Entry, checked, open_bucket, part_of
from clusterwright.node.files import Damaged, read_json, write_json

PERIOD = 5.0  # seconds between two pushes of a job that runs
MEMORY = ".carry.json"
# What says that data is there, in the order in which it is written: the description of a checkpoint, the name of the
# newest checkpoint, the result of a phase, whose model the next phase loads.
MARKERS = ("checkpoints/*/*/checkpoint.json", "checkpoints/*/latest", "phases/*.json")
_TRIES = 5  # of a pull beside which the bucket changes


@dataclass(frozen=True)
class Agreed:
    """A file as both sides had it: its size in bytes, when it was written here (ns) and there (unix seconds).

    `there` is 0 where the bucket has not told: the next pull fetches it.
    """

    size: int
    here: int
    there: float


@dataclass
class Memory:
    """What the folder and the bucket agreed on last, by path in the folder."""

    folder: Path
    prefix: str
    files: dict[str, Agreed]

    @classmethod
    def read(cls, folder: Path, prefix: str) -> Memory:
        try:
            known = read_json(folder / MEMORY) or {}
        except Damaged as error:
            print(f"carry: {error}; everything is looked at anew", file=sys.stderr, flush=True)
            known = {}
        files = known["files"] if known.get("prefix") == prefix else {}
        return cls(folder, prefix, {name: Agreed(*values) for name, values in files.items()})

    def write(self) -> None:
        files = {name: (file.size, file.here, file.there) for name, file in self.files.items()}
        write_json(self.folder / MEMORY, {"prefix": self.prefix, "files": files})


def push(folder: Path, bucket: Bucket, prefix: str) -> int:
    """Bring what has changed in `folder` to the bucket; the number of files that went there. Raises OSError.

    Where data vanishes meanwhile, for newer checkpoints took its place, markers wait for the next push.
    """
    memory = Memory.read(folder, prefix)
    files, markers = _snapshot(folder)
    changed = [name for name, status in files.items() if not _same(memory.files.get(name), status)]
    sent = []
    try:
        for name in sorted(changed, key=_order):
            if name in markers:
                bucket.write(f"{prefix}/{name}", markers[name])
            elif not _upload(folder / name, bucket, f"{prefix}/{name}"):
                return len(sent)
            memory.files[name] = Agreed(files[name].st_size, files[name].st_mtime_ns, 0.0)
            sent.append(name)
        for name in sorted(memory.files.keys() - files.keys(), key=_order, reverse=True):
            bucket.delete(f"{prefix}/{name}")
            del memory.files[name]
        there = _there(bucket, prefix) if sent else {}
        for name in sent:
            file = memory.files[name]
            if name in there and there[name].size == file.size:
                memory.files[name] = Agreed(file.size, file.here, there[name].modified)
    finally:
        memory.write()
    return len(sent)


def pull(bucket: Bucket, prefix: str, folder: Path) -> int:
    """Make `folder` as the bucket is below `prefix`; the number of files that were fetched.

    Raises OSError, also when the bucket changes faster than it is read; ValueError when a key there would lead out of
    the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(_TRIES):
        try:
            return _pull(bucket, prefix, folder)
        except FileNotFoundError as error:
            print(
                f"carry: {error.filename or error} went while it was read; looking again", file=sys.stderr, flush=True
            )
    raise OSError(f"{prefix} changes faster than it can be read: {_TRIES} times a file was gone again")


def _pull(bucket: Bucket, prefix: str, folder: Path) -> int:
    memory = Memory.read(folder, prefix)
    markers = _markers_there(bucket, prefix)
    there = _there(bucket, prefix)
    if _markers_there(bucket, prefix) != markers:
        raise FileNotFoundError(errno.ENOENT, "a marker moved on", prefix)
    here = dict(_here(folder))
    wanted = markers.keys() | {name for name in there if not _rank(name)}
    fetched = 0
    try:
        for name in sorted(wanted, key=_order):
            entry, status = there.get(name), here.get(name)
            known = memory.files.get(name)
            if known and entry and known.there == entry.modified and _same(known, status):
                continue
            if name in markers:
                with part_of(folder / name) as part:
                    part.write_bytes(markers[name])
                    os.replace(part, folder / name)
            else:
                bucket.download(f"{prefix}/{name}", folder / name)
            fetched += 1
            status = (folder / name).stat()
            agreed = entry.modified if entry and entry.size == status.st_size else 0.0
            memory.files[name] = Agreed(status.st_size, status.st_mtime_ns, agreed)
        for name in sorted(here.keys() - wanted, key=_order, reverse=True):
            _remove(folder, name)
        memory.files = {name: file for name, file in memory.files.items() if name in wanted}
    finally:
        memory.write()
    return fetched


def follow(folder: Path, bucket: Bucket, prefix: str, ended: threading.Event, period: float = PERIOD) -> None:
    """Push every `period` seconds until `ended`, then a last time, and raise OSError if that fails."""
    while not ended.wait(period):
        try:
            push(folder, bucket, prefix)
        except OSError as error:
            print(f"carry: {error}; trying again in {period:.0f} s", file=sys.stderr, flush=True)
    push(folder, bucket, prefix)


def is_carried(folder: Path, prefix: str) -> bool:
    """Whether the bucket got all files of the folder as they are here, but for logs: a run's last words follow its last
    push. Names that begin with a dot are not looked at.
    """
    memory = Memory.read(folder, prefix)
    return all(_same(memory.files.get(name), status) for name, status in _here(folder) if not name.startswith("logs/"))


def _snapshot(folder: Path) -> tuple[dict[str, os.stat_result], dict[str, bytes]]:
    """All files of the folder, and what its markers held while the data that they name was there."""
    for _ in range(_TRIES):
        before = {name: status for name, status in _here(folder) if _rank(name)}
        try:
            markers = {name: (folder / name).read_bytes() for name in before}
        except FileNotFoundError:  # dropped since it was listed
            continue
        data = {name: status for name, status in _here(folder) if not _rank(name)}
        after = {name: status for name, status in _here(folder) if _rank(name)}
        if {name: _version(before[name]) for name in before} == {name: _version(after[name]) for name in after}:
            return {**data, **before}, markers
    raise OSError(f"{folder} changes faster than it can be read, {_TRIES} times in a row")


def _markers_there(bucket: Bucket, prefix: str) -> dict[str, bytes]:
    return {name: bucket.read(f"{prefix}/{name}") for name in _there(bucket, prefix) if _rank(name)}


def _here(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if name.startswith(".") or path.is_symlink():
                continue
            try:
                yield path.relative_to(folder).as_posix(), path.stat()
            except FileNotFoundError:  # removed since it was listed
                continue


def _there(bucket: Bucket, prefix: str) -> dict[str, Entry]:
    entries = ((checked(entry.key).removeprefix(f"{prefix}/"), entry) for entry in bucket.walk(prefix))
    return {name: entry for name, entry in entries if not any(part.startswith(".") for part in name.split("/"))}


def _same(agreed: Agreed | None, status: os.stat_result | None) -> bool:
    """Whether the file here is the one that was agreed on."""
    return agreed is not None and status is not None and (agreed.size, agreed.here) == _version(status)


def _version(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _upload(path: Path, bucket: Bucket, key: str) -> bool:
    """False when the file is not there any more."""
    try:
        bucket.upload(path, key)
    except FileNotFoundError:
        if path.exists():
            raise
        return False
    return True


def _remove(folder: Path, name: str) -> None:
    """Remove a file and the folders that it leaves empty: an empty checkpoint would count as one."""
    path = folder / name
    path.unlink(missing_ok=True)
    for parent in path.relative_to(folder).parents:
        if parent != Path() and not any((folder / parent).iterdir()):
            (folder / parent).rmdir()


def _rank(name: str) -> int:
    """0 for data, more for a marker: what is written later."""
    return next((rank for rank, pattern in enumerate(MARKERS, 1) if fnmatch(name, pattern)), 0)


def _order(name: str) -> tuple[int, str]:
    return _rank(name), name


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="carry", description="Carries a job's files to and from the bucket.")
    parser.add_argument("--bucket", default=os.environ.get("CLUSTERWRIGHT_BUCKET"), help="its address")
    actions = parser.add_subparsers(dest="action", required=True)
    for action, first, second in (
        ("pull", "prefix", "folder"),
        ("push", "folder", "prefix"),
        ("follow", "folder", "prefix"),
    ):
        command = actions.add_parser(action)
        command.add_argument(first)
        command.add_argument(second)
        if action == "follow":
            command.add_argument("--period", type=float, default=PERIOD, help="seconds between two pushes")
    given = parser.parse_args(arguments)
    if given.bucket is None:
        parser.error("no bucket: give --bucket, or set CLUSTERWRIGHT_BUCKET")
    folder, prefix = Path(given.folder), given.prefix.strip("/")
    try:
        bucket = open_bucket(given.bucket)
        match given.action:
            case "pull":
                pull(bucket, prefix, folder)
            case "push":
                push(folder, bucket, prefix)
            case _:
                ended = threading.Event()
                for number in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(number, lambda *_: ended.set())
                follow(folder, bucket, prefix, ended, given.period)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        print(f"carry: {given.action} of {prefix} failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
