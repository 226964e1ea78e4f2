"""The resources that plans register, had from the components in processes of their own, as this package may not import
them. Nothing is made in any cloud: they need no engine, no credentials and no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clusterwright.errors import ClusterwrightError
from clusterwright.plan.model import ClusterPlan

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 120.0
"""How long all graphs may take: twenty take a tenth of it."""
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "VIRTUAL_ENV")
"""What a process is told of who runs it; the names of accounts and their keys are not among it."""


@dataclass(frozen=True)
class Resource:
    """A resource as the engine would be told of it. `inputs` have `mark` of another in what they have from that."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    ignored: tuple[str, ...] = ()
    protect: bool = False
    retain: bool = False

    @property
    def mark(self) -> str:
        """What is in all that the cloud would answer of it; components/graph.py puts it there."""
        return f"<{self.type} {self.name}>"


Graph = tuple[Resource, ...]


def graphs(plans: Sequence[ClusterPlan], at: datetime, seconds: float = SECONDS) -> tuple[Graph | str, ...]:
    """What each plan registers at the moment `at` (with a time zone); text says why there is no graph of that plan,
    such as that a cloud's SDK is not installed. All may take `seconds`; the providers' go side by side.

    Raises ClusterwrightError if they take longer, or if a process ends without an answer.
    """
    numbers: dict[str, list[int]] = {}
    for number, plan in enumerate(plans):
        numbers.setdefault(plan.provider, []).append(number)
    found: dict[int, Graph | str] = {}
    with ThreadPoolExecutor(max(1, len(numbers))) as threads:
        each = [threads.submit(_answers, [plans[one] for one in ours], at, seconds) for ours in numbers.values()]
        for ours, answers in zip(numbers.values(), each, strict=True):
            found |= dict(zip(ours, answers.result(), strict=True))
    return tuple(found[number] for number in range(len(plans)))


def _answers(plans: Sequence[ClusterPlan], at: datetime, seconds: float) -> list[Graph | str]:
    """The graphs of plans of one provider, whose SDK is slow to import, by one process."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "components.graph",
        "--many",
        "--at",
        f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
    ]
    environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {"PYTHONPATH": str(ROOT)}
    asked = "".join(f"{plan.model_dump_json()}\n" for plan in plans)
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, input=asked, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"it took longer than {seconds:.0f} s", "review fewer stacks at once") from None
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != len(plans):
        said = (done.stderr.strip().splitlines() or [f"it ended with exit code {done.returncode}"])[-1]
        raise _failed(said, "try one stack by itself: `python -m components.graph NAME`")
    return [_answer(json.loads(line)) for line in lines]


def _answer(told: Mapping[str, Any]) -> Graph | str:
    return f"no resource graph: {told['missing']}" if "missing" in told else resources(told["graph"])


def resources(nodes: Sequence[Mapping[str, Any]]) -> Graph:
    """A graph from what components/graph.py says of each resource."""
    return tuple(
        Resource(
            urn=node["urn"],
            type=node["type"],
            name=node["name"],
            inputs=node["inputs"],
            ignored=tuple(node["ignored"]),
            protect=node["protect"],
            retain=node["retain"],
        )
        for node in nodes
    )


def _failed(why: str, hint: str) -> ClusterwrightError:
    return ClusterwrightError(f"error: the resource graphs could not be made\n  why: {why}\n  hint: {hint}")
