"""What the first steps of a run say of the rest of it: the time that is left, by the rate that was measured.

Reads the lines that a training writes to metrics.jsonl (training/metrics.py): those with `phase`, `step`, `steps` and
`time` (unix seconds) are marks. Two marks of one phase and attempt, one after the other, are a window; what happened
between them (checkpoints, other people's work on the machine) is part of it. A line of the same step without `steps`
ends a look at held-out text, which is no part of a window: looks come rarely and take as long as many steps, so those
to come are counted by themselves. Other phases are as much slower than predicted as the one that was measured.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any

from clusterwright.errors import ClusterwrightError
from clusterwright.estimate.estimate import Estimate
from clusterwright.estimate.phases import Phase
from clusterwright.estimate.quantity import ONE, SECOND, Figure, Span, exactly, total, unknown

LEAST = 0.1
"""The least that a rate may turn out different: how busy others will make a machine that is shared, nobody knows."""
DEVIATIONS = 1.645
MOST_BYTES = 32 << 20
"""The most that is read of a file: a run writes 80 to 20,000 lines of 300 bytes a phase (training/loop.py)."""
MOST = 1e15
"""No step and no time of a run comes near it; with more, sums would lose their seconds."""
HINT = "hint: `clusterwright results NAME RUN` fetches the file that a run has written"


@dataclass(frozen=True)
class Measured:
    """Where a run is, and what is left of it, in s.

    `a_step` is what a step takes, `rest` what is left of the phase, `slower` how much longer a step takes than was
    predicted, `afterwards` the phases that are still to come, corrected by that, and `left` both together. The last
    three are None where the plan knows no such phase.
    """

    phase: str
    step: int
    steps: int
    a_step: Figure
    rest: Figure
    slower: Figure | None
    afterwards: Figure | None
    left: Figure | None

    @property
    def lines(self) -> list[tuple[str, Figure]]:
        """What a table shows of it."""
        told = [("left of the run", self.left), (f"  of {self.phase}", self.rest), ("    a step", self.a_step)]
        told += [("    of what was predicted", self.slower), ("  phases after it", self.afterwards)]
        return [(name, figure) for name, figure in told if figure is not None]


def read_metrics(file: Path) -> list[Mapping[str, Any]]:
    """The lines of a metrics.jsonl that are whole. Raises ClusterwrightError for a file without any, for one that is
    larger than MOST_BYTES, and for what is no plain file: a device or a pipe may never end. Raises OSError for what
    can't be read."""
    found = []
    for line in _text(file).splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue  # the last line of a run that goes on may be half written
        if isinstance(record, dict):
            found.append(record)
    if not found:
        raise ClusterwrightError(
            f"error: {file} has no metrics\n"
            "  why: a run writes a JSON object a line (jobs/RUN/metrics.jsonl in the cluster's bucket)\n"
            f"  {HINT}"
        )
    return found


def _text(file: Path) -> str:
    """What a plain file says; opened without waiting, as a pipe would have it."""
    with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise ClusterwrightError(
                f"error: {file} is no plain file\n  why: what a device or a pipe says may never end\n  {HINT}"
            )
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ClusterwrightError(
            f"error: {file} is larger than {MOST_BYTES >> 20} MiB\n"
            "  why: a run of a million steps writes a fifth of that\n"
            f"  {HINT}"
        )
    return data.decode(errors="replace")


def measured(estimate: Estimate, records: Iterable[Mapping[str, Any]], source: str = "the file") -> Measured:
    """What the newest training phase of a run says. Raises ClusterwrightError where no two marks of one are there."""
    records = list(records)
    marks = [mark for mark in records if _is_mark(mark)]
    newest = marks[-1] if marks else {}
    same = [mark for mark in marks if _key(mark) == _key(newest)]
    windows = _windows(same, _looked(records, newest))
    if not windows:
        raise ClusterwrightError(
            f"error: {source} says nothing of a training's speed\n"
            "  why: that takes two lines with `phase`, `step`, `steps` and `time`, of one phase and one attempt\n"
            "  hint: wait until the run has gone on for some steps"
        )
    a_step = _rate(windows)
    name, step, steps = str(newest["phase"]), int(newest["step"]), int(newest["steps"])
    at = next((at for at, phase in enumerate(estimate.phases) if phase.name == name), None)
    if at is None:
        rest = _rest(None, marks, newest, a_step)
        return Measured(name, step, steps, a_step, rest, None, None, None)
    phase = estimate.phases[at]
    rest = _rest(phase, marks, newest, a_step)
    slower = _slower(phase, a_step)
    afterwards = _afterwards(estimate.phases[at + 1 :], slower) if slower else None
    left = (rest + afterwards).because("both below") if afterwards else None
    return Measured(name, step, steps, a_step, rest, slower, afterwards, left)


