"""Fetching a bundle: what `control/current` names, checked, unpacked whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from clusterwright.node.place import Place

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BundleError(Exception):
    """A bundle that must not be used; `str()` is the reason to report."""


def wanted(bucket: Path) -> str | None:
    """The digest that `control/current` names; None when nothing has been deployed yet.

    Raises BundleError when the file holds anything but a SHA-256.
    """
    try:
        text = (bucket / "control" / "current").read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    if not _DIGEST.fullmatch(text):
        raise BundleError(f"control/current names no bundle: {text[:80]!r} is not a SHA-256")
    return text


def planned(bucket: Path) -> str | None:
    """The digest of the plan that was deployed last, as `control/plan` has it; None when there is none."""
    try:
        return (bucket / "control" / "plan").read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None


def adopted(place: Place) -> str | None:
    """The digest that the node's `current` link names, if it has converged on any and still holds it."""
    return Path(os.readlink(place.current)).name if place.current.is_dir() else None


def adopt(place: Place, digest: str) -> None:
    """Point `current` at an unpacked bundle, in one step."""
    fresh = place.folder / ".current.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path("bundles") / digest)
    os.replace(fresh, place.current)


def obtain(place: Place, digest: str) -> Path:
    """The folder of the bundle on this node, fetched and unpacked if it is not there yet.

    Raises BundleError when it is missing, has another SHA-256 than its name, or would write outside its folder.
    """
    if not _DIGEST.fullmatch(digest):
        raise BundleError(f"{digest[:80]!r} is not the SHA-256 of a bundle")
    folder = place.bundles / digest
    if folder.is_dir():
        return folder
    source = place.bucket / "control" / "bundles" / f"{digest}.tar.gz"
    try:
        data = source.read_bytes()
    except OSError as error:
        raise BundleError(f"control/bundles/{source.name} cannot be read: {error.strerror}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise BundleError(f"control/bundles/{source.name} has been altered: its SHA-256 is {found}")
    place.bundles.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=place.bundles))
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            archive.extractall(fresh, filter="data")
        os.rename(fresh, folder)
    except (tarfile.TarError, OSError) as error:
        if not folder.is_dir():  # else another process of this node was faster
            raise BundleError(f"control/bundles/{source.name} cannot be unpacked: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def software(folder: Path) -> dict[str, str]:
    """The locks of a bundle: file name to SHA-256. Bundles with the same locks want the same environment."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "software").iterdir()}


def prune(place: Place, keep: set[str]) -> None:
    """Remove unpacked bundles that nothing uses any more, and what interrupted fetches left."""
    if place.bundles.is_dir():
        for folder in place.bundles.iterdir():
            if folder.name not in keep:
                shutil.rmtree(folder)
