"""Steps of a machine, with stand-ins for what they call."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clusterwright.bootstrap import render_bundle
from tests.plans import example_plan


class Steps:
    """The bundle of an example stack on a machine where the programs of `stub` go before the system's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        self.stub("systemctl", "exit 0")
        self.stub("sleep", "exit 0")

    def stub(self, name: str, script: str) -> None:
        (self.folder / "bin" / name).write_text(f"#!/bin/bash\n{script}\n")
        (self.folder / "bin" / name).chmod(0o755)

    def run(self, step: str, stack: str = "bert-large-aws", group: str = "train", **changes: str) -> tuple[int, str]:
        """The exit code, and the last words: the reason that is reported. `changes` replaces texts of the step."""
        bundle = self.folder / "bundle"
        for name, data in render_bundle(example_plan(stack)).files.items():
            if name.startswith(("scripts/", "facts/", "telemetry/", "slurm/", "systemd/", "software/")):
                text = data.decode()
                for path, place in changes.items():
                    text = text.replace(f"/{path.replace('_', '/')}", place)
                (bundle / name).parent.mkdir(parents=True, exist_ok=True)
                (bundle / name).write_text(text)
        environment = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "CLUSTERWRIGHT_BUNDLE": str(bundle),
            "CLUSTERWRIGHT_BUCKET": f"file://{self.folder / 'bucket'}",
            "CLUSTERWRIGHT_NODE_DIR": str(self.folder / "node"),
            "CLUSTERWRIGHT_NODE": f"{group}-1",
            "CLUSTERWRIGHT_GROUP": group,
            "CLUSTERWRIGHT_ENVIRONMENTS": str(self.folder / "environments"),
            "CLUSTERWRIGHT_PYTHON": str(self.folder / "bin" / "python"),
        }
        done = subprocess.run(
            ["bash", str(bundle / "scripts" / f"{step}.sh")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    return Steps(tmp_path)
