"""A cluster of machines as its owner sees it, and as whoever pulls its plugs does."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from clusterwright.bootstrap.archive import pack
from components.local.runtime import files
from components.local.runtime.machine import supervisor
from components.local.runtime.machine.fleet import Fleet
from components.local.runtime.machine.machine import Machine
from components.local.runtime.machine.place import Place
from tests.engine.project import Stack, read_json


class MachineStack(Stack):
    @property
    def place(self) -> Place:
        return Place(self.folder)

    def machine(self, node: str) -> Machine:
        """The machine that a node is. Raises LocalError for one that is gone."""
        fleet = Fleet(self.place)
        if node == "head":
            (head,) = fleet.list("head")
            return head
        return fleet.machine(self.claim(node)["machine"])

    def claim(self, node: str) -> dict[str, Any]:
        return read_json(self.bucket / "nodes" / "claims" / f"{node}.json")

    def machines(self) -> dict[str, str]:
        """The machines that run, by the names that they have claimed."""
        claims = [read_json(path) for path in sorted((self.bucket / "nodes" / "claims").glob("*.json"))]
        return {claim["name"]: claim["machine"] for claim in claims}

    def said(self, node: str, *command: str, seconds: float = 60) -> str:
        """What a program on a node prints; fails with its last words when it does."""
        line = self.machine(node).enter(*command)
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def tried(self, node: str, *command: str) -> subprocess.CompletedProcess[str]:
        """What becomes of a program on a node."""
        line = self.machine(node).enter(*command)
        return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def cut(self, node: str) -> None:
        """Cut the power of a node's machine."""
        supervisor.call(self.place, "power_cut", id=self.claim(node)["machine"])

    def log(self, run: str, node: str) -> str:
        path = self.bucket / "jobs" / run / "logs" / f"{node}.log"
        return path.read_text() if path.exists() else ""

    def slurm_state(self, node: str) -> str:
        return self.said("head", "sinfo", "--noheader", "--nodes", node, "--format=%T")

    def replace(self, resource: str) -> dict[str, int]:
        """Have the engine make a resource anew."""
        listed = json.loads(self.pulumi("stack", "export", *self.selected))
        [urn] = [one["urn"] for one in listed["deployment"]["resources"] if one["urn"].endswith(f"::{resource}")]
        return self.up("--replace", urn)

    def bundle(self) -> bytes:
        """The archive that control/current names."""
        digest = (self.bucket / "control" / "current").read_text().strip()
        return (self.bucket / "control" / "bundles" / f"{digest}.tar.gz").read_bytes()

    def changed_bundle(self, changes: Mapping[str, bytes]) -> tuple[str, bytes]:
        """The deployed bundle with other files in it: its digest, and its archive."""
        with tarfile.open(fileobj=io.BytesIO(self.bundle())) as archive:
            there = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
            data = pack({**{name: file.read() for name, file in there.items() if file}, **changes})
        return hashlib.sha256(data).hexdigest(), data

    @contextmanager
    def deployed(self, digest: str, data: bytes) -> Iterator[None]:
        """Name another bundle, as a deployer does, for as long as the block takes."""
        current, archive = self.bucket / "control" / "current", self.bucket / "control" / "bundles" / f"{digest}.tar.gz"
        before = current.read_text()
        archive.write_bytes(data)
        try:
            files.write(current, f"{digest}\n")
            yield
        finally:
            files.write(current, before)
            archive.unlink()

    def is_healthy(self, node: str) -> bool:
        """Whether the machine that has the name now says that it is healthy."""
        report = self.report(node)
        same = node == "head" or report.get("machine") == self.claim(node).get("machine")
        return same and report.get("state") == "healthy" and time.time() - report["heartbeat"] < 15

    def announce(self, node: str, kind: str, seconds: float) -> None:
        """Let the metadata stand-in tell the node's machine that it ends in so many seconds."""
        supervisor.call(self.place, "notice", id=self.claim(node)["machine"], kind=kind, at=time.time() + seconds)

    def squeue(self) -> dict[str, str]:
        """The states of Slurm's jobs by name."""
        lines = self.said("head", "squeue", "--noheader", "--format=%j|%T").splitlines()
        return dict(line.split("|", 1) for line in lines)

    def look(self, seconds: int = 6) -> str:
        """What `clusterwright watch` shows in some seconds."""
        watch = (".venv/bin/clusterwright", "watch", self.name)
        return self.project.run("timeout", "--preserve-status", "--signal", "INT", str(seconds), *watch).stdout

    def ended(self, run: str) -> str | None:
        """The state of a run that has ended; None while it goes on."""
        status = self.run_status(run)
        return status["state"] if status.get("state") not in (None, "queued", "running") else None

    def explained(self, run: str) -> str:
        """All that is known of a run, for who has to find out why it is not as it should be."""
        logs = sorted((self.bucket / "jobs" / run / "logs").glob("*.log"))
        last_words = [f"{path.name}: {path.read_text()[-2000:]}" for path in logs]
        return "\n".join([json.dumps(self.run_status(run)), *last_words])
