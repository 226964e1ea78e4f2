"""Removing what runs that have ended left on a node's own disk: the bucket has it.

    python -m clusterwright.node.tidy WORK RUN

It is done when RUN starts on the node. Runs have whole nodes, and Slurm starts none where processes of another are
left, so nobody writes into the folders that go. What was not carried to the bucket stays, and what has not ended.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from clusterwright.bucket import Bucket, open_bucket
from clusterwright.node.carry import is_carried
from clusterwright.node.files import Damaged
from clusterwright.node.objects import read_object
from clusterwright.node.runs import NAME

ENDED = ("finished", "failed", "cancelled", "superseded")


def tidy(work: Path, bucket: Bucket, run: str) -> list[str]:
    """Remove the folders of runs other than `run`; their names. Raises OSError when bucket or disk fail."""
    folders = [path for path in sorted(work.iterdir()) if path.is_dir() and not path.is_symlink()]
    gone = []
    for folder in folders:
        if not NAME.fullmatch(folder.name) or folder.name == run:
            continue
        if _has_ended(bucket, folder.name) and is_carried(folder, f"jobs/{folder.name}"):
            shutil.rmtree(folder)
            gone.append(folder.name)
    return gone


def _has_ended(bucket: Bucket, run: str) -> bool:
    """Whether the head says so; a run that it says nothing of has not."""
    try:
        status = read_object(bucket, f"jobs/{run}/status.json") or {}
    except Damaged:
        return False
    return status.get("state") in ENDED


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    work, run = arguments
    try:
        gone = tidy(Path(work), open_bucket(os.environ["CLUSTERWRIGHT_BUCKET"]), run)
    except OSError as error:
        print(f"tidy: what ended runs have left in {work} stays: {error}", file=sys.stderr)
        return 1
    if gone:
        print(f"tidy: removed what {', '.join(gone)} left here", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
