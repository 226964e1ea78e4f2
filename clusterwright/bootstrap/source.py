"""The user's own code: a folder of the project that is shipped as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from clusterwright.errors import ClusterwrightError
from clusterwright.plan.model import JobPlan, canonical

LIMIT = 8 * 2**20  # bytes, packed: code, not data; every node fetches it with each change
SKIPPED = {".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def packed(project: Path | None, source: str) -> dict[str, bytes]:
    """The files of folder `source` of the project, below source/. What is in SKIPPED is no one's code.

    Raises ClusterwrightError when the folder is not there, is empty, or holds a link that leads out of it.
    """
    if project is None:
        raise ValueError("a bundle of a job with `source` is made with the project's folder")
    folder = (project / source).resolve()
    if not folder.is_dir():
        raise ClusterwrightError(
            f"error: there is no folder {folder}\n"
            f"  why: the job's source is `{source}`, a folder inside the project\n"
            "  hint: name the folder that your code is in: `source: jobs/mine`"
        )
    files = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if SKIPPED & set(inside.parts) or not path.is_file():
            continue
        if not path.resolve().is_relative_to(folder):
            raise ClusterwrightError(
                f"error: {path} leads out of the job's source\n"
                "  why: nodes get the folder alone, so what lies elsewhere would be missing there\n"
                "  hint: copy the file into the folder"
            )
        files[f"source/{inside.as_posix()}"] = path.read_bytes()
    if not files:
        raise ClusterwrightError(
            f"error: the folder {folder} holds no files\n"
            "  why: the job would have nothing to run\n"
            "  hint: put your program there, or leave `source` out"
        )
    return files


def check_size(source: str | None, archive: bytes) -> None:
    """Raises ClusterwrightError when the source, packed, is larger than LIMIT."""
    if len(archive) > LIMIT:
        raise ClusterwrightError(
            f"error: the job's source `{source}` is {len(archive) / 2**20:.1f} MiB packed\n"
            f"  why: every node fetches it with each change, so it may have {LIMIT // 2**20} MiB\n"
            "  hint: leave data out of it: put that into the cluster's bucket, below data/"
        )


def job_identity(job: JobPlan, source: Mapping[str, bytes]) -> str:
    """The job's id: the plan's, or with code or a command of the user's one that changes with these too."""
    if not source and not job.command:
        return job.id
    digest = hashlib.sha256(canonical({"config": job.config, "command": job.command}).encode())
    for name in sorted(source):
        digest.update(f"{name}\0{len(source[name])}\0".encode() + source[name])
    return digest.hexdigest()[:12]
