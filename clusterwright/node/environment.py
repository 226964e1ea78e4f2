"""PyTorch's environment through the bucket: the head builds it once, the other nodes unpack what it stored.

    python -m clusterwright.node.environment store KEY FOLDER
    python -m clusterwright.node.environment fetch KEY FOLDER SECONDS      1 if it is not there after so many seconds

Beside the archive KEY lies KEY.sha256, written last: where that is, the archive is whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clusterwright.bucket import Bucket, open_bucket

PERIOD = 5.0  # seconds between two looks


class NotFetched(Exception):
    """There is nothing to fetch, or it is not to be used; `str()` is the reason."""


def store(bucket: Bucket, key: str, folder: Path) -> None:
    """Pack the folder into the bucket. Raises OSError, and CalledProcessError when it cannot be packed."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        archive = Path(scratch) / "archive"
        # Programs of a package barely shrink further, and more than the least effort takes minutes.
        pack = ["tar", "--create", "--use-compress-program=gzip -1", "--file", str(archive), "--directory", str(folder)]
        subprocess.run([*pack, "."], check=True)
        bucket.upload(archive, key)
        bucket.write(f"{key}.sha256", f"{_digest(archive)}\n".encode())


def fetch(bucket: Bucket, key: str, folder: Path, patience: float) -> None:
    """Unpack the archive as `folder`, waiting up to `patience` seconds for it. The folder is whole or as before.

    Raises NotFetched, and OSError or CalledProcessError when the bucket or the disk fails.
    """
    expected = _await(bucket, f"{key}.sha256", patience)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        archive, fresh = Path(scratch) / "archive", Path(scratch) / "tree"
        bucket.download(key, archive)
        found = _digest(archive)
        if found != expected:
            raise NotFetched(f"{key} has the SHA-256 {found}, and {key}.sha256 says {expected}")
        fresh.mkdir(mode=0o755)
        unpack = ["tar", "--extract", "--gzip", "--no-same-owner", "--file", str(archive), "--directory", str(fresh)]
        if subprocess.run(unpack).returncode:
            raise NotFetched(f"{key} cannot be unpacked")
        subprocess.run(["sync", "--file-system", str(fresh)], check=True)  # no power cut leaves a name for half of it
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(fresh, folder)


def _await(bucket: Bucket, key: str, patience: float) -> str:
    until = time.monotonic() + patience
    while True:
        try:
            return bucket.read(key).decode("ascii", errors="replace").strip()
        except FileNotFoundError:
            if time.monotonic() >= until:
                raise NotFetched(f"{key} is not there after {patience:.0f} s") from None
        time.sleep(PERIOD)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(arguments: list[str]) -> int:
    """The command. What it cannot do is told in one line."""
    match arguments:
        case ["store", key, folder]:
            patience = None
        case ["fetch", key, folder, seconds]:
            patience = float(seconds)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    bucket = open_bucket(os.environ["CLUSTERWRIGHT_BUCKET"])
    try:
        if patience is None:
            store(bucket, key, Path(folder))
        else:
            fetch(bucket, key, Path(folder), patience)
    except (NotFetched, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
