"""A run's first steps say how long the rest takes."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.errors import ClusterwrightError
from clusterwright.estimate import Estimate, estimate
from clusterwright.estimate.measured import measured, read_metrics
from tests.estimate.jobs import HIGH, LIKELY, LOW, span
from tests.plans import example_plan


@pytest.fixture(scope="module")
def local() -> Estimate:
    made = estimate(example_plan("local"))
    assert made is not None
    return made


def marks(*steps: int, each: float = 2.0, steps_in_all: int = 100, phase: str = "pretrain", **more: Any) -> list[Any]:
    return [{"phase": phase, "step": n, "steps": steps_in_all, "time": 1e9 + n * each, **more} for n in steps]


def test_what_is_left_is_the_steps_left_at_the_measured_rate(local: Estimate) -> None:
    got = measured(local, marks(1, 11, 21))
    assert span(got.a_step)[LIKELY] == pytest.approx(2.0)
    assert span(got.rest)[LIKELY] == pytest.approx(79 * 2.0)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=20))
def test_the_range_is_wider_the_more_parts_differ_and_holds_the_mean(each: list[float]) -> None:
    made = estimate(example_plan("local"))
    assert made is not None
    time, found = 1e9, marks(0, each=0)
    for number, seconds in enumerate(each, 1):
        time += seconds
        found.append({"phase": "pretrain", "step": number, "steps": 1000, "time": time})
    low, likely, high = span(measured(made, found).a_step)
    assert low < likely < high
    assert likely == pytest.approx(sum(each) / len(each), rel=1e-5)


def test_steps_of_an_earlier_attempt_or_another_phase_do_not_count(local: Estimate) -> None:
    earlier = marks(1, 11, each=50.0, attempt=0)
    other = marks(1, 11, each=70.0, phase="prepare")
    got = measured(local, [*earlier, *other, *marks(21, 31, 41, attempt=1)])
    assert span(got.a_step)[LIKELY] == pytest.approx(2.0)


def test_phases_to_come_are_corrected_by_what_the_running_one_took_longer(local: Estimate) -> None:
    pretrain, finetune = (phase for phase in local.phases if phase.trains)
    assert pretrain.step is not None
    predicted = span(pretrain.step.time)[LIKELY]
    got = measured(local, marks(1, 11, 21, each=3 * predicted))
    assert got.slower is not None
    assert got.afterwards is not None
    assert span(got.slower)[LIKELY] == pytest.approx(3)
    assert span(got.afterwards)[LIKELY] == pytest.approx(3 * span(finetune.time)[LIKELY])


def test_a_phase_that_the_plan_does_not_know_is_measured_and_corrects_nothing(local: Estimate) -> None:
    got = measured(local, marks(1, 11, 21, phase="distil"))
    assert (got.slower, got.afterwards) == (None, None)


@pytest.mark.parametrize("found", [[], marks(1), [{"phase": "pretrain", "message": "hello"}], [{"step": True}]])
def test_too_few_steps_are_told_with_what_to_do(local: Estimate, found: list[Any]) -> None:
    with pytest.raises(ClusterwrightError, match=r"says nothing of a training's speed(.|\n)*hint: wait"):
        measured(local, found)


def test_half_a_line_at_the_end_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    file.write_text(json.dumps(marks(1)[0]) + "\n" + '{"phase": "pret')
    assert read_metrics(file) == marks(1)


@pytest.mark.parametrize("text", ["hello\n", "[" * 100_000])
def test_a_file_without_metrics_is_told_with_what_to_do(tmp_path: Path, text: str) -> None:
    file = tmp_path / "metrics.jsonl"
    file.write_text(text)
    with pytest.raises(ClusterwrightError, match=r"has no metrics(.|\n)*hint: "):
        read_metrics(file)


def test_what_is_no_plain_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in (Path("/dev/zero"), tmp_path / "pipe"):
        with pytest.raises(ClusterwrightError, match=rf"error: {file} is no plain file(.|\n)*hint: "):
            read_metrics(file)


def test_a_file_larger_than_any_run_writes_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    with file.open("wb") as made:
        made.truncate(1 << 40)
    with pytest.raises(ClusterwrightError, match=r"is larger than 32 MiB(.|\n)*hint: "):
        read_metrics(file)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1", "1e300", "1" + "0" * 400])
@pytest.mark.parametrize("name", ["step", "steps", "time"])
def test_a_number_that_no_run_writes_is_no_mark(local: Estimate, tmp_path: Path, name: str, number: str) -> None:
    file = tmp_path / "metrics.jsonl"
    mark = marks(31)[0]
    lines = [*map(json.dumps, marks(1, 11, 21)), json.dumps({**mark, name: "X"}).replace('"X"', number)]
    file.write_text("\n".join(lines))
    assert measured(local, read_metrics(file)) == measured(local, marks(1, 11, 21))


def run_alone(seed: int, steps: int = 900) -> list[Any]:
    """What a run writes on a machine that it has to itself: steps that differ by a fifth, a checkpoint each 100 steps
    and a look at held-out text each fifth of them, which take as long as one and as five steps (training/loop.py)."""
    chance, time, found = random.Random(seed), 1e9, []
    for step in range(1, steps + 1):
        time += 0.23 * chance.uniform(0.8, 1.2)
        if step == 1 or step % 11 == 0 or step == steps:
            found.append({"phase": "pretrain", "step": step, "steps": steps, "time": time})
        time += 0.23 * ((step % 100 == 0) + 5 * (step % 180 == 0))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_twentieth_of_a_run_that_has_its_machine_predicts_the_rest_within_15_percent(
    local: Estimate, seed: int
) -> None:
    records = run_alone(seed)
    first = [record for record in records if record["step"] <= 0.05 * 900]
    rest = span(measured(local, first).rest)
    actual = records[-1]["time"] - first[-1]["time"]
    assert rest[LIKELY] == pytest.approx(actual, rel=0.15)
    assert rest[LOW] <= actual <= rest[HIGH]
