"""A cluster of machines as its owner sees it, and as whoever pulls its plugs does."""

from __future__ import annotations

import json
import time
from typing import Any

from components.local.runtime.machine import supervisor
from components.local.runtime.machine.place import Place
from tests.engine.project import Stack, read_json


class MachineStack(Stack):
    @property
    def place(self) -> Place:
        return Place(self.folder)

    def claim(self, node: str) -> dict[str, Any]:
        return read_json(self.bucket / "nodes" / "claims" / f"{node}.json")

    def machines(self) -> dict[str, str]:
        """The machines that have claimed a name, by it."""
        claims = [read_json(path) for path in sorted((self.bucket / "nodes" / "claims").glob("*.json"))]
        return {claim["name"]: claim["machine"] for claim in claims}

    def cut(self, node: str) -> None:
        """Cut the power of a node's machine."""
        supervisor.call(self.place, "power_cut", id=self.claim(node)["machine"])

    def is_healthy(self, node: str) -> bool:
        """Whether the machine that has the name now says that it is healthy."""
        report = self.report(node)
        same = node == "head" or report.get("machine") == self.claim(node).get("machine")
        return same and report.get("state") == "healthy" and time.time() - report["heartbeat"] < 15

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
