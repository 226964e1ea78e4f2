"""Trainings that were recorded on two cores, each with its spec, and how well their beginning predicts their end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from clusterwright.estimate import estimate
from clusterwright.estimate.measured import measured, read_metrics
from clusterwright.estimate.quantity import Span
from clusterwright.plan import plan_cluster
from clusterwright.spec.load import load_spec

FOLDER = Path(__file__).parent / "runs"
RUNS = tuple(sorted(path.stem for path in FOLDER.glob("*.jsonl")))
SHARE = 0.05


class Prediction(NamedTuple):
    """Seconds that were left of a run, as predicted and as it turned out."""

    predicted: Span
    actual: float

    @property
    def off(self) -> float:
        """By what share the likely value is too high."""
        return self.predicted.likely / self.actual - 1


def held(name: str, clock: str, share: float = SHARE) -> Prediction:
    """What a recorded run had left after a share of its steps of pre-training.

    Of the clocks `cpu` is how many seconds the training, of one rank in one thread, had computed, and `time` the
    wall's: that has what it waited for others on the machine, of whom there were up to eight. Of ranks that wait for
    one another only that is known; nobody else was on their machine.
    """
    run = read_metrics(FOLDER / f"{name}.jsonl")
    return predicted(run, FOLDER / f"{name}.yaml", clock if clock in run[0] else "time", share)


def predicted(run: list[Mapping[str, Any]], spec: Path, clock: str = "time", share: float = SHARE) -> Prediction:
    """The same of any whole run of the stack in `spec`. Raises ClusterwrightError for a run without steps."""
    made = estimate(plan_cluster(load_spec(spec)))
    assert made is not None
    run = [{**record, "time": record[clock]} for record in run]
    steps = max(one.get("steps", 0) for one in run if one["phase"] == "pretrain")
    first = [one for one in run if one["phase"] in ("prepare", "pretrain") and one.get("step", 0) <= share * steps]
    left = measured(made, first).left
    assert left is not None
    assert left.span is not None, left.basis
    return Prediction(left.span, run[-1]["time"] - first[-1]["time"])
