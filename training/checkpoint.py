"""Checkpoints: step-00000120/ with state.pt and its digest, and `latest`, which names the newest."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import torch

from .errors import JobError
from .files import build_folder, read_json, write_json, write_text

KEEP = 2


def save(folder: Path, step: int, state: dict[str, Any], identity: str) -> None:
    """Write a checkpoint that is there whole or not at all, move the `latest` marker, then drop all but the last two.

    `identity` is the digest of whatever shapes the training; `load` refuses a checkpoint of something else.
    """

    def fill(temporary: Path) -> None:
        torch.save(state, temporary / "state.pt")
        description = {"step": step, "identity": identity, "sha256": _digest(temporary / "state.pt")}
        write_json(temporary / "checkpoint.json", description)

    name = f"step-{step:08d}"
    # A folder of that name can only be one that `newest` found damaged.
    build_folder(folder / name, fill, replace=True)
    write_text(folder / "latest", name + "\n")
    for old in _steps(folder)[KEEP:]:
        shutil.rmtree(old)


def newest(folder: Path, identity: str) -> Path | None:
    """The newest undamaged checkpoint, or None.

    Raises:
        JobError: it belongs to a different job.
    """
    for path in _steps(folder):
        description = _description(path)
        if description is None:
            print(f"skipping damaged checkpoint {path}", flush=True)
            continue
        if description["identity"] != identity:
            raise JobError(f"the checkpoint {path} was written by a job with other settings: use a new output folder")
        return path
    return None


def _description(path: Path) -> dict[str, Any] | None:
    """What checkpoint.json says, or None when it is missing or the state is not the one it was written for."""
    try:
        description = read_json(path / "checkpoint.json")
        return description if description["sha256"] == _digest(path / "state.pt") else None
    except (OSError, ValueError, KeyError):
        return None


def load(path: Path, device: torch.device) -> dict[str, Any]:
    return torch.load(path / "state.pt", map_location=device, weights_only=True)


def _steps(folder: Path) -> list[Path]:
    """Checkpoint folders, newest first; temporary ones begin with a dot and do not count."""
    return sorted(folder.glob("step-*"), reverse=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