def _is_mark(record: Mapping[str, Any]) -> bool:
    numbers = (record.get("step"), record.get("steps"), record.get("time"))
    return isinstance(record.get("phase"), str) and all(
        isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one < MOST for one in numbers
    )


def _key(mark: Mapping[str, Any]) -> tuple[object, ...]:
    return mark.get("phase"), mark.get("variant"), mark.get("attempt")


def _looked(records: Sequence[Mapping[str, Any]], newest: Mapping[str, Any]) -> dict[float, float]:
    """When each look at held-out text of the newest phase ended, by the step before it."""
    ends = (
        one for one in records if "steps" not in one and _is_mark({**one, "steps": 0}) and _key(one) == _key(newest)
    )
    return {one["step"]: float(one["time"]) for one in ends}


def _windows(marks: Sequence[Mapping[str, Any]], looked: Mapping[float, float]) -> list[tuple[float, float]]:
    """Steps and seconds of each window; the first step alone is not one, as it warms up."""
    found = [
        (float(b["step"] - a["step"]), float(b["time"] - max(a["time"], looked.get(a["step"], 0.0))))
        for a, b in pairwise(marks)
    ]
    return [(steps, seconds) for steps, seconds in found if steps > 0 and seconds > 0]


def _rest(phase: Phase | None, marks: Sequence[Mapping[str, Any]], newest: Mapping[str, Any], a_step: Figure) -> Figure:
    """Seconds left of the phase: its steps, those of models that it has still to begin, and its looks to come."""
    step, steps = newest["step"], newest["steps"]
    models = begun = 1
    if newest.get("variant") and phase and phase.steps and phase.steps.span and steps:
        models = round(phase.steps.span.likely / steps)
        begun = len({mark.get("variant") for mark in marks if mark["phase"] == newest["phase"]})
    left = max(0, steps - step) + steps * max(0, models - begun)
    basis = f"{left:g} of {steps * models:g} steps, as the last ones went"
    timed = exactly(left, ONE, "")
    if phase is not None and phase.looks is not None and steps:
        timed, basis = timed + phase.looks.after(step / steps), f"{basis}, and looks at held-out text"
    return (timed * a_step).because(basis)


def _rate(windows: Sequence[tuple[float, float]]) -> Figure:
    """Seconds a step. The range is that of the mean, as far as windows differ, and LEAST at least.

    One window alone says nothing of how they differ, so it counts as if they did by a quarter.
    """
    steps, seconds = sum(window[0] for window in windows), sum(window[1] for window in windows)
    mean = seconds / steps
    if len(windows) == 1:
        share = 0.25
    else:
        variance = sum(n * (s / n - mean) ** 2 for n, s in windows) / steps
        share = DEVIATIONS * sqrt(variance / (len(windows) - 1)) / mean
    share = min(0.9, max(LEAST, share))
    basis = f"{steps:g} steps in {seconds:.0f} s, in {len(windows)} parts"
    return Figure(SECOND, Span(mean * (1 - share), mean, mean * (1 + share)), basis)


def _slower(phase: Phase, a_step: Figure) -> Figure | None:
    """How much longer a step takes than was likely; None where nothing was predicted."""
    if phase.step is None or phase.step.time.span is None:
        return None
    predicted = exactly(phase.step.time.span.likely, SECOND, "predicted")
    return (a_step / predicted).because("measured over what was likely")


def _afterwards(phases: Sequence[Phase], slower: Figure) -> Figure:
    """The phases to come with that correction. Unknown where one of them is."""
    likely = [
        exactly(phase.time.span.likely, SECOND, "") if phase.time.span else unknown(SECOND, phase.time.basis)
        for phase in phases
    ]
    return (total(likely, SECOND, "") * slower.to(ONE)).because("as predicted, times that")
