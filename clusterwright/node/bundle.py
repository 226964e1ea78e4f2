"""Fetching a bundle: what `control/current` names, checked, unpacked whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path

from clusterwright.bucket import Bucket
from clusterwright.node.place import NodePlace

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BundleError(Exception):
    """A bundle that must not be used; `str()` is the reason to report."""


def wanted(bucket: Bucket) -> str | None:
    """The digest that `control/current` names; None when nothing has been deployed yet.

    Raises BundleError when it holds anything but a SHA-256, OSError when the bucket cannot be asked.
    """
    text = _text(bucket, "control/current")
    if text is None:
        return None
    if not _DIGEST.fullmatch(text):
        raise BundleError(f"control/current names no bundle: {text[:80]!r} is not a SHA-256")
    return text


def planned(bucket: Bucket) -> str | None:
    """The digest of the plan that was deployed last, as `control/plan` has it; None when there is none."""
    return _text(bucket, "control/plan")


def _text(bucket: Bucket, key: str) -> str | None:
    try:
        return bucket.read(key).decode("utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None


def adopted(place: NodePlace) -> str | None:
    """The digest that the node's `current` link names, if it has converged on any and still holds it."""
    return Path(os.readlink(place.current)).name if place.current.is_dir() else None


def adopt(place: NodePlace, digest: str) -> None:
    """Point `current` at an unpacked bundle, in one step."""
    fresh = place.folder / ".current.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path("bundles") / digest)
    os.replace(fresh, place.current)


def obtain(place: NodePlace, digest: str) -> Path:
    """The folder of the bundle on this node, fetched and unpacked if it is not there yet.

    Raises BundleError when it is missing, has another SHA-256 than its name, or would write outside its folder.
    """
    if not _DIGEST.fullmatch(digest):
        raise BundleError(f"{digest[:80]!r} is not the SHA-256 of a bundle")
    folder = place.bundles / digest
    if folder.is_dir():
        return folder
    key = f"control/bundles/{digest}.tar.gz"
    try:
        data = place.bucket.read(key)
    except OSError as error:
        raise BundleError(f"{key} cannot be read: {error.strerror or error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise BundleError(f"{key} has been altered: its SHA-256 is {found}")
    place.bundles.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=place.bundles))
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            archive.extractall(fresh, filter="data")
        fresh.chmod(0o755)  # jobs run from it, as a user of their own
        _sync(fresh)
        os.rename(fresh, folder)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        if not folder.is_dir():  # else another process of this node was faster
            raise BundleError(f"{key} cannot be unpacked: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _sync(folder: Path) -> None:
    """The name of a bundle, which is not looked into again, must not outlive a power cut that its files do not."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def software(folder: Path) -> dict[str, str]:
    """The locks of a bundle: file name to SHA-256. Bundles with the same locks want the same environment."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "software").iterdir()}


def system(folder: Path) -> str:
    """A digest of all of a bundle but its job: bundles that agree in it leave a node as it is.

    `job/` is read when a run starts, by that run; everything else is what the node's steps install.
    """
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if name.parts[0] == "job" or "__pycache__" in name.parts:
            continue
        found.update(f"{name.as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def prune(place: NodePlace, keep: set[str]) -> None:
    """Remove unpacked bundles that nothing uses any more, and what interrupted fetches left."""
    if place.bundles.is_dir():
        for folder in place.bundles.iterdir():
            if folder.name not in keep:
                shutil.rmtree(folder)
