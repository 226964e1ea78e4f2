"""A copy of the project with folders of its own: what the engine tests drive, as a user would."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 240.0


def wait_for(what: str, condition: Callable[[], Any], seconds: float = DEADLINE) -> Any:
    """Poll until `condition` gives something true, and give that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.25)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


@dataclass
class Project:
    """`folder` is a clone; `home` holds the state, settings and data of its user."""

    folder: Path
    home: Path
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        foreign = ("PULUMI_", "XDG_DATA", "XDG_STATE", "XDG_CONFIG", "MAKE")  # the caches are shared: 5 GB of PyTorch
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.environment = {
            **kept,
            "XDG_DATA_HOME": str(self.home / "d"),
            "XDG_STATE_HOME": str(self.home / "s"),
            "XDG_CONFIG_HOME": str(self.home / "c"),
            "PYTHONPATH": str(self.folder),  # before the original, which the shared environment knows
        }

    @classmethod
    def copy(cls, folder: Path, home: Path) -> Project:
        """The files that git would clone, as they are now, beside the environment that is there already."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            source, target = ROOT / name, folder / name
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        for made in (".venv", ".tools"):
            (folder / made).symlink_to(ROOT / made)
        return cls(folder, home)

    def write_spec(self, name: str, **sections: Any) -> Path:
        path = self.folder / "stacks" / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"name": name, "provider": "local", **sections}, sort_keys=False))
        return path

    def run(self, *command: str, seconds: float = DEADLINE) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds,
        )  # fmt: skip

    def make(self, *arguments: str, seconds: float = DEADLINE) -> subprocess.CompletedProcess[str]:
        return self.run("make", *arguments, seconds=seconds)

    @property
    def clusters(self) -> Path:
        return self.home / "d" / "clusterwright"

    def stack(self, name: str) -> Stack:
        return Stack(self, name)


@dataclass
class Stack:
    """A stack of the project; each of pulumi's runs may take `seconds`."""

    project: Project
    name: str
    seconds: float = DEADLINE

    @cached_property
    def exports(self) -> str:
        answer = self.project.make("-s", "env", f"STACK={self.name}")
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def pulumi(self, *arguments: str, succeeds: bool = True) -> str:
        """What pulumi prints, run as somebody would who types it himself after `make env`."""
        script = f'{self.exports}\nexec pulumi "$@"'
        command = ("bash", "-c", script, "pulumi", *arguments, "--non-interactive")
        answer = self.project.run(*command, seconds=self.seconds)
        assert (answer.returncode == 0) == succeeds, answer.stdout + answer.stderr
        return answer.stdout + answer.stderr

    def up(self, *options: str) -> dict[str, int]:
        """Run an update; how many resources had which operation."""
        return self._changes(self.pulumi("up", "--yes", "--skip-preview", "--json", *self.selected, *options))

    def preview(self, *options: str) -> str:
        return self.pulumi("preview", "--diff", *self.selected, *options)

    def refresh(self) -> str:
        return self.pulumi("refresh", "--yes", "--diff", *self.selected)

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.pulumi("stack", "output", "--json", *self.selected))

    @property
    def selected(self) -> tuple[str, str]:
        return "--stack", self.name

    @staticmethod
    def _changes(printed: str) -> dict[str, int]:
        for line in reversed(printed.splitlines()):
            if "summaryEvent" in line:
                return json.loads(line)["summaryEvent"]["resourceChanges"]
        raise AssertionError(f"no summary in:\n{printed}")

    # --- the cluster as it is on this machine ---

    @property
    def folder(self) -> Path:
        return self.project.clusters / self.name

    @property
    def bucket(self) -> Path:
        return self.folder / "bucket"

    def node(self, name: str) -> dict[str, Any]:
        return read_json(self.folder / "nodes" / name / "node.json")

    def nodes(self) -> dict[str, tuple[int, int]]:
        """Each node's process and generation: what must stay when nodes are not to be touched."""
        found = sorted((self.folder / "nodes").glob("*/node.json"))
        return {path.parent.name: (read_json(path)["pid"], read_json(path)["generation"]) for path in found}

    def report(self, node: str) -> dict[str, Any]:
        return read_json(self.bucket / "reports" / f"{node}.json")

    def runs(self) -> list[str]:
        return sorted(path.parent.name for path in self.bucket.glob("jobs/*/request.json"))

    def run_status(self, run: str) -> dict[str, Any]:
        return read_json(self.bucket / "jobs" / run / "status.json")

    def status(self, run: str) -> str | None:
        return self.run_status(run).get("state")

    def metrics(self, run: str, phase: str) -> list[dict[str, Any]]:
        path = self.bucket / "jobs" / run / "metrics.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        records = [json.loads(line) for line in lines if line.endswith("\n")]
        return [record for record in records if record["phase"] == phase]

    def step(self, run: str, phase: str) -> int:
        return max((record.get("step", 0) for record in self.metrics(run, phase)), default=0)

    def steps_since(self, moment: float, run: str, phase: str, *, attempt: int) -> list[int]:
        """The steps recorded after `moment`, once `attempt` has begun."""
        if self.run_status(run).get("attempt", 0) < attempt:
            return []
        begun = max(moment, self.run_status(run)["attempt_started"])
        return [record["step"] for record in self.metrics(run, phase) if "step" in record and record["time"] > begun]

    def checkpoint_step(self, run: str, phase: str) -> int:
        latest = self.bucket / "jobs" / run / "checkpoints" / phase / "latest"
        return int(latest.read_text().strip().removeprefix("step-")) if latest.exists() else 0

    def processes(self, *, node: str | None = None) -> list[psutil.Process]:
        """Every process that carries this cluster's environment, whatever its session or parent."""
        return [process for process in psutil.process_iter() if self._is_ours(process, node)]

    def _is_ours(self, process: psutil.Process, node: str | None) -> bool:
        with contextlib.suppress(psutil.Error):
            environment = process.environ()
            wanted = str(self.folder / "nodes" / node) if node else str(self.folder / "nodes") + os.sep
            found = environment.get("CLUSTERWRIGHT_NODE_DIR", "") + (os.sep if node is None else "")
            return process.status() != psutil.STATUS_ZOMBIE and (found == wanted if node else found.startswith(wanted))
        return False

    def ranks(self, node: str) -> list[psutil.Process]:
        """The training processes of a node (torchrun's children)."""
        return [
            process
            for process in self.processes(node=node)
            if "LOCAL_RANK" in process.environ() and "training" in " ".join(process.cmdline())
        ]

    def ports(self) -> list[int]:
        found: Iterator[Any] = (
            connection for process in self.processes() for connection in process.net_connections(kind="inet")
        )
        return [connection.laddr.port for connection in found if connection.status == psutil.CONN_LISTEN]
