"""Bringing a node into the state that a bundle describes: its `scripts/NN-*.sh` in order, each timed and reported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from clusterwright.node.files import tail
from clusterwright.node.phases import phase_of
from clusterwright.node.place import NodePlace
from clusterwright.node.report import Report, Step

STEP_LIMIT = 3600.0  # seconds; the longest step downloads some gigabytes of PyTorch


class StepFailed(Exception):
    """A step that did not succeed; `str()` is the reason to report."""

    def __init__(self, step: str, reason: str, log_tail: list[str]) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.log_tail = log_tail


def environment(bundle: Path, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a bundle's programs see: the node's environment, the bundle's folder, no Python path but their own."""
    kept = {name: value for name, value in base.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return {**kept, "CLUSTERWRIGHT_BUNDLE": str(bundle)}


def converge(
    place: NodePlace,
    bundle: Path,
    check: Sequence[str],
    report: Report,
    beat: Callable[[], None],
    limit: float = STEP_LIMIT,
) -> None:
    """Run `check`, by which the bundle's agent says that it could start, then its steps in the order of their names.

    Nothing of a bundle is installed whose agent could not go on with it. A step is safe to repeat, so nothing is
    remembered between runs. `beat` is called about every second.
    Raises StepFailed at the first step that fails; the steps after it do not run.
    """
    report.steps = []
    report.enter("bundle")
    _run(place, bundle, "agent", check, report, beat, limit)
    for script in sorted((bundle / "scripts").glob("[0-9][0-9]-*.sh")):
        report.enter(phase_of(script.stem, report.phase))
        _run(place, bundle, script.stem, ["bash", str(script)], report, beat, limit)


def _run(
    place: NodePlace,
    bundle: Path,
    name: str,
    command: Sequence[str],
    report: Report,
    beat: Callable[[], None],
    limit: float,
) -> None:
    place.log.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = place.log / f"{name}.log"
    step = Step(name, started=time.time())
    report.steps.append(step)
    began = time.monotonic()
    reason = None
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=place.folder,
            env=environment(bundle),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while reason is None:
                step.seconds = round(time.monotonic() - began, 1)
                beat()
                try:
                    process.wait(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    if step.seconds > limit:
                        reason = f"not done after {limit:.0f} s"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    step.seconds = round(time.monotonic() - began, 1)
    lines = tail(log)
    if process.returncode and reason is None:
        # A script says why as its last words.
        reason = next((line for line in reversed(lines) if line.strip()), f"ended with exit code {process.returncode}")
    step.state, step.reason = ("failed", reason) if reason else ("ok", None)
    print(f"{name}: {step.state} in {step.seconds} s{f': {reason}' if reason else ''}", file=sys.stderr, flush=True)
    beat()
    if reason:
        raise StepFailed(name, reason, lines)
