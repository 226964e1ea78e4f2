"""What a run tells: metrics.jsonl, plain lines for the log, and how long each phase really took."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from .distributed import World
from .files import read_json, write_json, write_text

PROGRESS_EVERY = 5.0  # seconds between two notes of the time spent; a killed attempt loses less than this


class Recorder:
    """Writes for rank 0; on the other ranks every method does nothing."""

    def __init__(self, output: Path, world: World) -> None:
        self.path = output / "metrics.jsonl"
        self.output = output
        self.world = world
        self._attempt_began = 0.0
        self._progress: dict[str, Any] = {}

    def begin(self, phase: str) -> None:
        """Start an attempt at a phase; the seconds that earlier attempts spent are kept in progress/<phase>.json."""
        if not self.world.leads:
            return
        path = self.output / "progress" / f"{phase}.json"
        new = {"phase": phase, "started": time.time(), "attempts": 0, "seconds": 0.0}
        self._progress = read_json(path) if path.exists() else new
        self._progress["attempts"] += 1
        self._earlier = self._progress["seconds"]
        self._attempt_began = time.monotonic()
        self._save_progress()

    def finish(self, phase: str, results: dict[str, Any]) -> None:
        """Write phases/<phase>.json: the phase is done and will be skipped from now on."""
        if self.world.leads:
            self._save_progress()
            write_json(self.output / "phases" / f"{phase}.json", {**self._progress, "finished": time.time(), **results})

    def seconds(self) -> float:
        """Time really spent on the current phase, over all attempts, s."""
        return self._earlier + time.monotonic() - self._attempt_began

    def _save_progress(self) -> None:
        self._progress["seconds"] = round(self.seconds(), 3)
        write_json(self.output / "progress" / f"{self._progress['phase']}.json", self._progress)

    def say(self, phase: str, message: str) -> None:
        """Report what a long-silent step does."""
        self.record({"phase": phase, "message": message})

    def record(self, values: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl and print it as plain text."""
        if not self.world.leads:
            return
        line = {"time": round(time.time(), 3), **values, "world_size": self.world.size, "attempt": self.world.attempt}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({k: _short(v) for k, v in line.items()}) + "\n")
        if self._progress and self.seconds() - self._progress["seconds"] >= PROGRESS_EVERY:
            self._save_progress()
        print(plain(values), flush=True)

    def rewind(self, phase: str, variant: str | None, step: int) -> None:
        """Drop what an earlier attempt recorded beyond the step that this one resumes from, and any half line."""
        if not self.world.leads or not self.path.exists():
            return

        def keep(text: str) -> bool:
            try:
                line = json.loads(text)
            except ValueError:
                return False
            return (line.get("phase"), line.get("variant")) != (phase, variant) or line.get("step", 0) <= step

        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if keep(line)]
        if kept != lines:
            write_text(self.path, "".join(kept))


def _short(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) and abs(value) < 1e9 else value


def plain(values: dict[str, Any]) -> str:
    """One line for people: `[pretrain] step 40/900  loss 6.1  ...  3 min 20 s left`."""
    head = f"[{values['phase']}" + (f" {values['variant']}]" if values.get("variant") else "]")
    if "message" in values:
        return f"{head} {values['message']}"
    words = [head]
    if "step" in values:
        words.append(f"step {values['step']}" + (f"/{values['steps']}" if "steps" in values else ""))
    for key, value in values.items():
        if key.endswith(("loss", "accuracy")):
            words.append(f"{key} {value:.3f}")
    if "tokens_per_s" in values:
        words.append(f"{values['tokens_per_s']:,.0f} tokens/s")
    if "seconds_left" in values:
        minutes, seconds = divmod(round(values["seconds_left"]), 60)
        words.append(f"{minutes} min {seconds:02d} s left")
    return "  ".join(words)
