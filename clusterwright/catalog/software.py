"""Environments that nodes can install: one file of pinned, hashed packages for each PyTorch version."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# The bundle ships these files, so they live with the bootstrap; here they are data, to be listed and hashed.
LOCKS = Path(__file__).parents[1] / "bootstrap" / "software"
_START, _END = "pytorch-", ".txt"


@dataclass(frozen=True)
class Environment:
    """A lock file: its name, the SHA-256 of its bytes in hex, and the major version of CUDA that it installs."""

    lock: str
    sha256: str
    cuda: int | None


@cache
def environments(folder: Path = LOCKS) -> dict[str, Environment]:
    """The environments by PyTorch version, oldest first."""
    found = {
        path.name.removeprefix(_START).removesuffix(_END): _environment(path)
        for path in folder.glob(f"{_START}*{_END}")
    }
    return dict(sorted(found.items(), key=lambda item: [int(part) for part in item[0].split(".")]))


def _environment(path: Path) -> Environment:
    content = path.read_bytes()
    cuda = re.search(rb"^nvidia-nccl-cu(\d+)==", content, re.MULTILINE)  # NVIDIA's packages carry it in their names
    return Environment(path.name, hashlib.sha256(content).hexdigest(), int(cuda[1]) if cuda else None)
