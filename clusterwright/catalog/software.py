"""Environments that nodes can install: one file of pinned, hashed packages for each PyTorch version."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# The bundle ships these files, so they live with the bootstrap; here they are data, to be listed and hashed.
LOCKS = Path(__file__).parents[1] / "bootstrap" / "software"
_START, _END = "pytorch-", ".txt"


@dataclass(frozen=True)
class Environment:
    """A lock file: its name and the SHA-256 of its bytes, in hex."""

    lock: str
    sha256: str


@cache
def environments(folder: Path = LOCKS) -> dict[str, Environment]:
    """The environments by PyTorch version, oldest first."""
    found = {
        path.name.removeprefix(_START).removesuffix(_END): Environment(
            path.name, hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for path in folder.glob(f"{_START}*{_END}")
    }
    return dict(sorted(found.items(), key=lambda item: [int(part) for part in item[0].split(".")]))
