"""A run's first steps say how long the rest takes."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.errors import ClusterwrightError
from clusterwright.estimate import Estimate, estimate
from clusterwright.estimate.measured import measured, read_metrics
from clusterwright.estimate.quantity import SECOND, unknown
from tests.estimate.jobs import LIKELY, span
from tests.estimate.runs import RUNS, held
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
    assert got.rest.unit == SECOND
    assert span(measured(local, marks(1, 11, 21, phase="distil")).rest)[LIKELY] == pytest.approx(79 * 2.0)


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
    _, pretrain, finetune, evaluate = local.phases
    assert pretrain.step is not None
    predicted = span(pretrain.step.time)[LIKELY]
    got = measured(local, marks(1, 11, 21, each=3 * predicted))
    assert got.slower is not None
    assert got.afterwards is not None
    assert span(got.slower)[LIKELY] == pytest.approx(3)
    assert span(got.afterwards)[LIKELY] == pytest.approx(
        3 * (span(finetune.time)[LIKELY] + span(evaluate.time)[LIKELY])
    )
    assert got.left is not None
    assert span(got.left)[LIKELY] == pytest.approx(span(got.rest)[LIKELY] + span(got.afterwards)[LIKELY])


def test_a_phase_that_the_plan_does_not_know_is_measured_and_corrects_nothing(local: Estimate) -> None:
    got = measured(local, marks(1, 11, 21, phase="distil"))
    assert (got.slower, got.afterwards, got.left) == (None, None, None)


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


def test_a_look_at_held_out_text_is_no_part_of_a_step(local: Estimate) -> None:
    found = [*marks(1, 11), {"phase": "pretrain", "step": 11, "time": 1e9 + 522.0, "heldout_mlm_loss": 6.0}]
    found += [{"phase": "pretrain", "step": 21, "steps": 100, "time": 1e9 + 542.0}]
    assert span(measured(local, found).a_step)[LIKELY] == pytest.approx(2.0)


def test_fine_tuning_that_goes_as_predicted_is_not_slower(local: Estimate) -> None:
    """Texts to classify are shorter than the longest one, and so are their steps: that is no fast machine."""
    phase = local.phases[2]
    assert phase.steps is not None
    each = span(phase.time)[LIKELY] / span(phase.steps)[LIKELY]
    slower = measured(local, marks(1, 11, 21, phase="finetune", each=each)).slower
    assert slower is not None
    assert span(slower)[LIKELY] == pytest.approx(1.0)


def test_looks_to_come_and_the_last_one_are_left_as_well(local: Estimate) -> None:
    looks = local.phases[1].looks
    assert looks is not None
    last = span(looks.last)[LIKELY]
    early, late = measured(local, marks(1, 11, 21)), measured(local, marks(1, 51, 100))
    assert span(early.rest)[LIKELY] == pytest.approx((79 + 4 * looks.each + last) * 2.0)
    assert span(late.rest)[LIKELY] == pytest.approx(last * 2.0)


def test_the_second_model_that_a_phase_trains_is_left_until_it_has_begun(local: Estimate) -> None:
    steps = round(span(local.phases[2].steps or pytest.fail("no steps"))[LIKELY] / 2)
    first = marks(1, 11, steps_in_all=steps, phase="finetune", variant="pretrained")
    second = marks(1, 11, steps_in_all=steps, phase="finetune", variant="scratch")
    assert span(measured(local, first).rest)[LIKELY] == pytest.approx((2 * steps - 11) * 2.0)
    assert span(measured(local, first + second).rest)[LIKELY] == pytest.approx((steps - 11) * 2.0)


def test_what_is_left_of_a_run_is_unknown_where_a_phase_to_come_is(local: Estimate) -> None:
    *others, last = local.phases
    strange = replace(local, phases=(*others, replace(last, time=unknown(SECOND, "a text of your own"))))
    left = measured(strange, marks(1, 11, 21)).left
    assert left is not None
    assert (left.span, left.basis) == (None, "a text of your own")


@pytest.mark.parametrize("name", RUNS)
def test_a_twentieth_of_a_run_predicts_the_rest_within_15_percent(name: str) -> None:
    of = held(name, "cpu")
    assert abs(of.off) <= 0.15
    assert of.predicted.low <= of.actual <= of.predicted.high


def test_three_models_were_run() -> None:
    assert len(RUNS) >= 3
