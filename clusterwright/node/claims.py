"""Names of compute machines: the head asks for names, a machine that has booted claims one that is free.

`nodes/asked/<group>.json` is the head's. `nodes/claims/<name>.json` is made once, atomically, by the machine that has
the name from then on, and deleted by the head when the machine is gone. A machine writes down which name it is about to
claim before it does, so that it finds its own again however it was stopped; whether it has it, the claim says.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from clusterwright.node.files import Damaged
from clusterwright.node.objects import create_object, read_object
from clusterwright.node.place import MachinePlace

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")  # a label of a host's name (RFC 1123, 2.1)


def holds(place: MachinePlace, name: str) -> bool:
    """Whether `name` is this machine's. Raises OSError, Damaged."""
    claim = read_object(place.bucket, _key(name))
    return claim is not None and claim.get("machine") == place.machine


def claim(place: MachinePlace, address: str | None) -> str | None:
    """A name that is asked for and was free, now this machine's; None while its group has none.

    `address` is told to the head. Raises OSError, Damaged.
    """
    for name in _free(place):
        _memory(place).write_text(f"{name}\n", encoding="utf-8")
        value = {
            "machine": place.machine,
            "group": place.group,
            "name": name,
            "address": address,
            "time": time.time(),
        }
        if create_object(place.bucket, _key(name), value):
            return name
    return None


def remembered(place: MachinePlace) -> str | None:
    """The name that this machine claimed last, or was about to."""
    memory = _memory(place)
    name = memory.read_text(encoding="utf-8", errors="replace").strip() if memory.exists() else ""
    return name if _NAME.fullmatch(name) else None  # a power cut may have left half of it, or nothing


def forget(place: MachinePlace) -> None:
    """The name that was claimed is this machine's no more."""
    _memory(place).unlink(missing_ok=True)


def _free(place: MachinePlace) -> list[str]:
    """The names to try, each machine beginning elsewhere: those that boot together seldom ask for the same."""
    asked = read_object(place.bucket, f"nodes/asked/{place.group}.json") or {}
    taken = {name.removesuffix(".json") for name in place.bucket.names("nodes/claims")}
    names = asked.get("names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        raise Damaged(f"nodes/asked/{place.group}.json asks for no names as this release knows them")
    free = [name for name in names if name not in taken]
    start = sum(place.machine.encode()) % len(free) if free else 0
    return [*free[start:], *free[:start]]


def _key(name: str) -> str:
    return f"nodes/claims/{name}.json"


def _memory(place: MachinePlace) -> Path:
    return place.folder / "name"
